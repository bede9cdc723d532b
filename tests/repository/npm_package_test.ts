/**
 * Proves the npm package: packed, installed in an empty project, and used
 * there.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, relative } from "node:path";
import process from "node:process";
// Its tests may take as long as npm and a compiler.
import { after, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { launch } from "puppeteer-core";
import { findChromium } from "../runtimes/chromium.ts";
import {
  bundlesFolder,
  entries,
  sourcesFolder,
} from "../../scripts/compile.ts";
import { root } from "../runtimes/names.ts";
import { installed, nodePath } from "../runtimes/processes.ts";
import { findDefinitions } from "./npm_package/definitions.ts";
import {
  installAs,
  installNode,
  makeProject,
  output,
  type Project,
  specifiers,
} from "./npm_package/project.ts";

const told = "city 4, map 100000, truncated, 0 twice";

let project: Project;
let made: Promise<Project> | undefined;
// Made before the first test that runs: a filter may leave none.
beforeEach(async () => {
  project = await (made ??= makeProject());
});
after(async () => (await made)?.remove());

/** Returns the paths of the files in a folder. */
async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => path.slice(folder.length + 1).replaceAll("\\", "/"))
    .sort();
}

function readVersion(path: string): string {
  return JSON.parse(readFileSync(path, "utf8")).version;
}

function command(name: string): string {
  const path = name === "node" ? nodePath() : installed(name);
  if (!path) throw new Error(`Cannot run ${name}: run npm install`);
  return path;
}

/** Skips a test without a network. In CI, a missing network is an error. */
function skipped(what: string): (error: unknown) => undefined {
  return (error) => {
    if (process.env["CI"]) throw error;
    console.log(`SKIPPED npm's package with ${what}: npm cannot install it.`);
  };
}

