import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { CliError, usageError } from "./exit.ts";

/** A file that is there under its name only when it is whole, and that only its owner may read. */
export interface NewFile {
  write(bytes: Uint8Array | string): void;
  /** It is whole. */
  keep(): void;
  /** Forgets what was written; nothing where it was kept. */
  discard(): void;
}

/** @throws CliError where it cannot be written. */
export function createFile(path: string): NewFile {
  const partial = `${path}.part`;
  let open = true;
  const handle = attempt(path, () => openSync(partial, "w", 0o600));
  return {
    write: (bytes) =>
      attempt(path, () => void (typeof bytes === "string" ? writeSync(handle, bytes) : writeAll(handle, bytes))),
    keep() {
      attempt(path, () => {
        fsyncSync(handle);
        closeSync(handle);
        open = false;
        renameSync(partial, path);
      });
    },
    discard() {
      if (!open) return;
      open = false;
      closeSync(handle);
      rmSync(partial, { force: true });
    },
  };
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    const message = `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`;
    throw code === "ENOENT" || code === "EISDIR" ? usageError(message) : new CliError("file", message);
  }
}
