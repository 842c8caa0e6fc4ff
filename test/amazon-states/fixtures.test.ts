import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";

/**
 * Definitions that other tools or AWS itself accept or refuse, where they are on this machine: Validate judges as they do,
 * but for those that are listed with the reason.
 */
const corpus = new URL("../../../shared/corpus/", import.meta.url);
const fixtures = new URL("amazon-states-fixtures/", corpus);
const validations = new URL("amazon-states-executions/validate.jsonl", corpus);

const otherwise: Readonly<Record<string, string>> = {
  "invalid-json-surround-syntax-extra-spaces-489e79":
    "AWS takes a string with spaces around `{% … %}` for plain text: it is recorded to pass one on",
  "invalid-jsonata-surround-syntax-no-spaces-6f3086":
    "the specification asks for `{%` and `%}` at the ends of the string, and for no spaces inside",
  "valid-assign-asl-70babd": "`top-level` is no name of a variable: those are Unicode identifiers, without hyphens",
  "valid-map-noconfig-asl-0e97ea": "only a distributed Map has an ItemReader and a ResultWriter",
  "valid-map-with-item-batcher-jsonata-75f45d":
    "AWS is recorded to refuse states in JSONPath in a state machine in JSONata",
  "valid-task-credentials-c5b850": "AWS is recorded to refuse Credentials without RoleArn",
  "valid-task-intrisic-function-bb85cd":
    "a Resource that is an object is a function of CloudFormation, which stands in a template and not in a state machine",
};

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

function errorsOf(text: string): readonly string[] {
  const source = { format: "amazon-states", content: Buffer.from(text), name: "fixture" } as const;
  const { diagnostics } = compiler.validate(source);
  return diagnostics.filter(({ severity }) => severity === "error").map(({ code, message }) => `${code} ${message}`);
}

describe.runIf(existsSync(fixtures))("the fixtures of asl-validator", () => {
  test("are accepted or refused as they are named", () => {
    const names = readdirSync(fixtures).filter((name) => /^(?:in)?valid-.*\.json$/.test(name));
    expect(names.length).toBeGreaterThan(90);
    const different = names.filter((name) => {
      const isValid = errorsOf(readFileSync(new URL(name, fixtures), "utf8")).length === 0;
      return isValid !== name.startsWith("valid-");
    });
    expect(different.map((name) => name.replace(".json", ""))).toEqual(Object.keys(otherwise).sort());
  });
});

interface Recorded {
  readonly id: string;
  readonly accepted: boolean;
  readonly type: "STANDARD" | "EXPRESS";
  readonly definition?: unknown;
  readonly definition_text?: string;
  readonly message?: string;
  readonly message_is_emulator_text?: boolean;
}

describe.runIf(existsSync(validations))("the definitions that AWS has judged", () => {
  const recorded: readonly Recorded[] = existsSync(validations)
    ? readFileSync(validations, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line): Recorded => JSON.parse(line))
        .filter((one) => one.message_is_emulator_text !== true)
    : [];

  test("are accepted or refused as AWS did", () => {
    expect(recorded.length).toBeGreaterThan(200);
    const different = recorded.filter(({ definition, definition_text, accepted }) => {
      const text = definition_text ?? (typeof definition === "string" ? definition : JSON.stringify(definition));
      return (errorsOf(text).length === 0) !== accepted;
    });
    // Nothing in a definition says that it is for an Express workflow.
    const ofExpress = different.filter(({ message = "" }) =>
      message.includes("Express state machine does not support"),
    );
    expect(ofExpress.length).toBe(4);
    expect(different.filter((one) => !ofExpress.includes(one)).map(({ id }) => id)).toEqual([]);
  });
});

describe("AWS's own codes", () => {
  const machine = (state: object, more: object = {}) =>
    JSON.stringify({ StartAt: "A", States: { A: { ...state }, ...more } });
  const map = (name: string, Label = "label") => ({
    Type: "Map",
    Label,
    ItemProcessor: {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
      StartAt: name,
      States: { [name]: { Type: "Succeed" } },
    },
  });
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  test.each<[string, string]>([
    ["", "MISSING_DESCRIPTION"],
    ["{", "INVALID_JSON_DESCRIPTION"],
    ["{}", "SCHEMA_VALIDATION_FAILED"],
    [machine({ Type: "Task", Resource: "x", End: true }), "INVALID_RESOURCE"],
    [machine({ Type: "Pass", Next: "B" }, { B: { Type: "Pass", Next: "A" } }), "MISSING_END_STATE"],
    [machine({ Type: "Pass", Next: "B" }), "MISSING_TRANSITION_TARGET"],
    [machine({ Type: "Succeed" }, { B: { Type: "Succeed" } }), "MISSING_TRANSITION_TARGET"],
    [machine({ Type: "Succeed" }, { ["B".repeat(81)]: { Type: "Succeed" } }), "INVALID_STATE_NAME"],
    [machine({ Type: "Pass", Parameters: { a: "$.a" }, End: true }), "NO_DOLLAR"],
    [machine({ Type: "Fail", Cause: "$.a" }), "NO_PATH"],
    [machine({ Type: "Pass", Result: { "a.$": "$.a" }, End: true }), "PASS_RESULT_IS_STATIC"],
    [machine({ ...map("B"), Next: "C" }, { C: { ...map("D"), End: true } }), "DUPLICATE_LABEL_NAME"],
    [machine({ ...map("B", "a b"), End: true }), "INVALID_LABEL_NAME"],
    [machine({ ...map("B", ""), End: true }), "INVALID_LABEL_NAME"],
    [machine({ ...map("B", "x".repeat(41)), End: true }), "INVALID_LABEL_NAME"],
    [machine({ ...map("A"), End: true }), "DUPLICATE_STATE_NAME"],
    [
      `{ "StartAt": "A", "States": { "A": { "Type": "Succeed" }, "A": { "Type": "Succeed" } } }`,
      "DUPLICATE_STATE_NAME",
    ],
    [machine({ Type: "Pass", Result: nested(300), End: true }), "TOO_DEEPLY_NESTED"],
  ])("%s", (text, code) => {
    const source = { format: "amazon-states", content: Buffer.from(text), name: "codes" } as const;
    const codes = compiler.validate(source).diagnostics.map(({ context }) => context.aws_code);
    expect(codes).toContain(code);
  });
});
