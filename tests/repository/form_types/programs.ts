/**
 * Programs that the types of a form accept or refuse, for `form_types_test.ts`.
 * They are not run.
 */
import {
  field,
  file,
  type FormValues,
  type PartReader,
  readForm,
  type StandardSchema,
} from "../../../mod.ts";
import {
  type HashedFile,
  type SavedFile,
  saveTo,
} from "../../../storage/disk.ts";

/** Compiles if the two types are the same. */
function same<A, B>(
  _check: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2)
    ? true
    : false,
): void {}

declare const request: Request;
declare const isOptional: boolean;
declare const year: StandardSchema<string, number>;
declare const color: StandardSchema<"red" | "blue", "red" | "blue">;
declare const unknown: StandardSchema<unknown, Date>;
declare const numeric: StandardSchema<number, number>;

/** The type that each rule gives. */
export async function accepted(): Promise<void> {
  const form = await readForm(request, {
    title: field({ maxBytes: 200 }),
    note: field({ optional: true }),
    tags: field({ multiple: { max: 10 }, optional: true }),
    some: field({ multiple: true }),
    one: field({ multiple: false, optional: false }),
    year: field({ schema: year }),
    years: field({ schema: year, multiple: true }),
    born: field({ schema: year, optional: true }),
    color: field({ schema: color }),
    date: field({ schema: unknown }),
    perhaps: field({ optional: isOptional }),
    either: field({ multiple: isOptional }),
    cover: file({ types: ["image/*"], maxBytes: 5, optional: true }),
    photo: file(),
    photos: file({ multiple: { min: 1, max: 3 } }),
    scans: file({ multiple: true, store: saveTo("uploads") }),
    hashed: file({ store: saveTo("uploads", { hash: "sha256" }) }),
    size: file({ store: async (part) => (await part.bytes()).length }),
    name: file({
      optional: true,
      check: async (part) =>
        part.filename !== "" && (await part.bytes()).length > 0,
      store: (part, { signal, undo }) => {
        undo(() => {});
        undo(() => Promise.resolve());
        return signal.aborted ? null : part.filename;
      },
    }),
  });
  same<typeof form.title, string>(true);
  same<typeof form.note, string | undefined>(true);
  same<typeof form.tags, string[]>(true);
  same<typeof form.some, string[]>(true);
  same<typeof form.one, string>(true);
  same<typeof form.year, number>(true);
  same<typeof form.years, number[]>(true);
  same<typeof form.born, number | undefined>(true);
  same<typeof form.color, "red" | "blue">(true);
  same<typeof form.date, Date>(true);
  same<typeof form.perhaps, string | undefined>(true);
  same<typeof form.either, string | string[]>(true);
  same<typeof form.cover, File | undefined>(true);
  same<typeof form.photo, File>(true);
  same<typeof form.photos, File[]>(true);
  same<typeof form.scans, SavedFile[]>(true);
  same<typeof form.hashed, HashedFile>(true);
  same<typeof form.size, number>(true);
  same<typeof form.name, string | null | undefined>(true);

  const shape = { title: field(), photo: file() };
  const values: FormValues<typeof shape> = await readForm(request, shape);
  same<typeof values, { title: string; photo: File }>(true);
  const whole: StandardSchema<unknown, { ok: true }> = Object(values);
  const checked = await readForm(request, shape, { schema: whole });
  same<typeof checked, { ok: true }>(true);
  const skipped = await readForm(request, shape, {
    unknown: "skip",
    limits: { totalBytes: 1 },
    signal: request.signal,
  });
  same<typeof skipped, { title: string; photo: File }>(true);
}

/** Lines that must not compile. */
export async function refused(part: PartReader): Promise<void> {
  // @ts-expect-error: a typo would remove the bound.
  field({ maxSize: 200 });
  // @ts-expect-error: a field has no store.
  field({ store: saveTo("uploads") });
  // @ts-expect-error: a file has no schema.
  file({ schema: year });
  // @ts-expect-error: a bound is a number.
  field({ maxBytes: "1mb" });
  // @ts-expect-error: there is no such bound.
  field({ multiple: { maximum: 2 } });
  // @ts-expect-error: a number is not a rule's number of values.
  field({ multiple: 3 });
  // @ts-expect-error: a schema that takes numbers alone would refuse all text.
  field({ schema: numeric });
  // @ts-expect-error: a schema implements Standard Schema.
  field({ schema: (value: string) => value });
  // @ts-expect-error: types are a list.
  file({ types: "image/*" });
  // @ts-expect-error: a check says yes or no.
  file({ check: () => "yes" });
  // @ts-expect-error: a store is a function.
  file({ store: "uploads" });
  // @ts-expect-error: a shape is made of rules.
  await readForm(request, { title: "string" });
  // @ts-expect-error: a schema is not a rule.
  await readForm(request, { title: year });
  // @ts-expect-error: other names are rejected or skipped.
  await readForm(request, {}, { unknown: "ignore" });
  const form = await readForm(request, {
    note: field({ optional: true }),
    tags: field({ multiple: true }),
    file: file({ store: saveTo("uploads") }),
  });
  // @ts-expect-error: it may be missing.
  form.note.length;
  // @ts-expect-error: it is an array.
  form.tags.toUpperCase();
  // @ts-expect-error: nothing was hashed.
  form.file.hash;
  // @ts-expect-error: the shape has no such name.
  form.title;
  // @ts-expect-error: a part is the reader's to bound.
  part.bound(1);
}
