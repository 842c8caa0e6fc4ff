import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, extname, join, normalize, relative, resolve, sep } from "node:path";
import { CacheOutcome } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import type { Result } from "./bulk.ts";
import { settle } from "./bulk.ts";
import type { Outcome, Session } from "./command.ts";
import { type Compiled, type CompileWish, compileMany, compileOne, optionsOf } from "./compiling.ts";
import type { Replica } from "./connection.ts";
import type { DefinitionFile } from "./definitions.ts";
import { CliError, exitCodes, usageError } from "./exit.ts";
import { type Checked, failureJson, findingOf, tallyOf, tallyText } from "./findings.ts";
import { textReport } from "./reports/text.ts";
import { table } from "./terminal.ts";
import { changesOf } from "./watching.ts";
import { nameOf } from "./words.ts";

export interface CompileFilesWish extends CompileWish {
  /** Null: nothing is written. */
  readonly out: string | null;
}

interface Made extends Checked {
  readonly compiled: Compiled | null;
  readonly written: readonly string[];
}

export async function compileFiles(
  session: Session,
  files: readonly DefinitionFile[],
  wish: CompileFilesWish,
): Promise<Outcome> {
  const paths = files.map(({ path }) => path);
  const folders = wish.out === null ? new Map() : foldersOf(paths, wish.out);
  return outcomeOf(session, await makeAll(session, await session.servers(), paths, wish, folders), wish);
}

/** Compiles, and again whatever changes, until Ctrl-C. */
export async function watchFiles(
  session: Session,
  files: readonly DefinitionFile[],
  wish: CompileFilesWish,
): Promise<Outcome> {
  const { terminal, json, signal } = session;
  const paths = files.map(({ path }) => path);
  if (paths.includes("-")) throw usageError("standard input cannot be watched", ["Give the file's name."]);
  const folders = wish.out === null ? new Map() : foldersOf(paths, wish.out);
  const replicas = await session.servers();
  for await (const changed of changesOf(paths, signal)) {
    const { value } = await settle(() => makeAll(session, replicas, changed, wish, folders), signal);
    if (value === null) continue;
    const { data, text } = outcomeOf(session, value, wish);
    if (json) terminal.printJsonLine(data);
    else terminal.print(text);
    terminal.say("Watching for changes; Ctrl-C ends it.");
  }
  return { data: undefined, text: "" };
}

async function makeAll(
  session: Session,
  replicas: readonly Replica[],
  paths: readonly string[],
  wish: CompileFilesWish,
  folders: ReadonlyMap<string, string>,
): Promise<readonly Made[]> {
  const options = optionsOf({
    target: wish.target,
    noCache: wish.noCache,
    profile: wish.profile,
    allowInlineCode: wish.allowInlineCode,
  });
  const [only, ...others] = paths;
  const results =
    only !== undefined && others.length === 0
      ? [await settle(() => compileOne(session, only, options), session.signal)]
      : await compileMany(session, replicas, paths, options);
  return paths.map((path, index) => madeOf(path, results[index], folders.get(path)));
}

function madeOf(path: string, result: Result<Compiled> | undefined, folder: string | undefined): Made {
  const compiled = result?.value ?? null;
  if (compiled === null) {
    return { path, text: "", findings: [], failure: result?.failure ?? null, compiled, written: [] };
  }
  const { content, response } = compiled;
  return {
    path,
    text: content.toString().replace(/^\ufeff/, ""),
    findings: response.diagnostics.map(findingOf),
    failure: null,
    compiled,
    written: folder === undefined ? [] : write(folder, response.artifact?.files ?? []),
  };
}

/**
 * The folder of each definition under `out`: its path from where all of them are, without its ending, such as `order` or
 * `billing/order`.
 *
 * @throws CliError where two would share one.
 */
function foldersOf(paths: readonly string[], out: string): ReadonlyMap<string, string> {
  const parents = paths.map((path) => dirname(resolve(path)).split(sep));
  const [first = []] = parents;
  const differs = first.findIndex((part, index) => parents.some((other) => other[index] !== part));
  const base = first.slice(0, differs < 0 ? first.length : differs).join(sep);
  const folders = new Map<string, string>();
  const owners = new Map<string, string>();
  for (const path of paths) {
    const whole = path === "-" ? "stdin" : relative(base || sep, resolve(path));
    const folder = join(out, whole.slice(0, whole.length - extname(whole).length));
    const other = owners.get(folder);
    if (other !== undefined) {
      throw usageError(`${other} and ${path} would both be written to ${folder}`, [
        "Compile them apart, into different folders.",
      ]);
    }
    owners.set(folder, path);
    folders.set(path, folder);
  }
  return folders;
}

