import { createReadStream, existsSync, statSync } from "node:fs";
import type { BackupInfo } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { usageError } from "./exit.ts";
import type { Field } from "./layout.ts";
import { showBytes, showTime } from "./measures.ts";

/** A backup as an operator names it: a file here, or one in the server's WFC_BACKUP_DIR. */
export type BackupPlace =
  | { readonly kind: "file"; readonly path: string; readonly bytes: number }
  | { readonly kind: "name"; readonly name: string };

export function placeOf(written: string): BackupPlace {
  if (existsSync(written) && statSync(written).isFile()) {
    return { kind: "file", path: written, bytes: statSync(written).size };
  }
  if (/^[\w.-]+\.wfcbackup$/.test(written)) return { kind: "name", name: written };
  throw usageError(`${written} is no file here, and no name of a backup`, [
    "See `wfops backup list` for the server's.",
  ]);
}

const CHUNK_BYTES = 256 * 1024;

export async function* chunksOf(path: string, progress: (bytes: number) => void): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    if (!Buffer.isBuffer(chunk)) continue;
    sent += chunk.length;
    progress(sent);
    yield chunk;
  }
}

export function backupFields(info: BackupInfo): readonly Field[] {
  const rows = [...info.counts].map(([kind, amount]) => `${amount} ${kind.replaceAll("_", " ")}`);
  return [
    ["name", info.name],
    ["made", showTime(info.createdAt)],
    ["of", `${info.engine}, schema ${info.schemaVersion}`],
    ["size", showBytes(info.sizeBytes)],
    ["SHA-256", info.checksum],
    ["holds", rows.join(", ")],
  ];
}
