import {
  type AppliedFix,
  CompilerServiceService as contract,
  type ValidateResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { askPatiently, each, type Result } from "./bulk.ts";
import type { Outcome, Session } from "./command.ts";
import { confirmChange } from "./confirmation.ts";
import type { Replica } from "./connection.ts";
import { type DefinitionFile, readDefinition } from "./definitions.ts";
import { CliError, exitCodes, usageError } from "./exit.ts";
import { type Checked, failureJson, findingOf, tallyOf, tallyText } from "./findings.ts";
import { diffOf, type Rewrite, rewrite, showDiff } from "./rewriting.ts";
import { nameOf } from "./words.ts";

export interface ValidateWish {
  readonly format: string;
  readonly fix: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly allowInlineCode: boolean;
  /** Of wfops. */
  readonly version: string;
}

interface Judged extends Checked {
  readonly format: string | null;
  readonly content: Buffer;
  readonly fixes: readonly AppliedFix[];
  /** Null where nothing would change. */
  readonly rewrite: Rewrite | null;
  readonly diff: string;
  readonly written: boolean;
}

export async function validateFiles(
  session: Session,
  files: readonly DefinitionFile[],
  wish: ValidateWish,
): Promise<Outcome> {
  if (wish.fix && files.some(({ path }) => path === "-")) {
    throw usageError("standard input cannot be fixed in place", ["Give the file's name."]);
  }
  const replicas = await session.servers();
  const results = await each(files, "validated", session, (file, index) => judge(file, index, replicas, session, wish));
  const judged = results
    .map((result, index) => result.value ?? unjudged(files[index]?.path ?? "", result))
    .filter((one, index) => files[index]?.named !== false || !isSomethingElse(one));
  const passedOver = results.length - judged.length;
  if (passedOver > 0) session.terminal.say(`${passedOver} of the files are no definitions`);
  const final = wish.fix ? await applyFixes(session, judged, replicas, wish) : judged;
  return outcomeOf(session, final, wish);
}

async function judge(
  { path }: DefinitionFile,
  index: number,
  replicas: readonly Replica[],
  session: Session,
  wish: Pick<ValidateWish, "fix" | "allowInlineCode">,
): Promise<Judged> {
  const content = await readDefinition(path);
  const source = { format: Format.FORMAT_UNSPECIFIED, content, name: path.slice(-256) };
  const request = { source, profile: false, allowInlineCode: wish.allowInlineCode, fix: wish.fix };
  // An empty source is refused before it is looked at; for a person it is a problem of the file as any other.
  if (content.length === 0) throw new CliError("empty", `${path} is empty`);
  const response = await askPatiently(replicas, index, session, (replica) => replica.call(contract.validate, request));
  // A definition that takes the compiler too long is not fixed either.
  const isCutOff = response.diagnostics.some(({ code }) => code === "WF_COMPILE_004");
  if (wish.fix && !isCutOff && response.fixedContent.length === 0)
    throw new CliError("unimplemented", "the server applies no fixes", [session.versionStep]);
  return judgedOf(path, content, response);
}

function judgedOf(path: string, content: Buffer, response: ValidateResponse): Judged {
  const { diagnostics, format, appliedFixes, fixedContent } = response;
  const change = appliedFixes.length === 0 ? null : { path, before: content, after: Buffer.from(fixedContent) };
  return {
    path,
    content,
    text: content.toString().replace(/^\ufeff/, ""),
    findings: diagnostics.map(findingOf),
    failure: null,
    format: format === Format.FORMAT_UNSPECIFIED ? null : nameOf(Format, format, "FORMAT_"),
    fixes: appliedFixes,
    rewrite: change,
    diff: change === null ? "" : diffOf(change),
    written: false,
  };
}

function unjudged(path: string, { failure }: Result<Judged>): Judged {
  const content = Buffer.alloc(0);
  const empty = { path, content, text: "", findings: [], format: null, fixes: [], rewrite: null, diff: "" };
  return { ...empty, failure, written: false };
}

/** A JSON or YAML file that happens to be in the folder. */
function isSomethingElse({ format, findings }: Judged): boolean {
  return format === null && findings.some(({ code }) => code === "WF_SOURCE_010" || code === "WF_SOURCE_013");
}

/** Shows the diffs, asks, writes, and judges what was written. */
async function applyFixes(
  session: Session,
  judged: readonly Judged[],
  replicas: readonly Replica[],
  wish: ValidateWish,
): Promise<readonly Judged[]> {
  const { terminal } = session;
  const changed = judged.filter(({ rewrite: change }) => change !== null);
  if (changed.length === 0) return judged;
  if (wish.format === "text") terminal.print(changed.map(({ diff }) => showDiff(diff, terminal)).join("\n"));
  if (wish.dryRun) return judged;
  const count = changed.reduce((sum, { fixes }) => sum + fixes.length, 0);
  const named = changed.length === 1 ? changed[0]?.path : `${changed.length} files`;
  await confirmChange(terminal, `Apply ${count} ${count === 1 ? "fix" : "fixes"} to ${named}?`, wish.yes);
  for (const { rewrite: change } of changed) if (change !== null) rewrite(change);
  const again = await each(changed, "validated again", session, ({ path }, index) =>
    judge({ path, named: true }, index, replicas, session, { ...wish, fix: false }),
  );
  const after = new Map(again.map((result, index) => [changed[index]?.path, result] as const));
  return judged.map((one) => {
    const result = after.get(one.path);
    if (result === undefined) return one;
    const { findings, text, failure } = result.value ?? unjudged(one.path, result);
    return { ...one, findings, text, failure, written: true };
  });
}

async function outcomeOf(
  session: Session,
  judged: readonly Judged[],
  { format, version }: ValidateWish,
): Promise<Outcome> {
  const tally = tallyOf(judged);
  const exitCode = tally.failures > 0 ? exitCodes.failed : tally.errors > 0 ? exitCodes.findings : exitCodes.fine;
  session.terminal.say(tallyText(judged.length, tally));
  const data = {
    valid: tally.errors + tally.failures === 0,
    files: judged.map(({ path, findings, failure, fixes, diff, written, format: dialect }) => ({
      path,
      valid: failure === null && findings.every(({ severity }) => severity !== "error"),
      format: dialect,
      findings,
      failure: failureJson(failure),
      fixes: fixes.map(({ code, message, title, field }) => ({ code, message, title, field })),
      diff,
      written,
    })),
  };
  if (!session.json && format === "json") session.terminal.printJson(data);
  return { data, text: await reportOf(judged, format, version, session), exitCode };
}

async function reportOf(
  judged: readonly Judged[],
  format: string,
  version: string,
  { terminal }: Session,
): Promise<string> {
  switch (format) {
    case "json":
      return "";
    case "sarif": {
      const { sarifReport } = await import("./reports/sarif.ts");
      return JSON.stringify(sarifReport(judged, version), null, 2);
    }
    case "github":
    case "gitlab":
    case "junit": {
      const { githubReport, gitlabReport, junitReport } = await import("./reports/ci.ts");
      if (format === "gitlab") return JSON.stringify(gitlabReport(judged), null, 2);
      return format === "github" ? githubReport(judged) : junitReport(judged);
    }
    default: {
      const { textReport } = await import("./reports/text.ts");
      return textReport(judged, terminal);
    }
  }
}
