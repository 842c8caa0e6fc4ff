import type { Outcome, Session } from "./command.ts";
import { type DefinitionFile, readDefinition } from "./definitions.ts";
import { CliError, exitCodes } from "./exit.ts";
import { failureJson } from "./findings.ts";
import { formatJson } from "./format/json.ts";
import { formatYaml } from "./format/yaml.ts";
import { safe } from "./layout.ts";
import { rewrite } from "./rewriting.ts";

interface Formatted {
  readonly path: string;
  readonly state: "formatted" | "unformatted" | "written" | "failed";
  /** Of standard input. */
  readonly content: string | null;
  readonly failure: CliError | null;
}

export async function formatFiles(
  { terminal, signal }: Session,
  files: readonly DefinitionFile[],
  check: boolean,
): Promise<Outcome> {
  const done: Formatted[] = [];
  for (const { path } of files) {
    signal.throwIfAborted();
    done.push(await formatOne(path, check));
  }
  const lines = done.flatMap(({ path, state, content, failure }) => {
    if (content !== null) return [content];
    if (failure !== null) return [`${terminal.style("bad", "failed")}: ${path}: ${safe(failure.message)}`];
    return state === "formatted" ? [] : [`${path}${state === "unformatted" ? " is not formatted" : ""}`];
  });
  const exitCode = done.some(({ state }) => state === "failed")
    ? exitCodes.failed
    : done.some(({ state }) => state === "unformatted")
      ? exitCodes.findings
      : exitCodes.fine;
  const data = { files: done.map((one) => ({ ...one, failure: failureJson(one.failure) })) };
  return { data, text: lines.join("\n"), exitCode };
}

async function formatOne(path: string, check: boolean): Promise<Formatted> {
  try {
    const before = await readDefinition(path);
    const text = decoded(path, before);
    const formatted = formattedText(path, text);
    if (path === "-" && !check) return { path, state: "formatted", content: formatted, failure: null };
    if (formatted === text) return { path, state: "formatted", content: null, failure: null };
    if (!check) rewrite({ path, before, after: Buffer.from(formatted) });
    return { path, state: check ? "unformatted" : "written", content: null, failure: null };
  } catch (fault) {
    if (!(fault instanceof CliError) || fault.exitCode === exitCodes.usage) throw fault;
    return { path, state: "failed", content: null, failure: fault };
  }
}

function decoded(path: string, content: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw new CliError("not-text", `${path} is not UTF-8 text`);
  }
}

/** JSON is YAML too, but JSON it should stay. */
function formattedText(path: string, text: string): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const body = text.slice(mark.length);
  try {
    return mark + (/^\s*[{[]/.test(body) && isJson(body) ? formatJson(body) : formatYaml(body));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError("not-formatted", `${path} is left as it is: ${reason}`, [`See \`wfops validate ${path}\`.`]);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
