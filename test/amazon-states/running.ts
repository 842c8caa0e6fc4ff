import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Artifact } from "../../server/artifact.ts";

/** A compiled module, as its caller sees it. */
export interface LoadedModule {
  run(input: unknown, activities: unknown, options?: unknown): Promise<unknown>;
}

export interface Loader {
  load(artifact: Artifact): Promise<LoadedModule & Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

/** Loads compiled modules into this process, from a folder that is removed at the end. */
export async function createLoader(): Promise<Loader> {
  const folder = await mkdtemp(join(tmpdir(), "amazon-states-"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  let count = 0;
  return {
    async load(artifact) {
      const own = join(folder, String(count++));
      await mkdir(own);
      // Without its map, which a test runner would look for.
      const withoutMap = (text: string): string => text.replace(/^\/\/# sourceMappingURL=.*$/m, "");
      const code = artifact.files.filter(({ path }) => path.endsWith(".js"));
      await Promise.all(code.map(({ path, content }) => writeFile(join(own, path), withoutMap(content))));
      return import(pathToFileURL(join(own, artifact.entrypoint)).href);
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
