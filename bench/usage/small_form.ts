/** A small form in memory, as on a server that receives it as bytes. */
import { once } from "node:events";
import type { Writable } from "node:stream";
import { type Contender, OWN_FAMILY } from "../contender.ts";
import { loadPeer } from "../load_peer.ts";
import { smallForm, smallFormType } from "../loopback/client.ts";
import { budgetOf, measure } from "../measure.ts";
import type { Measured, MeasureSettings } from "../measured.ts";
import { MultipartReader } from "../../reader/mod.ts";
import { field, readForm } from "../../reader/form/mod.ts";

/** The names of the values and their lengths, alternating. */
type Entries = [name: string, length: number][];
type ReadForm = (bytes: Uint8Array<ArrayBuffer>) => Promise<Entries>;

/** The number of forms in a run, so that the clock is accurate. */
const FORMS = 500;

const headers = { "content-type": smallFormType };

async function entriesOf(reader: MultipartReader): Promise<Entries> {
  const entries: Entries = [];
  for await (const part of reader) {
    entries.push([part.name ?? "", (await part.text()).length]);
  }
  return entries;
}

function requestOf(body: Uint8Array<ArrayBuffer>): Request {
  return new Request("http://localhost/", { method: "POST", headers, body });
}

const text = field();
const shape = {
  field0: text,
  field1: text,
  field2: text,
  field3: text,
  field4: text,
};

interface BusboyModule {
  readonly default: (settings: { headers: typeof headers }) => Writable;
}

function contender(
  name: string,
  family: string,
  load: () => ReadForm | Promise<ReadForm>,
): Contender<Uint8Array<ArrayBuffer>, Entries[]> {
  return {
    name,
    family,
    async load() {
      const read = await load();
      return async (bytes) => {
        const forms: Entries[] = [];
        for (let form = 0; form < FORMS; form++) forms.push(await read(bytes));
        return forms;
      };
    },
  };
}

const contenders = [
  contender(
    "MultipartReader",
    OWN_FAMILY,
    () => (bytes) =>
      entriesOf(new MultipartReader(bytes, { contentType: smallFormType })),
  ),
  contender(
    "MultipartReader.from(request)",
    OWN_FAMILY,
    () => (bytes) => entriesOf(MultipartReader.from(requestOf(bytes))),
  ),
  contender(
    "readForm(request)",
    OWN_FAMILY,
    () => async (bytes) => {
      const form = await readForm(requestOf(bytes), shape);
      return Object.entries(form).map(([name, { length }]) => [name, length]);
    },
  ),
  contender("busboy", "busboy", async () => {
    const { default: busboy } = await loadPeer<BusboyModule>("busboy");
    return async (bytes) => {
      const entries: Entries = [];
      const form = busboy({ headers });
      form.on("field", (name: string, { length }: string) => {
        entries.push([name, length]);
      });
      const finished = once(form, "finish");
      form.end(bytes);
      await finished;
      return entries;
    };
  }),
  contender(
    "native formData()",
    "native",
    () => async (bytes) => {
      const form = await new Response(bytes, { headers }).formData();
      return [...form].map((
        [name, value],
      ) => [name, typeof value === "string" ? value.length : -1]);
    },
  ),
  contender(
    "native request.formData()",
    "native",
    () => async (bytes) => {
      const form = await requestOf(bytes).formData();
      return [...form].map((
        [name, value],
      ) => [name, typeof value === "string" ? value.length : -1]);
    },
  ),
];

/** Measures the time of small forms that are already in memory. */
export async function compareSmallForms(
  { isQuick, isWanted, rounds }: MeasureSettings,
): Promise<Measured> {
  const bytes = smallForm();
  const expected = "field0,300,field1,300,field2,300,field3,300,field4,300";
  const timings = await measure({
    input: bytes,
    contenders: contenders.filter(({ name }) => isWanted(name)),
    check(forms: Entries[]) {
      const wrong = forms.find((form) => form.join() !== expected);
      return wrong && `a form is wrong: ${wrong}`;
    },
    budget: budgetOf(isQuick),
    rounds,
  });
  return {
    title: `${FORMS} forms of 5 fields, ${bytes.length} bytes each, in memory`,
    unit: "parts",
    bytes: bytes.length * FORMS,
    parts: FORMS,
    timings,
  };
}
