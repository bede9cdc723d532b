/**
 * Names the modules of the reference as an import names them, and an options
 * parameter that a function takes apart `options`. Puts the guides in order, and
 * lets the search find them by their headings.
 */
import { Converter, IndexEvent, ReflectionKind } from "typedoc";

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
    for (
      const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)
    ) {
      if (parameter.name === "__namedParameters") parameter.name = "options";
    }
  });
  // Behind typedoc's own sorting.
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    const place = ({ frontmatter }) => frontmatter?.place ?? Infinity;
    const inOrder = (a, b) => place(a) === place(b) ? 0 : place(a) - place(b);
    project.documents?.sort(inOrder);
    project.childrenIncludingDocuments?.sort(inOrder);
    for (const { children } of project.groups ?? []) children.sort(inOrder);
  }, -10_000);
  app.renderer.on(IndexEvent.PREPARE_INDEX, (event) => {
    // A name that two entries export is found once.
    for (let at = event.searchResults.length - 1; at >= 0; at--) {
      if (event.searchResults[at].kind === ReflectionKind.Reference) {
        event.removeResult(at);
      }
    }
    // By its text alone a long guide comes behind a short one.
    event.searchFieldWeights.headings = 30;
    for (const [at, { content }] of event.searchResults.entries()) {
      if (!content) continue;
      const text = content.map(({ text }) => text).join("");
      const headings = [...text.matchAll(/^##+ (.*)$/gm)];
      event.searchFields[at] = {
        headings: headings.map(([, heading]) => heading).join(" "),
      };
    }
  });
}
