/** A store for `file_store.ts`, in the runtime's own SQLite. */
import { DatabaseSync } from "node:sqlite";
import type { FileDelegate } from "./file_store.ts";

/** A database as a store. A file has a length once it is complete. */
export function sqliteStore(path: string): FileDelegate {
  const database = new DatabaseSync(path);
  // Not FULL: waiting for the disk at each commit takes milliseconds, which
  // blocks other requests, and a small form may have a thousand files. If the
  // machine crashes, the latest files may be lost.
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = ON;
    CREATE TABLE IF NOT EXISTS files
      (id TEXT PRIMARY KEY, filename TEXT, type TEXT, length INTEGER);
    CREATE TABLE IF NOT EXISTS chunks
      (file TEXT REFERENCES files ON DELETE CASCADE, n INTEGER, data BLOB,
       PRIMARY KEY (file, n));
    DELETE FROM files WHERE length IS NULL; -- What a crash has left.
  `);
  const start = database.prepare("INSERT INTO files VALUES (?, ?, ?, NULL)");
  const append = database.prepare(
    "INSERT INTO chunks SELECT ?1, coalesce(max(n) + 1, 0), ?2 FROM chunks WHERE file = ?1",
  );
  const finish = database.prepare(
    "UPDATE files SET length = (SELECT coalesce(sum(length(data)), 0) FROM chunks WHERE file = ?1) WHERE id = ?1",
  );
  const remove = database.prepare("DELETE FROM files WHERE id = ?");
  return {
    startFile({ filename = "", mediaType }) {
      const id = crypto.randomUUID();
      start.run(id, filename, mediaType);
      return id;
    },
    fileData: (id, chunk) => void append.run(id, chunk),
    finishFile: (id) => void finish.run(id),
    removeFile: (id) => void remove.run(id),
  };
}
