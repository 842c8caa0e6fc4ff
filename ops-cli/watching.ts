import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Editors write a file in several steps; so long nothing more must have happened, in milliseconds. */
const QUIET_MS = 80;

/**
 * First all paths, then those that have changed, as often as they do, until `signal` aborts. Folders are watched and not
 * files, because most editors put a new file in the place of the old one.
 */
export async function* changesOf(paths: readonly string[], signal: AbortSignal): AsyncGenerator<readonly string[]> {
  const changed = new Set<string>();
  let wake = (): void => {};
  let timer: NodeJS.Timeout | undefined;
  const onChange = (folder: string, name: string | null): void => {
    for (const path of paths) {
      if (dirname(path) === folder && (name === null || basename(path) === name)) changed.add(path);
    }
    if (changed.size === 0) return;
    clearTimeout(timer);
    timer = setTimeout(() => wake(), QUIET_MS);
  };
  const watchers: FSWatcher[] = [...new Set(paths.map(dirname))].map((folder) =>
    watch(folder, (_event, name) => onChange(folder, name)),
  );
  const onAbort = (): void => wake();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    yield paths;
    while (!signal.aborted) {
      if (changed.size > 0) {
        const batch = paths.filter((path) => changed.has(path));
        changed.clear();
        yield batch;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (signal.aborted) resolve();
      });
    }
  } finally {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    signal.removeEventListener("abort", onAbort);
  }
}
