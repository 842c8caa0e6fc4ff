/**
 * Validate on real state machines against the npm packages `asl-validator` and `amazon-states-language-service`, and a
 * compiled module against the interpreter `aws-local-stepfunctions`, in one process and by turns.
 * `npm run bench:amazon-states [-- FOLDER]`; the folder holds definitions, by default ../shared/corpus/amazon-states.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import aslService from "amazon-states-language-service";
import aslValidator from "asl-validator";
import { StateMachine } from "aws-local-stepfunctions";
import { createTestCompiler } from "../modules/compiler.ts";
import { wrongFindings } from "./amazon-states-known.ts";

const rounds = 6;
/** So many rounds are not counted: what runs often is compiled first. */
const warmUps = 3;
const executions = 2_000;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const folder = resolve(process.argv[2] ?? new URL("../../../shared/corpus/amazon-states", import.meta.url).pathname);
if (!existsSync(folder)) {
  process.stderr.write(`There are no definitions in ${folder}\n`);
  process.exit(1);
}

const compiler = createTestCompiler();
const { getLanguageService, TextDocument } = aslService;
const service = getLanguageService({});

const validators: Readonly<Record<string, (text: string) => number | Promise<number>>> = {
  "Workflow Compiler": (text) =>
    compiler
      .validate({ format: "amazon-states", content: Buffer.from(text), name: "bench" })
      .diagnostics.filter(({ severity }) => severity === "error").length,
  // It throws at some definitions that are wrong.
  "asl-validator": (text) => {
    try {
      return aslValidator(JSON.parse(text)).errors.length;
    } catch {
      return 1;
    }
  },
  "amazon-states-language-service": async (text) => {
    const document = TextDocument.create("file:///bench.asl.json", "asl", 1, text);
    return (await service.doValidation(document, service.parseJSONDocument(document))).length;
  },
};

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** JSON only: the others read no YAML. */
const definitions = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }))
  .filter(({ text }) => isJson(text));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function compareValidators(): Promise<void> {
  const times = new Map<string, number[]>(Object.keys(validators).map((name) => [name, []]));
  const found = new Map<string, Set<string>>(Object.keys(validators).map((name) => [name, new Set()]));
  for (let round = 1 - warmUps; round <= rounds; round++) {
    for (const { name, text } of definitions) {
      for (const [validator, validate] of Object.entries(validators)) {
        // It takes a hundred times as long as the others.
        if (validator === "asl-validator" && round !== 1) continue;
        const start = performance.now();
        const errors = await validate(text);
        if (round > 0) times.get(validator)?.push(performance.now() - start);
        if (errors > 0) found.get(validator)?.add(name);
      }
    }
  }
  say(`Validate, ${definitions.length} definitions, ${rounds} rounds`);
  say(`  ${"".padEnd(34)}${"p50 ms".padStart(9)}${"p95 ms".padStart(9)}  with problems`);
  for (const [validator, values] of times) {
    const row = [percentile(values, 0.5), percentile(values, 0.95)]
      .map((value) => value.toFixed(2).padStart(9))
      .join("");
    say(`  ${validator.padEnd(34)}${row}  ${found.get(validator)?.size ?? 0}`);
  }
  const ours = found.get("Workflow Compiler") ?? new Set();
  for (const [validator, names] of found) for (const name of names) if (!ours.has(name)) sayAlone(validator, name);
}

/** Tells a finding that is not ours, and why it is wrong; the run fails where nobody has looked at it. */
function sayAlone(validator: string, name: string): void {
  const reason = wrongFindings.get(name.replace(/\.json$/, ""));
  say(`  only ${validator} finds a problem in ${name}${reason === undefined ? "" : `, wrongly: ${reason}`}`);
  if (reason === undefined) process.exitCode = 1;
}

/** A loop with a choice, arithmetic and a Map with a Task, as machines of usual size have them. */
const machine = {
  StartAt: "Begin",
  States: {
    Begin: { Type: "Pass", Parameters: { n: 0, "items.$": "$.items" }, Next: "More" },
    More: { Type: "Choice", Choices: [{ Variable: "$.n", NumericLessThan: 5, Next: "Add" }], Default: "Each" },
    Add: { Type: "Pass", Parameters: { "n.$": "States.MathAdd($.n, 1)", "items.$": "$.items" }, Next: "More" },
    Each: {
      Type: "Map",
      ItemsPath: "$.items",
      Iterator: {
        StartAt: "Work",
        States: { Work: { Type: "Task", Resource: "arn:aws:lambda:us-east-1:123456789012:function:work", End: true } },
      },
      End: true,
    },
  },
};

async function executionsPerSecond(execute: () => Promise<unknown>, count: number): Promise<number> {
  for (let warm = 0; warm < count / 10; warm++) await execute();
  const start = performance.now();
  for (let each = 0; each < count; each++) await execute();
  return (count * 1000) / (performance.now() - start);
}

async function compareExecutions(): Promise<void> {
  const own = mkdtempSync(join(tmpdir(), "bench-"));
  for (const { path, content } of compiler.artifactOf(JSON.stringify(machine)).files)
    writeFileSync(join(own, path), content);
  writeFileSync(join(own, "package.json"), '{ "type": "module" }');
  const { run } = await import(pathToFileURL(join(own, "workflow.js")).href);
  const input = { items: [1, 2, 3, 4, 5] };
  const work = async <T>(value: T): Promise<T> => value;
  const activities = { "arn:aws:lambda:us-east-1:123456789012:function:work": work };
  const interpreter = new StateMachine(JSON.parse(JSON.stringify(machine)));
  const local = (): Promise<unknown> =>
    interpreter.run(input, { overrides: { taskResourceLocalHandlers: { Work: work } } }).result;
  const same = JSON.stringify(await run(input, activities)) === JSON.stringify(await local());
  const ours = await executionsPerSecond(() => run(input, activities), executions);
  const theirs = await executionsPerSecond(local, executions / 10);
  rmSync(own, { recursive: true, force: true });
  say(`\nExecutions per second, with ${same ? "the same" : "another"} result`);
  say(`  compiled module          ${ours.toFixed(0).padStart(8)}`);
  say(`  aws-local-stepfunctions  ${theirs.toFixed(0).padStart(8)}`);
  say(`  ratio                    ${(ours / theirs).toFixed(1).padStart(8)}`);
}

await compareValidators();
await compareExecutions();
compiler.close();