describe("npm's package", () => {
  const own = () => join(project.folder, "node_modules/@tributary/multipart");

  it("holds the library, compiled and as sources, the texts, and nothing else", async () => {
    const sources = new Set<string>();
    for (const entry of Object.values(entries)) {
      const args = ["info", "--json", `${entry}.ts`];
      const { modules } = JSON.parse(
        await output(root, command("deno"), ...args),
      ) as { modules: { specifier: string }[] };
      for (const { specifier } of modules) {
        if (!specifier.startsWith("file:")) continue;
        const path = relative(root, fileURLToPath(specifier));
        sources.add(path.replaceAll("\\", "/").replace(/[.]ts$/, ""));
      }
    }
    const files = await filesIn(own());
    const isBundle = (name: string) => name.startsWith(`${bundlesFolder}/`);
    const isSource = (name: string) => name.startsWith(`${sourcesFolder}/`);
    for (const ending of [".d.ts", ".d.ts.map"]) {
      const declared = files.filter((name) => name.endsWith(ending));
      assertEquals(declared, [...sources].map((name) => name + ending).sort());
    }
    assertEquals(
      files.filter(isSource),
      [...sources].map((name) => `${sourcesFolder}/${name}.ts`).sort(),
    );
    for (const name of files.filter(isSource)) {
      const path = name.slice(sourcesFolder.length + 1);
      assertEquals(
        await readFile(join(own(), name), "utf8"),
        await readFile(join(root, path), "utf8"),
      );
    }
    // A source with only types makes no module.
    const modules = files.filter((name) =>
      name.endsWith(".js") && !isBundle(name)
    );
    const unknown = modules.filter((name) => !sources.has(name.slice(0, -3)));
    assertEquals(unknown, []);
    const chunk = new RegExp(`^${bundlesFolder}/chunk-[A-Z0-9]+[.]js$`);
    assertEquals(
      files.filter((name) => isBundle(name) && !chunk.test(name)),
      Object.values(entries).map((path) => `${bundlesFolder}/${path}.js`)
        .sort(),
    );
    assertEquals(
      files.filter((name) =>
        !isSource(name) && !/[.](js|d[.]ts|d[.]ts[.]map)$/.test(name)
      ),
      ["CHANGELOG.md", "LICENSE", "README.md", "package.json"],
    );
  });

  it("has all its entries tried here", async () => {
    const files = ["entries.js", "web_entries.js"]
      .map((name) => readFile(join(project.folder, name), "utf8"));
    const text = (await Promise.all(files)).join("");
    const tried = [...text.matchAll(/^import .* from "(@.*)";$/gm)]
      .map(([, specifier]) => specifier);
    assertEquals(tried.toSorted(), specifiers.toSorted());
  });

  it("tells in its manifest who makes it, and where", () => {
    const read = (path: string) =>
      JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    const [built, stated] = [read(own()), read(root)];
    for (
      const name of ["author", "homepage", "bugs", "repository", "funding"]
    ) {
      assert(built[name] !== undefined, name);
      assertEquals(built[name], stated[name]);
    }
  });

  it("links to the repository of its version from its texts", async () => {
    const web = "https://github.com/tributary-js/multipart";
    const raw = "https://raw.githubusercontent.com/tributary-js/multipart";
    let count = 0;
    for (const name of ["README.md", "CHANGELOG.md"]) {
      const text = await readFile(join(own(), name), "utf8");
      const targets = text.replaceAll(/^```[^]*?^```$/gm, "").matchAll(
        /(?:\]\(| (?:href|src|srcset)=")([^")\s]+)/g,
      );
      for (const [, target = ""] of targets) {
        assertMatch(target, /^(https:\/\/|#)/, `${name}: ${target}`);
        const path = RegExp(`^(?:${web}/(?:blob|tree)|${raw})/([^#]*)`)
          .exec(target)?.[1];
        if (path === undefined) continue;
        count++;
        const version = readVersion(join(root, "package.json"));
        assert(path.startsWith(`v${version}/`), target);
        const file = path.slice(version.length + 2);
        assert(existsSync(join(root, file)), `${name}: ${target}`);
      }
    }
    assert(count > 5, `${count} links were found`);
  });

  it("documents the declarations alone", async () => {
    for (const file of await filesIn(own())) {
      if (!file.endsWith(".js")) continue;
      const text = await readFile(join(own(), file), "utf8");
      assert(!text.includes("/**"), `${file} holds documentation`);
    }
  });

  it("brings no other package", async () => {
    const modules = await readdir(join(project.folder, "node_modules"));
    assertEquals(modules.filter((name) => name !== ".package-lock.json"), [
      "@tributary",
    ]);
  });

  it("imports files that it holds", async () => {
    const files = (await filesIn(own()))
      .filter((name) => !name.startsWith(`${sourcesFolder}/`));
    for (const file of files.filter((name) => /[.](js|ts)$/.test(name))) {
      const text = await readFile(join(own(), file), "utf8");
      for (
        const [, path = ""] of text.matchAll(
          /^(?:import|export|[}]) ?(?:.* )?(?:from )?"([.].*)";$/gm,
        )
      ) {
        const target = new URL(path, `file:///${file}`).pathname.slice(1);
        // If a source has only types, its declarations are enough.
        const declared = file.endsWith(".d.ts")
          ? target.replace(/[.]js$/, ".d.ts")
          : target;
        assert(files.includes(declared), `${file} imports ${path}`);
      }
    }
  });

  it("has the version that JSR's package and the lock files have", () => {
    const locks = ["package-lock.json", "examples/frameworks/package-lock.json"]
      .flatMap((path) => {
        const { packages }: {
          packages: Record<string, { name?: string; version?: string }>;
        } = JSON.parse(readFileSync(join(root, path), "utf8"));
        return Object.values(packages)
          .filter(({ name }) => name === "@tributary/multipart")
          .map(({ version }) => version);
      });
    const versions = [
      join(own(), "package.json"),
      join(root, "package.json"),
      join(root, "deno.json"),
    ].map(readVersion);
    assertEquals([...versions, ...locks], Array(5).fill(versions[0]));
  });

  it("gives publint nothing to say", async () => {
    const { messages, pkg } = await publint({
      pkgDir: project.built,
      strict: true,
    });
    assertEquals(messages.map((message) => formatMessage(message, pkg)), []);
  });

  it("has types that attw finds right", async () => {
    // The package is ESM only, without a second copy for require().
    const report = await output(
      root,
      command("attw"),
      project.tarball,
      ...["--profile", "esm-only", "--format", "json"],
    );
    assertMatch(report, /"resolutionKind"/);
  });
});

