import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type LineEndings,
  MultipartError,
  MultipartReader,
} from "@tributary/multipart";
import { cuttings, latin1 } from "../bytes.ts";
import corpus from "./corpus/mails.json" with { type: "json" };

interface Tree {
  type: string;
  filename?: string;
  body?: string;
  parts?: Tree[];
}

interface Mail {
  id: string;
  why: string;
  contentType: string;
  body: string;
  lineEndings?: LineEndings;
  /** The tree that Python's email package makes. */
  python: Tree;
  /** The tree or error that this library makes, where it differs, and why. */
  ours?: Tree | { error: string };
  because?: string;
}

const mails = corpus.cases as Mail[];

/**
 * Returns the tree of a multipart. A multipart without a boundary is a leaf.
 */
async function treeOf(reader: MultipartReader): Promise<Tree> {
  const parts: Tree[] = [];
  for await (const part of reader) {
    const tree: Tree = { type: part.mediaType };
    if (part.isMultipart && part.contentType?.includes("boundary")) {
      parts.push(await treeOf(part.parts()));
      continue;
    }
    if (!tree.type.startsWith("message/")) {
      const bytes = await part.bytes();
      tree.body = Array.from(bytes, (byte) => String.fromCharCode(byte)).join(
        "",
      );
      if (part.filename !== undefined) tree.filename = part.filename;
    }
    parts.push(tree);
  }
  return { type: reader.mediaType, parts };
}

describe("the corpus of mails", () => {
  for (const mail of mails) {
    const { id, why, because, contentType, lineEndings } = mail;
    it(`${id}: ${why}${because ? `; ${because}` : ""}`, async () => {
      for (const { label, chunks } of cuttings(latin1(mail.body))) {
        const reader = new MultipartReader(chunks, {
          contentType,
          lineEndings,
        });
        const expected = mail.ours ?? mail.python;
        if ("error" in expected) {
          const error = await assertRejects(
            () => treeOf(reader),
            MultipartError,
          );
          assertEquals(error.code, expected.error, label);
        } else {
          assertEquals(await treeOf(reader), expected, label);
        }
      }
    });
  }
});
