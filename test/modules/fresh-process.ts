import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artifact } from "../../server/artifact.ts";

/**
 * Writes an artifact to a folder of its own and runs `driver` beside it in a new Node process, as a caller would. The
 * driver imports `./workflow.js` (or `./workflow.ts`) and prints one JSON value as its last line, which is returned.
 */
export async function runInFreshProcess(
  artifact: Artifact,
  driver: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "artifact-"));
  try {
    const files = [...artifact.files, ...Object.entries(extra).map(([path, content]) => ({ path, content }))];
    await Promise.all(files.map((file) => writeFile(join(folder, file.path), file.content)));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(join(folder, "driver.ts"), driver);
    return JSON.parse((await output(process.execPath, [join(folder, "driver.ts")])).trimEnd().split("\n").at(-1) ?? "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function output(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`the module's process ended with ${code}: ${stderr}`));
    });
  });
}
