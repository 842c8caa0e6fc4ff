import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import jsonata from "../../server/node_modules/jsonata/jsonata.js";
import { createTestCompiler } from "../modules/compiler.ts";

/** A state machine that evaluates the expression with the number that it is given, over the data that it is given. */
function machineOf(expressions: readonly string[]): unknown {
  const states = expressions.map((expression, index): [string, unknown] => [
    `E${index}`,
    { Type: "Pass", Output: `{% ${expression} %}`, End: true },
  ]);
  const rules = expressions.map((_, index) => ({
    Condition: `{% $states.input.index = ${index} %}`,
    Next: `E${index}`,
  }));
  return {
    QueryLanguage: "JSONata",
    StartAt: "Start",
    States: { Start: { Type: "Choice", Choices: rules }, ...Object.fromEntries(states) },
  };
}

/** The outcome of an expression: `value …` as JSON, `nothing`, `function` or `error CODE: …`. */
export interface Evaluators {
  text(index: number): string;
  compiled(index: number, data: unknown): Promise<string>;
  library(index: number, data: unknown): Promise<string>;
}

/** Compiles the expressions into one module. They may name `$states.input.data`. */
export async function withExpressions(
  expressions: readonly string[],
  use: (evaluators: Evaluators) => Promise<void>,
): Promise<void> {
  const compiler = createTestCompiler();
  const folder = await mkdtemp(join(tmpdir(), "jsonata-"));
  try {
    const { files } = compiler.artifactOf(JSON.stringify(machineOf(expressions)));
    for (const { path, content } of files) await writeFile(join(folder, path), content);
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    const { run } = await import(pathToFileURL(join(folder, "workflow.js")).href);
    const parsed = expressions.map((expression) => jsonata(expression));
    await use({
      text: (index) => expressions[index] ?? "",
      async compiled(index, data) {
        try {
          return outcomeOf(await run({ index, data }, {}, {}));
        } catch (error) {
          return failureOf(error instanceof Error ? error.message : "");
        }
      },
      async library(index, data) {
        try {
          return outcomeOf(await parsed[index]?.evaluate(undefined, { states: { input: { index, data } } }));
        } catch (error) {
          return errorOf(error);
        }
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
    compiler.close();
  }
}

/** What is different where each expression is evaluated with each of the data, which the library may mark. */
export async function differences(
  expressions: readonly string[],
  data: readonly unknown[],
): Promise<readonly string[]> {
  const different: string[] = [];
  await withExpressions(expressions, async (evaluators) => {
    for (const given of data)
      for (const index of expressions.keys()) different.push(...(await differenceOf(evaluators, index, given)));
  });
  return different;
}

/** What is different in one expression of one data; nothing where the outcomes are the same. */
export async function differenceOf(
  { compiled, library, text }: Evaluators,
  index: number,
  data: unknown,
): Promise<readonly string[]> {
  const [ours, theirs] = [await compiled(index, data), await library(index, structuredClone(data))];
  if (ours === theirs) return [];
  return [`${text(index)} of ${JSON.stringify(data)}:\n  ours:    ${ours}\n  library: ${theirs}`];
}

function outcomeOf(value: unknown): string {
  if (value === undefined) return "nothing";
  return isFunction(value) ? "function" : `value ${JSON.stringify(value)}`;
}

function isFunction(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "function";
  return "_jsonata_lambda" in value || "_jsonata_function" in value;
}

function failureOf(message: string): string {
  if (message.endsWith("returned nothing (undefined).")) return "nothing";
  if (message.endsWith("returned an unsupported result type.")) return "function";
  const [, problem = message] = /threw an error during evaluation\. ([\s\S]*)$/.exec(message) ?? [];
  return shownError(problem);
}

function errorOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return `error ${String(error)}`;
  return shownError(`${error.code}: ${"message" in error ? error.message : ""}`);
}

/** Of arguments that do not fit only the code: the library counts some of them otherwise, and names variables. */
function shownError(problem: string): string {
  return `error ${problem.replace(/^(T041\d): [\s\S]*/, "$1")}`;
}
