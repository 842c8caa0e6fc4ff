import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { CliError, usageError } from "./exit.ts";

/** A definition on this machine. */
export interface DefinitionFile {
  /** As it was given, or as it was found under a folder; `-` is standard input. */
  readonly path: string;
  /** Whether its own name was given. What a folder holds may be something else altogether. */
  readonly named: boolean;
}

/** No server receives more. */
const MAX_BYTES = 32 * 1024 * 1024;
const endings = [".yaml", ".yml", ".json"];
const passedOver = (name: string): boolean => name.startsWith(".") || name === "node_modules";

/**
 * The files that paths stand for, each once. A folder stands for every YAML and JSON file in it, sorted by path.
 *
 * @throws CliError where there is no such file.
 */
export function findDefinitions(paths: readonly string[], folders: "all" | "refuse"): readonly DefinitionFile[] {
  const found = new Map<string, DefinitionFile>();
  for (const path of paths) {
    if (path === "-" || !isFolder(path)) found.set(path, { path, named: true });
    else if (folders === "refuse") throw usageError(`${path} is a folder`, ["Name the files in it."]);
    else for (const one of filesIn(path)) if (!found.has(one)) found.set(one, { path: one, named: false });
  }
  if (found.size === 0) {
    throw usageError(`there are no definitions under ${paths.join(", ")}`, [
      `Their names end in ${endings.join(", ")}.`,
    ]);
  }
  return [...found.values()];
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function filesIn(folder: string): readonly string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(folder, error);
  }
  return entries
    .filter(({ name }) => !passedOver(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(path);
      return entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
    });
}

/** @throws CliError where it cannot be read. */
export async function readDefinition(path: string): Promise<Buffer> {
  try {
    if (path === "-") return await buffer(process.stdin);
    const { size } = await stat(path);
    if (size <= MAX_BYTES) return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  throw new CliError("too-large", `${path} has more than ${MAX_BYTES / 1024 / 1024} MiB: no server takes so much`);
}

export function readDefinitionSync(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): CliError {
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code === "ENOENT") return usageError(`there is no file ${path}`);
  if (code === "EACCES") return new CliError("file", `you may not read ${path}`);
  return new CliError("file", `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
}
