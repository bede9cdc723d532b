import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartDecoderStream,
  MultipartError,
  type MultipartMessage,
  MultipartReader,
  type MultipartReaderOptions,
} from "@tributary/multipart";
import { utf8 } from "../bytes.ts";

const SUBTYPES = ["form-data", "mixed", "related", "x-mixed-replace"];
const BODY = utf8("--b\r\n\r\n1\r\n--b--");

/**
 * Returns the subtypes that `read` accepts. All others fail with status 415.
 */
function taken(read: (contentType: string) => unknown): string[] {
  return SUBTYPES.filter((subtype) => {
    try {
      read(`multipart/${subtype}; boundary=b`);
      return true;
    } catch (error) {
      if (!(error instanceof MultipartError)) throw error;
      assertEquals([error.code, error.status], ["unsupported-media-type", 415]);
      return false;
    }
  });
}

describe("accept", () => {
  const messages: Record<
    string,
    { message: (contentType: string) => MultipartMessage; accepts: string[] }
  > = {
    "a Request": {
      message: (contentType) =>
        new Request("http://localhost/", {
          method: "POST",
          headers: { "content-type": contentType },
          body: BODY,
        }),
      accepts: ["form-data"],
    },
    "a Response": {
      message: (contentType) =>
        new Response(BODY, { headers: { "content-type": contentType } }),
      accepts: SUBTYPES,
    },
    "headers and a body": {
      message: (contentType) => ({
        headers: { "content-type": contentType },
        body: BODY,
      }),
      accepts: ["form-data"],
    },
    "what has a statusCode of null, as a request of Node's": {
      message: (contentType) => {
        const headers = { "content-type": contentType };
        return { headers, body: BODY, statusCode: null } as MultipartMessage;
      },
      accepts: ["form-data"],
    },
    "what has a statusCode, as a response of Node's": {
      message: (contentType) => {
        const headers = { "content-type": contentType };
        return { headers, body: BODY, statusCode: 200 } as MultipartMessage;
      },
      accepts: SUBTYPES,
    },
  };

  for (const [name, { message, accepts }] of Object.entries(messages)) {
    const from = (options?: MultipartReaderOptions) =>
      taken((contentType) =>
        MultipartReader.from(message(contentType), options)
      );

    it(`of ${name} has its default`, () => {
      assertEquals(from(), accepts);
    });

    it(`of ${name} is what the caller says`, () => {
      assertEquals(from({ accept: "*" }), SUBTYPES);
      assertEquals(from({ accept: "Mixed" }), ["mixed"]);
      assertEquals(from({ accept: ["mixed", "related"] }), [
        "mixed",
        "related",
      ]);
    });
  }

  it("is any multipart for the constructor and the stream, unless told", () => {
    const ways = [
      (contentType: string, accept?: string) =>
        new MultipartReader(BODY, { contentType, accept }),
      (contentType: string, accept?: string) =>
        new MultipartDecoderStream({ contentType, accept }),
    ];
    for (const open of ways) {
      assertEquals(taken((contentType) => open(contentType)), SUBTYPES);
      assertEquals(taken((contentType) => open(contentType, "form-data")), [
        "form-data",
      ]);
    }
  });

  it("names the type and the option", () => {
    const headers = { "content-type": "multipart/mixed; boundary=b" };
    assertThrows(
      () => MultipartReader.from({ headers, body: BODY }),
      MultipartError,
      "Cannot read the body: it is multipart/mixed, and this reader accepts " +
        "multipart/form-data. Pass `accept` to read others",
    );
  });

  it("does not hold for what is within", async () => {
    const body = utf8(
      "--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n" +
        "--c\r\n\r\ninner\r\n--c--\r\n--b--",
    );
    const headers = { "content-type": "multipart/mixed; boundary=b" };
    const reader = MultipartReader.from({ headers, body }, { accept: "mixed" });
    const { value: part } = await reader.next();
    assertThrows(() => part?.parts({ accept: "mixed" }), MultipartError);
    const { value: inner } = await part?.parts().next() ?? {};
    assertEquals(await inner?.text(), "inner");
  });

  it("is a TypeError where it is not a subtype", () => {
    for (const accept of ["multipart/mixed", "", 5 as unknown as string]) {
      const headers = { "content-type": "multipart/mixed; boundary=b" };
      assertThrows(
        () => MultipartReader.from({ headers, body: BODY }, { accept }),
        TypeError,
        "Cannot accept",
      );
    }
  });
});

describe("the caller's mistakes", () => {
  const bytes = BODY as never;

  it("a missing second argument says what to pass", () => {
    assertThrows(
      () => Reflect.construct(MultipartReader, [BODY]),
      TypeError,
      "Cannot read the source: pass { boundary } or { contentType } as the " +
        "second argument",
    );
  });

  it("text for a source says how to make bytes of it", () => {
    assertThrows(
      () => new MultipartReader("--b--" as never, { boundary: "b" }),
      TypeError,
      "Cannot read the source: it is text. Pass bytes",
    );
  });

  it("a framework's own request says where the platform's is", () => {
    const request = new Request("http://localhost/");
    assertThrows(
      () => MultipartReader.from({ raw: request } as never),
      TypeError,
      "Cannot read the message: it has no headers. Pass its `raw`",
    );
  });

  const wrongNames: [string, string][] = [
    ["fileSize", "partBytes"],
    ["fieldSize", "bufferedBytes"],
    ["fieldNameSize", "headerBytes"],
    ["fields", "parts"],
    ["files", "parts"],
    ["headerPairs", "headers"],
    ["maxFileSize", "partBytes"],
    ["maxFieldsSize", "bufferedBytes"],
    ["maxTotalFileSize", "totalBytes"],
    ["bodyLimit", "totalBytes"],
  ];
  for (const [theirs, ours] of wrongNames) {
    it(`a limit called ${theirs} is a TypeError that names ${ours}`, () => {
      const limits = { [theirs]: 1000 };
      assertThrows(
        () => new MultipartReader(bytes, { boundary: "b", limits }),
        TypeError,
        `Cannot use the limit "${theirs}": here it is called ${ours}`,
      );
      for (const name of [theirs, ours]) {
        const init = { boundary: "b", [name]: 1000 };
        assertThrows(
          () => new MultipartReader(bytes, init),
          TypeError,
          `Cannot use the option "${name}": pass { limits: { ${ours} } }`,
        );
      }
    });
  }

  it("other options may resemble a limit's name", () => {
    for (const [name] of wrongNames) {
      for (const option of [`x${name}`, `${name}s`]) {
        const init = { boundary: "b", [option]: 1000 };
        assertEquals(new MultipartReader(bytes, init).boundary, "b", option);
      }
    }
  });

  it("an unknown limit is a TypeError that lists the limits", () => {
    assertThrows(
      () =>
        new MultipartDecoderStream({
          boundary: "b",
          limits: { partByte: 5 } as never,
        }),
      TypeError,
      'Cannot use the limit "partByte": the limits are parts, headerBytes',
    );
  });

  for (
    const [what, limits] of [
      ["a number", 1000],
      ["a Map", new Map([["partBytes", 5]])],
      ["null", null],
    ]
  ) {
    it(`limits that are ${what} are a TypeError`, () => {
      const init = { boundary: "b", limits: limits as never };
      assertThrows(
        () => new MultipartReader(bytes, init),
        TypeError,
        "Cannot use the limits: pass an object",
      );
    });
  }
});
