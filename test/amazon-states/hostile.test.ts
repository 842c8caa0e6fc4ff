import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, machine } from "./compile.ts";

const polling = {
  StartAt: "Start",
  TimeoutSeconds: 60,
  States: {
    Start: {
      Type: "Task",
      Resource: "${JobArn}",
      Parameters: {
        "id.$": "$.jobs[?(@.open)].id",
        n: [1, { "t.$": "States.Format('{}-{}', $$.Execution.Name, $.a)" }],
      },
      ResultPath: "$.job",
      Retry: [{ ErrorEquals: ["States.ALL"] }],
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Failed" }],
      Next: "Wait",
    },
    Wait: { Type: "Wait", SecondsPath: "$.delay", Next: "Done?" },
    "Done?": {
      Type: "Choice",
      Choices: [
        {
          And: [{ Variable: "$.job.status", StringEquals: "DONE" }, { Not: { Variable: "$.x", IsPresent: true } }],
          Next: "Each",
        },
      ],
      Default: "Wait",
    },
    Each: {
      Type: "Map",
      ItemsPath: "$.items",
      ItemProcessor: { StartAt: "I", States: { I: { Type: "Pass", End: true } } },
      Next: "Both",
    },
    Both: { Type: "Parallel", Branches: [{ StartAt: "P", States: { P: { Type: "Succeed" } } }], End: true },
    Failed: { Type: "Fail", ErrorPath: "$.Error", CausePath: "$.Cause" },
  },
};

type Path = readonly string[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

function replaceAt(value: unknown, path: Path, change: (value: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== "object" || value === null) return change(value);
  const replaced = Object.entries(value).map(
    ([key, member]) => [key, key === String(step) ? replaceAt(member, rest, change) : member] as const,
  );
  return Array.isArray(value) ? replaced.map(([, member]) => member) : Object.fromEntries(replaced);
}

const words = fc.constantFrom(
  "$",
  "$$",
  "$.a",
  "$.a[*]",
  "$[?(@",
  "States.UUID()",
  "States.Format('{}'",
  "${x}",
  "*/ `${1}` \u2028",
  "Pass",
  "Map",
  "__proto_",
  "constructor",
  "",
);
const junk = fc.oneof(words, fc.jsonValue({ maxDepth: 2 }), fc.string());

describe("hostile definitions", () => {
  test("a mutated definition gives findings or a program, never a fault", () => {
    const places = pathsOf(polling);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...places), junk), { minLength: 1, maxLength: 4 }), (mutations) => {
        const mutated = mutations.reduce<unknown>(
          (value, [path, replacement]) => replaceAt(value, path, () => replacement),
          polling,
        );
        const { program, findings } = compile(mutated);
        expect(program !== null || findings.length > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("any text may stand where a path or an intrinsic function belongs", () => {
    const pieces = fc.constantFrom(
      "$",
      ".",
      "..",
      "[",
      "]",
      "?",
      "(",
      ")",
      "@",
      "*",
      "'",
      '"',
      "\\",
      ",",
      ":",
      "0",
      "-1",
      "a",
      "==",
      "&&",
      "||",
      "!",
      "States.",
      "Format",
      "Array",
      "{}",
      "${p}",
      " ",
    );
    const text = fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.constantFrom("", "$", "States.Array("), (rest, start) => {
        const { program, findings } = compile(
          machine({
            Type: "Pass",
            InputPath: `$${rest}`,
            ResultPath: `${start}${rest}`,
            Parameters: { "x.$": `${start}${rest}` },
          }),
        );
        expect(program !== null || findings.length > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("depth in a text is bounded", () => {
    const nested = (count: number): string => `${"States.Array(".repeat(count)}1${")".repeat(count)}`;
    expect(compile(machine({ Type: "Pass", Parameters: { "x.$": nested(10) } })).findings).toEqual([]);
    expect(compile(machine({ Type: "Pass", Parameters: { "x.$": nested(50_000) } })).findings).toHaveLength(1);
    expect(
      compile(machine({ Type: "Pass", Parameters: { "x.$": `$[?(${"(".repeat(50_000)}` } })).findings,
    ).toHaveLength(1);
    expect(
      compile(machine({ Type: "Pass", Parameters: { "x.$": `$[?(${"!".repeat(50_000)}@)]` } })).findings,
    ).toHaveLength(1);
    expect(compile(machine({ Type: "Pass", Parameters: { "x.$": `$${"[*]".repeat(50_000)}` } })).findings).toHaveLength(
      1,
    );
    expect(
      compile(machine({ Type: "Pass", Parameters: { "x.$": `$[?(${"@.a[?(".repeat(10_000)}` } })).findings,
    ).toHaveLength(1);
  });

  test("And with many parts is refused", () => {
    const And = Array.from({ length: 5000 }, () => ({ Variable: "$.x", IsNull: true }));
    const { findings } = compile(
      machine({ Type: "Choice", Choices: [{ And, Next: "B" }], Default: "B" }, { B: { Type: "Succeed" } }),
    );
    expect(findings).toEqual(["WF_VALIDATION_016 /States/A/Choices/0/And"]);
  });
});
