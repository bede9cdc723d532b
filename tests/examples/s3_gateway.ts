/**
 * Posts files with examples/s3_post_policy.ts to Ceph's gateway, which checks
 * policies as S3 does. Run it by hand, as root, where Debian's packages
 * radosgw, ceph-mon, ceph-osd and ceph-common are installed:
 *
 *     node --import ./tests/runtimes/node_hooks.ts tests/examples/s3_gateway.ts
 */
import { assertEquals, assertMatch } from "@std/assert";
import type { Buffer } from "node:buffer";
import { execFile, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import {
  type Allowed,
  postFile,
  presignPost,
} from "../../examples/s3_post_policy.ts";
import { end } from "../driving/children.ts";
import { inFolder } from "../driving/folders.ts";

const URL_OF_GATEWAY = "http://127.0.0.1:7480/";
const signer = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
};

/** Runs a cluster of one monitor, one in-memory store, and a gateway. */
async function withGateway(use: () => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const conf = join(folder, "ceph.conf");
    const id = randomUUID();
    const address = "[v2:127.0.0.1:40000,v1:127.0.0.1:40001]";
    await mkdir(join(folder, "mon"));
    await mkdir(join(folder, "osd"));
    await writeFile(
      conf,
      [
        "[global]",
        `fsid = ${id}`,
        `mon_host = ${address}`,
        "public_addr = 127.0.0.1",
        "auth_cluster_required = none",
        "auth_service_required = none",
        "auth_client_required = none",
        "ms_mon_client_mode = crc",
        "mon_allow_pool_size_one = true",
        "mon_max_pg_per_osd = 1000",
        "osd_pool_default_size = 1",
        "osd_pool_default_min_size = 1",
        "osd_pool_default_pg_num = 4",
        "osd_pool_default_pg_autoscale_mode = off",
        "osd_objectstore = memstore",
        `mon_data = ${folder}/mon`,
        `osd_data = ${folder}/osd`,
        `run_dir = ${folder}`,
        `admin_socket = ${folder}/$name.asok`,
        `log_file = ${folder}/$name.log`,
        `keyring = ${folder}/keyring`,
        "",
      ].join("\n"),
    );
    const run = (command: string, ...args: string[]) =>
      promisify(execFile)(command, args, { timeout: 60_000 });
    const start = (command: string, ...args: string[]) =>
      spawn(command, ["-c", conf, ...args, "-f"], { stdio: "ignore" });

    const map = join(folder, "mon.map");
    await run(
      "monmaptool",
      "--create",
      "--fsid",
      id,
      "--addv",
      "a",
      address,
      map,
    );
    await run("ceph-mon", "-c", conf, "--mkfs", "-i", "a", "--monmap", map);
    const started = [start("ceph-mon", "-i", "a")];
    try {
      const store = randomUUID();
      await run("ceph", "-c", conf, "osd", "new", store);
      await run(
        "ceph-osd",
        "-c",
        conf,
        "-i",
        "0",
        "--mkfs",
        "--osd-uuid",
        store,
      );
      started.unshift(start("ceph-osd", "-i", "0"));
      const gateway = start(
        "radosgw",
        ...["-n", "client.admin", "--ms_mon_client_mode=crc"],
        "--rgw_frontends=beast endpoint=127.0.0.1:7480",
      );
      started.unshift(gateway);
      await run(
        "radosgw-admin",
        ...["-c", conf, "user", "create", "--uid=u", "--display-name=U"],
        `--access-key=${signer.accessKeyId}`,
        `--secret-key=${signer.secretAccessKey}`,
      );
      while (!await fetch(URL_OF_GATEWAY).then(() => true, () => false)) {
        if (gateway.exitCode !== null) throw new Error("The gateway ended");
        await sleep(500);
      }
      await use();
    } finally {
      for (const child of started) await end(child, "SIGKILL");
    }
  });
}

/** Returns the response to a request that curl signs. */
async function signed(path: string, ...args: string[]): Promise<Buffer> {
  const { stdout } = await promisify(execFile)("curl", [
    ...["--silent", "--show-error", "--fail", "--max-time", "60"],
    ...["--aws-sigv4", `aws:amz:${signer.region}:s3`],
    ...["--user", `${signer.accessKeyId}:${signer.secretAccessKey}`],
    ...["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"],
    ...args,
    URL_OF_GATEWAY + path,
  ], { encoding: "buffer", maxBuffer: 2 * FILE.length });
  return stdout;
}

const FILE = randomBytes(8 * 1024 * 1024 + 1);
const hour = 3_600_000;

/** Changes to a form that the gateway accepts, and its responses. */
const refused: [
  what: string,
  allowed: Partial<Allowed>,
  fields: Record<string, string>,
  answer: RegExp,
][] = [
  ["a larger file", { maxBytes: FILE.length - 1 }, {}, /400 .*EntityTooLarge/],
  ["another key", {}, { key: "other" }, /403 .*not met condition: key/],
  [
    "a late form",
    { expires: new Date(Date.now() - hour) },
    {},
    /403 .*expired/,
  ],
  ["another bucket", { bucket: "other" }, {}, /403 .*AccessDenied/],
  ["a field more", {}, { acl: "private" }, /403 .*missing condition: acl/],
  ["a wrong signature", {}, { "x-amz-signature": "0" }, /403 .*AccessDenied/],
];

await withGateway(() =>
  inFolder(async (folder) => {
    const path = join(folder, "film.mp4");
    await writeFile(path, FILE);
    await signed("uploads", "--request", "PUT");
    const post = (allowed: Partial<Allowed>, more: Record<string, string>) => {
      const fields = presignPost(signer, {
        bucket: "uploads",
        key: "films/film.mp4",
        maxBytes: FILE.length,
        expires: new Date(Date.now() + hour),
        ...allowed,
      });
      const url = `${URL_OF_GATEWAY}uploads`;
      return postFile(url, { ...fields, ...more }, path);
    };
    await post({}, {});
    assertEquals((await signed("uploads/films/film.mp4")).equals(FILE), true);
    console.log("stored: what the policy allows");
    for (const [what, allowed, more, answer] of refused) {
      const problem = await post(allowed, more).then(() => "stored", String);
      assertMatch(problem, answer);
      console.log(`refused: ${what}`);
    }
  })
);
