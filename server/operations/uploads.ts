import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Keeps what a client sends in a file until `work` is done with it. What is done with it must not depend on how fast it is
 * sent: a restore keeps all other writers out of the store.
 *
 * @param folder null: the system's folder for temporary files.
 */
export async function withUpload<T>(
  chunks: AsyncIterable<Uint8Array>,
  folder: string | null,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(folder ?? tmpdir(), `${randomUUID()}.upload`);
  try {
    const file = await open(path, "wx", 0o600);
    try {
      for await (const chunk of chunks) await file.writeFile(chunk);
    } finally {
      await file.close();
    }
    return await work(path);
  } finally {
    await rm(path, { force: true });
  }
}
