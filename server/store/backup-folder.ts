import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type BackupManifest, decodeBackup } from "./backup-format.ts";

export interface KeptBackup {
  readonly file: string;
  readonly bytes: number;
  /** What it says it is; `verifyBackup` tells whether that is true. null: it cannot be read. */
  readonly manifest: BackupManifest | null;
}

const SUFFIX = ".wfcbackup";

/** All backups of a folder, newest first. Only their beginnings are read. */
export async function listBackups(folder: string): Promise<readonly KeptBackup[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
  const backups = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      return { file, bytes: (await stat(file)).size, manifest: await readManifest(file) };
    }),
  );
  return backups.sort(
    (a, b) => (b.manifest?.createdAt ?? 0) - (a.manifest?.createdAt ?? 0) || (a.file < b.file ? 1 : -1),
  );
}

/**
 * Passes a backup on, and keeps a copy of it in a folder: under its name only once it is whole and on disk. The folder is
 * made where it is missing (0700); the file is for its owner only (0600).
 *
 * @param now names the file, in milliseconds since 1970.
 */
export async function* keepBackup(
  folder: string,
  source: AsyncIterable<Uint8Array>,
  now: number = Date.now(),
): AsyncGenerator<Uint8Array, string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = backupName(now);
  const unfinished = join(folder, `${name}.unfinished`);
  const file = await open(unfinished, "wx", 0o600);
  let isWhole = false;
  try {
    for await (const bytes of source) {
      await file.writeFile(bytes);
      yield bytes;
    }
    await file.sync();
    isWhole = true;
  } finally {
    await file.close();
    if (!isWhole) await rm(unfinished, { force: true });
  }
  await rename(unfinished, join(folder, name));
  return join(folder, name);
}

/** Of a backup that was begun at this time. */
export function backupName(now: number): string {
  return `workflow-compiler-${new Date(now).toISOString().replaceAll(/[:.]/g, "-")}${SUFFIX}`;
}

async function readManifest(file: string): Promise<BackupManifest | null> {
  const input = createReadStream(file);
  try {
    for await (const item of decodeBackup(input)) return item.kind === "manifest" ? item.manifest : null;
    return null;
  } catch {
    return null;
  } finally {
    input.destroy();
  }
}