describe("npm's package in JavaScript", () => {
  for (const major of [20, 22, 24, 26]) {
    it(`runs on Node ${major}, imported and required`, async () => {
      const node = major === 24
        ? command("node")
        : await installNode(project.spare, major).catch(
          skipped(`Node ${major}`),
        );
      if (!node) return;
      assertMatch(
        await output(root, node, "--version"),
        RegExp(`^v${major}[.]`),
      );
      assertEquals(await output(project.folder, node, "main.js"), told);
      assertEquals(await output(project.folder, node, "required.cjs"), told);
      assertEquals(await output(project.folder, node, "mixed.cjs"), told);
    });
  }

  for (const file of ["main.js", "mixed.cjs"]) {
    it(`runs on Bun, ${file}`, async () => {
      const printed = await output(project.folder, command("bun"), file);
      assertEquals(printed, told);
    });

    it(`runs on Deno, ${file}`, async () => {
      const args = ["run", "--no-prompt", "--allow-read", file];
      const printed = await output(project.folder, command("deno"), ...args);
      assertEquals(printed, told);
    });
  }

  const bundlers = {
    "esbuild's own conditions": { expected: "modules" },
    "conditions of a runtime": {
      conditions: ["workerd", "worker"],
      expected: "bundles",
    },
  };
  for (const [name, { expected, ...settings }] of Object.entries(bundlers)) {
    it(`is bundled once with ${name}, from its ${expected}`, async () => {
      const { metafile } = await build({
        absWorkingDir: project.folder,
        entryPoints: ["mixed.cjs"],
        bundle: true,
        format: "cjs",
        platform: "node",
        outfile: "mixed_bundle.cjs",
        metafile: true,
        logLevel: "silent",
        ...settings,
      });
      const part = `multipart/${bundlesFolder}/`;
      const used = Object.keys(metafile.inputs)
        .filter((path) => path.includes("@tributary/"))
        .map((path) => path.includes(part) ? "bundles" : "modules");
      assertEquals([...new Set(used)], [expected]);
      const args = [command("node"), "mixed_bundle.cjs"] as const;
      assertEquals(await output(project.folder, ...args), told);
    });
  }

  it("runs in a Worker, bundled by esbuild", async () => {
    const { outputFiles: [bundle] } = await build({
      absWorkingDir: project.folder,
      entryPoints: ["worker.js"],
      bundle: true,
      format: "esm",
      target: "esnext",
      write: false,
      logLevel: "silent",
    });
    const miniflare = new Miniflare({
      modules: true,
      script: bundle?.text ?? "",
      compatibilityDate: "2026-07-30",
    });
    try {
      const response = await miniflare.dispatchFetch("http://127.0.0.1/");
      assertEquals(await response.text(), told);
    } finally {
      await miniflare.dispose();
    }
  });

  const executablePath = findChromium();
  if (executablePath || process.env["CI"]) {
    it("runs in a browser, its files as they are", async () => {
      if (!executablePath) throw new Error("Chromium is not installed");
      await using page = await servePage();
      const browser = await launch({
        executablePath,
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
      });
      try {
        const tab = await browser.newPage();
        await tab.goto(page.url);
        const script = `import("./round_trip.js").then((m) => m.roundTrip())`;
        assertEquals(await tab.evaluate(script), told);
      } finally {
        await browser.close();
      }
    });
  } else {
    console.log("SKIPPED npm's package in a browser: install Chromium.");
  }

  /** Serves the project with an import map made from the package's exports. */
  async function servePage(): Promise<AsyncDisposable & { url: string }> {
    const name = "@tributary/multipart";
    const base = `/node_modules/${name}/`;
    const manifest = JSON.parse(
      await readFile(join(project.folder, `.${base}package.json`), "utf8"),
    );
    const imports = Object.fromEntries(
      specifiers.map((specifier) => {
        const entry = `.${specifier.slice(name.length)}`;
        const path = manifest.exports[entry].default;
        return [specifier, new URL(path, `http://x${base}`).pathname];
      }),
    );
    const map = JSON.stringify({ imports });
    const html = `<!doctype html><script type="importmap">${map}</script>`;
    const server = createServer(async (request, response) => {
      const isScript = request.url?.endsWith(".js");
      const file = isScript
        ? await readFile(join(project.folder, request.url ?? ""))
        : html;
      const type = isScript ? "text/javascript" : "text/html";
      response.setHeader("content-type", `${type}; charset=utf-8`);
      response.end(file);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    return {
      url: `http://127.0.0.1:${port}/`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      },
    };
  }
});

describe("npm's package in TypeScript", () => {
  const node = {
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  };
  const projects = {
    "Node, moduleResolution node16": {
      module: "node16",
      lib: ["es2022", "esnext.disposable"],
      ...node,
    },
    "Node, moduleResolution nodenext": {
      module: "nodenext",
      lib: ["esnext"],
      ...node,
    },
    "browsers, moduleResolution bundler": {
      module: "preserve",
      moduleResolution: "bundler",
      lib: ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
      types: [],
    },
    "workers, moduleResolution bundler": {
      module: "preserve",
      moduleResolution: "bundler",
      lib: ["es2022", "webworker"],
      types: [],
    },
  };

  async function configure(
    own: object,
    file = "types.ts",
  ): Promise<string> {
    const compilerOptions = {
      target: "es2022",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      ...own,
    };
    // Deno would read a tsconfig.json as its own.
    const path = join(project.folder, "options.json");
    const config = { compilerOptions, files: [file] };
    await writeFile(path, JSON.stringify(config));
    return path;
  }

  for (const [name, own] of Object.entries(projects)) {
    it(`compiles for ${name}`, async () => {
      const path = await configure(own);
      await output(project.folder, command("tsc"), "-p", path);
    });
  }

  it("compiles with TypeScript 5.7, the first that knows a buffer's kind", async () => {
    const [name, specifier] = ["typescript5.7", "typescript@5.7"];
    const found = await installAs(project.spare, name, specifier)
      .catch(skipped("TypeScript 5.7"));
    if (!found) return;
    const path = await configure(projects["Node, moduleResolution node16"]);
    const tsc = join(found, "bin/tsc");
    await output(project.folder, command("node"), tsc, "-p", path);
  });

  it("compiles for Deno", async () => {
    await output(project.folder, command("deno"), "check", "types.ts");
  });

  /** Compiles a CommonJS module that imports the package. */
  async function compileCommonJs(module: string): Promise<string> {
    const path = await configure({ module, ...node }, "common.cts");
    return await output(project.folder, command("tsc"), "-p", path);
  }

  it("compiles in a CommonJS module, module nodenext", async () => {
    await compileCommonJs("nodenext");
  });

  // Node 16 could not require an ES module, and TypeScript still forbids it.
  it("is refused in a CommonJS module, module node16", async () => {
    const error = await assertRejects(() => compileCommonJs("node16"), Error);
    assertMatch(error.message, /TS1479/);
  });

  it("leads an editor from a name to the source that defines it", async () => {
    const found = await findDefinitions(join(project.folder, "types.ts"), [
      "MultipartReader",
      "MultipartWriter",
      "byteRanges",
      "FrameBroadcast",
      "from(",
      "formData(",
      "toResponse(",
      "publish(",
      "offset",
    ]);
    const own = `/node_modules/@tributary/multipart/${sourcesFolder}/`;
    for (const { name, file, line } of found) {
      assert(file.includes(own), `${name} leads to ${file}`);
      // It must be the line of the definition, not one nearby.
      const text = (await readFile(file, "utf8")).split("\n")[line - 1] ?? "";
      assert(text.includes(name.replace("(", "")), `${name} leads to: ${text}`);
      assertEquals(/^ *(\*|\/\/)/.test(text), false, text);
    }
  });
});