function write(
  folder: string,
  files: readonly { readonly path: string; readonly content: string }[],
): readonly string[] {
  return files.map(({ path, content }) => {
    const inside = normalize(path);
    // The server names the files; where they go is for us to say.
    if (inside.startsWith("..") || inside.startsWith(sep)) {
      throw new CliError("file", `the server names a file ${JSON.stringify(path)}, which is outside of ${folder}`);
    }
    const target = join(folder, inside);
    try {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, content);
    } catch (error) {
      throw new CliError(
        "file",
        `${target} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    return target;
  });
}

function outcomeOf(session: Session, made: readonly Made[], wish: CompileFilesWish): Outcome {
  const { terminal } = session;
  const tally = tallyOf(made);
  const exitCode = tally.failures > 0 ? exitCodes.failed : tally.errors > 0 ? exitCodes.findings : exitCodes.fine;
  const problems = textReport(made, terminal);
  // Problems are the result where there is no module; else they stand beside it.
  const module = wish.out === null && made.length === 1 ? moduleOf(made) : null;
  if (!session.json && problems !== "" && module !== null) terminal.say(problems);
  terminal.say(tallyText(made.length, tally));
  const parts = [
    module ?? problems,
    ...(module === null && exitCode !== exitCodes.findings ? [summary(made, terminal.columns)] : []),
    ...(wish.profile && module === null ? [profiles(made)] : []),
  ];
  if (wish.profile && module !== null) terminal.say(profiles(made));
  const data = {
    compiled: made.every(({ compiled }) => compiled?.response.artifact !== undefined),
    files: made.map(jsonOf),
  };
  return { data, text: parts.filter((part) => part !== "").join("\n\n"), exitCode };
}

function moduleOf([only]: readonly Made[]): string | null {
  const files = only?.compiled?.response.artifact?.files ?? [];
  return files.find(({ path }) => path === "workflow.ts")?.content ?? null;
}

function summary(made: readonly Made[], columns: number): string {
  const rows = made.flatMap(({ path, compiled, written }) => {
    const artifact = compiled?.response.artifact;
    if (artifact === undefined) return [];
    const where = written.length === 0 ? "" : dirname(written[0] ?? "");
    return [[path, artifact.digest.slice(0, 12), cacheName(compiled), where]];
  });
  return rows.length === 0 ? "" : table(rows, columns);
}

function cacheName(compiled: Compiled | null): string {
  return nameOf(CacheOutcome, compiled?.response.cache ?? 0, "CACHE_OUTCOME_");
}

function profiles(made: readonly Made[]): string {
  return made
    .flatMap(({ path, compiled }) => {
      const profile = compiled?.response.profile;
      if (profile === undefined) return [];
      const rows = profile.stages.map(({ name, durationMs, percentage }) => [
        `  ${name}`,
        `${durationMs.toFixed(1)} ms`,
        `${percentage.toFixed(0)}%`,
      ]);
      return [`${path}: ${profile.totalMs.toFixed(1)} ms in the compiler\n${table(rows, 80)}`];
    })
    .join("\n");
}

function jsonOf({ path, compiled, written, findings, failure }: Made) {
  const artifact = compiled?.response.artifact;
  const profile = compiled?.response.profile;
  return {
    path,
    compiled: artifact !== undefined,
    workflow: artifact?.workflowName ?? null,
    digest: artifact?.digest ?? null,
    compilerVersion: artifact?.compilerVersion ?? null,
    entrypoint: artifact?.entrypoint ?? null,
    cache: cacheName(compiled),
    activities: artifact?.activities.map(({ name }) => name) ?? [],
    contents: written.length > 0 ? {} : new Map(artifact?.files.map((file) => [file.path, file.content] as const)),
    written,
    findings,
    failure: failureJson(failure),
    profile: profile === undefined ? null : { ...profile, stages: profile.stages.map((stage) => ({ ...stage })) },
  };
}
