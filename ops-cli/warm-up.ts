import { Format, type Source } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { findDefinitions, readDefinition } from "./definitions.ts";

/** Definitions on their way into caches. */

const MAX_ITEMS = 1_000;
/** A server takes 2 MiB in one message unless WFC_MAX_SOURCE_BYTES says more. */
const MAX_BATCH_BYTES = 1024 * 1024;

/** A folder stands for all definitions in it. */
export async function readSources(paths: readonly string[]): Promise<readonly Source[]> {
  return Promise.all(
    findDefinitions(paths, "all").map(async ({ path }): Promise<Source> => {
      return { format: Format.FORMAT_UNSPECIFIED, content: await readDefinition(path), name: path };
    }),
  );
}

export function sizeOf(sources: readonly Source[]): number {
  return sources.reduce((sum, { content }) => sum + content.length, 0);
}

/** As few messages as the server takes; a definition that is larger than a message goes alone. */
export function batchesOf(sources: readonly Source[]): readonly (readonly Source[])[] {
  const batches: Source[][] = [];
  let bytes = 0;
  for (const source of sources) {
    const last = batches.at(-1);
    bytes += source.content.length;
    if (last !== undefined && last.length < MAX_ITEMS && bytes <= MAX_BATCH_BYTES) last.push(source);
    else {
      batches.push([source]);
      bytes = source.content.length;
    }
  }
  return batches;
}
