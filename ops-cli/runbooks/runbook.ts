import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CliError, usageError } from "../exit.ts";
import { nearest } from "../nearest.ts";

/** A page under docs/runbooks as `wfops runbook run` walks through it; its README says how one is written. */
export interface Runbook {
  readonly name: string;
  /** Its heading. */
  readonly title: string;
  /** The first paragraph: when it is for. */
  readonly summary: string;
  readonly values: readonly RunbookValue[];
  readonly steps: readonly Step[];
  /** The page itself. */
  readonly text: string;
}

export interface RunbookValue {
  /** Stands in commands as `<NAME>`. */
  readonly name: string;
  /** "" where it has to be given. */
  readonly fallback: string;
  readonly meaning: string;
}

const phases = ["diagnose", "decide", "act", "verify"] as const;
export type Phase = (typeof phases)[number];

/** A part of a phase: what the page says there, and the commands that it gives. */
export interface Step {
  readonly phase: Phase;
  /** Its heading within the phase; "" for what stands before the first one. */
  readonly title: string;
  /** Without the commands. */
  readonly prose: string;
  readonly commands: readonly RunbookCommand[];
}

export interface RunbookCommand {
  /** With values as `<NAME>`. */
  readonly line: string;
  /** Whether it changes something, and is asked about. */
  readonly changes: boolean;
}

/** Of this checkout, or of the image. */
const folder = join(import.meta.dirname, "../../docs/runbooks");

export function listRunbooks(): readonly Runbook[] {
  return names().map(readRunbook);
}

/** @throws CliError where there is none of that name. */
export function readRunbook(name: string): Runbook {
  const known = names();
  if (!known.includes(name)) {
    const near = nearest(name, known);
    const hint = near === "" ? `There are: ${known.join(", ")}.` : `Did you mean ${near}?`;
    throw usageError(`there is no runbook ${JSON.stringify(name)}`, [hint]);
  }
  return parseRunbook(name, readFileSync(join(folder, `${name}.md`), "utf8"));
}

function names(): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .map((file) => file.slice(0, -3))
    .sort();
}

/** @throws CliError where the page is not written as a runbook: that is a fault of the page. */
export function parseRunbook(name: string, text: string): Runbook {
  const [head = "", ...sections] = text.split(/^## /m);
  const [, title = "", summary = ""] = /^# (.+)\n+([\s\S]*?)(?:\n\n|\s*$)/.exec(head) ?? [];
  const steps: Step[] = [];
  let values: readonly RunbookValue[] = [];
  for (const section of sections) {
    const [heading = "", ...rest] = section.split("\n");
    const body = rest.join("\n");
    const phase = phases.find((candidate) => candidate === heading.trim().toLowerCase());
    if (phase !== undefined) steps.push(...stepsOf(phase, body));
    else if (heading.trim() === "Values") values = valuesOf(body);
  }
  const missing = phases.filter((phase) => !steps.some((step) => step.phase === phase));
  if (title === "" || missing.length > 0) {
    throw new CliError("runbook", `the page of ${name} lacks ${title === "" ? "a title" : missing.join(", ")}`);
  }
  return { name, title, summary: summary.replaceAll("\n", " "), values, steps, text };
}

function valuesOf(body: string): readonly RunbookValue[] {
  return body.split("\n").flatMap((line) => {
    const [, name, fallback = "", meaning = ""] = /^- `([A-Z_]+)`(?: \(`(.*?)`\))?: (.+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, fallback, meaning }];
  });
}

function stepsOf(phase: Phase, body: string): readonly Step[] {
  const [before = "", ...titled] = body.split(/^### /m);
  const parts: (readonly [title: string, text: string])[] = [
    ["", before],
    ...titled.map((part): readonly [string, string] => {
      const [title = "", ...rest] = part.split("\n");
      return [title.trim(), rest.join("\n")];
    }),
  ];
  return parts.flatMap(([title, text]) => {
    const commands: RunbookCommand[] = [];
    const prose = text
      .replace(/^```wfops( change)?\n([\s\S]*?)^```$/gm, (_block, change: string | undefined, lines: string) => {
        for (const line of lines.split("\n")) {
          if (line.trim() !== "") commands.push({ line: line.trim(), changes: change !== undefined });
        }
        return "";
      })
      .replace(/\n{3,}/g, "\n\n")
      .trim();
    return prose === "" && commands.length === 0 ? [] : [{ phase, title, prose, commands }];
  });
}

/** The programs that a runbook may name. */
const programs = ["wfops", "kubectl", "helm"] as const;

/**
 * A command line as words, with its values put in. No shell sees it: quotes group, and nothing else means anything.
 *
 * @throws CliError for another program, or a value that is not given.
 */
export function wordsOf(line: string, values: ReadonlyMap<string, string>): readonly string[] {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) =>
    (double ?? single ?? bare ?? "").replace(/<([A-Z_]+)>/g, (_all, name: string) => {
      const value = values.get(name);
      if (value === undefined || value === "") {
        throw usageError(`the runbook needs a value for ${name}`, [`Give it with --set ${name}=…`]);
      }
      return value;
    }),
  );
  if (!programs.some((program) => program === words[0])) {
    throw new CliError("runbook", `a runbook may call ${programs.join(", ")}, and not ${words[0]}`);
  }
  return words;
}
