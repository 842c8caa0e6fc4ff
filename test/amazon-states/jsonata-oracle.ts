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

/** The outcome of an expression: `value …` as JSON, `nothing`, or `error CODE`. */
export interface Evaluators {
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
          return `error ${codeOf(error)}`;
        }
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
    compiler.close();
  }
}

function outcomeOf(value: unknown): string {
  return value === undefined
    ? "nothing"
    : typeof value === "object" || typeof value !== "function"
      ? `value ${JSON.stringify(value)}`
      : "function";
}

function failureOf(message: string): string {
  if (message.endsWith("returned nothing (undefined).")) return "nothing";
  if (message.endsWith("returned an unsupported result type.")) return "function";
  return `error ${/threw an error during evaluation\. ([A-Z]\d{4})/.exec(message)?.[1] ?? message}`;
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
}
