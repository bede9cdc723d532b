/** Names the modules of the reference as an import names them. */
import { Converter, ReflectionKind } from "typedoc";

const names = new Map([
  ["mod", "@tributary/multipart"],
  ["storage/disk", "@tributary/multipart/disk"],
  ["reader/form/mod", "@tributary/multipart/form"],
  ["reader/mod", "@tributary/multipart/reader"],
  ["writer/mod", "@tributary/multipart/writer"],
]);

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      module.name = names.get(module.name) ?? module.name;
    }
  });
}
