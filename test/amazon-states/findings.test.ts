import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile, machine } from "./compile.ts";

const next = { B: { Type: "Succeed" } };
const task = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke" };
const A = "/States/A";

/** Each definition with the findings that it must have, and no others. */
const cases: readonly (readonly [name: string, definition: unknown, ...findings: string[]])[] = [
  ["a definition that is no object", "[]", "WF_SOURCE_013 "],
  ["missing StartAt and States", {}, "WF_VALIDATION_001 ", "WF_VALIDATION_001 "],
  ["StartAt that goes nowhere", { StartAt: "a", States: { A: { Type: "Succeed" } } }, "WF_VALIDATION_008 /StartAt"],
  ["Next that goes nowhere", machine({ Type: "Pass", Next: "C" }, next), `WF_VALIDATION_008 ${A}/Next`],
  [
    "Default that goes nowhere",
    machine({ Type: "Choice", Choices: [{ Variable: "$.x", IsNull: true, Next: "B" }], Default: "C" }, next),
    `WF_VALIDATION_008 ${A}/Default`,
  ],
  [
    "Catch that goes nowhere",
    machine({ ...task, Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }] }),
    `WF_VALIDATION_008 ${A}/Catch/0/Next`,
  ],
  [
    "Next that leaves a branch",
    machine(
      {
        Type: "Parallel",
        Branches: [machine({ Type: "Pass", Next: "B" }).States.A].map((state) => ({
          StartAt: "X",
          States: { X: state },
        })),
      },
      next,
    ),
    `WF_VALIDATION_008 ${A}/Branches/0/States/X/Next`,
  ],
  ["neither Next nor End", { StartAt: "A", States: { A: { Type: "Pass" } } }, `WF_VALIDATION_012 ${A}`],
  [
    "both Next and End",
    { StartAt: "A", States: { A: { Type: "Pass", Next: "B", End: true }, ...next } },
    `WF_VALIDATION_013 ${A}/End`,
  ],
  ["a Succeed with Next", machine({ Type: "Succeed", Next: "B" }, next), `WF_VALIDATION_004 ${A}/Next`],
  ["an unknown type", machine({ Type: "Tsk" }), `WF_VALIDATION_002 ${A}/Type`],
  ["no type", machine({}), `WF_VALIDATION_001 ${A}`],
  ["a state that is no object", { StartAt: "A", States: { A: 3 } }, `WF_VALIDATION_002 ${A}`],
  ["an unknown field", machine({ Type: "Pass", Resut: 1 }), `WF_VALIDATION_004 ${A}/Resut`],
  [
    "a field of the wrong type",
    machine({ Type: "Pass", Comment: 1, InputPath: 2 }),
    `WF_VALIDATION_002 ${A}/Comment`,
    `WF_VALIDATION_002 ${A}/InputPath`,
  ],
  [
    "a name that is too long",
    { StartAt: "n".repeat(81), States: { ["n".repeat(81)]: { Type: "Succeed" } } },
    `WF_VALIDATION_014 /States/${"n".repeat(81)}`,
  ],
  [
    "a state name that a branch uses again",
    machine({ Type: "Parallel", Branches: [machine({ Type: "Pass" })] }),
    `WF_VALIDATION_005 ${A}/Branches/0/States/A`,
  ],
  ["a Task without Resource", machine({ Type: "Task" }), `WF_VALIDATION_001 ${A}`],
  ["a Resource that is no ARN", machine({ Type: "Task", Resource: "lambda" }), `WF_VALIDATION_002 ${A}/Resource`],
  [
    "a Lambda ARN with a bad alias",
    machine({ Type: "Task", Resource: "arn:aws:lambda:eu-west-1:1:function:f:" }),
    `WF_VALIDATION_002 ${A}/Resource`,
  ],
  [
    "a heartbeat as long as the timeout",
    machine({ ...task, TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
    `WF_VALIDATION_002 ${A}/HeartbeatSeconds`,
  ],
  [
    "two timeouts",
    machine({ ...task, TimeoutSeconds: 5, TimeoutSecondsPath: "$.x" }),
    `WF_VALIDATION_013 ${A}/TimeoutSecondsPath`,
  ],
  [
    "States.ALL beside another error",
    machine({ ...task, Retry: [{ ErrorEquals: ["States.ALL", "E"] }] }),
    `WF_VALIDATION_002 ${A}/Retry/0/ErrorEquals/0`,
  ],
  [
    "States.ALL before another retrier",
    machine({ ...task, Retry: [{ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["E"] }] }),
    `WF_VALIDATION_002 ${A}/Retry/0/ErrorEquals/0`,
  ],
  ["no error names", machine({ ...task, Retry: [{ ErrorEquals: [] }] }), `WF_VALIDATION_002 ${A}/Retry/0/ErrorEquals`],
  [
    "an unknown jitter",
    machine({ ...task, Retry: [{ ErrorEquals: ["E"], JitterStrategy: "HALF" }] }),
    `WF_VALIDATION_002 ${A}/Retry/0/JitterStrategy`,
  ],
  [
    "a backoff below 1",
    machine({ ...task, Retry: [{ ErrorEquals: ["E"], BackoffRate: 0.5 }] }),
    `WF_VALIDATION_002 ${A}/Retry/0/BackoffRate`,
  ],
  ["a catcher without Next", machine({ ...task, Catch: [{ ErrorEquals: ["E"] }] }), `WF_VALIDATION_001 ${A}/Catch/0`],
  ["an empty list of choices", machine({ Type: "Choice", Choices: [] }), `WF_VALIDATION_002 ${A}/Choices`],
  [
    "a rule without Next",
    machine({ Type: "Choice", Choices: [{ Variable: "$.x", IsNull: true }] }),
    `WF_VALIDATION_001 ${A}/Choices/0`,
  ],
  [
    "a rule without an operator",
    machine({ Type: "Choice", Choices: [{ Variable: "$.x", Next: "B" }] }, next),
    `WF_VALIDATION_001 ${A}/Choices/0`,
  ],
  [
    "a rule with two operators",
    machine({ Type: "Choice", Choices: [{ Variable: "$.x", IsNull: true, IsString: true, Next: "B" }] }, next),
    `WF_VALIDATION_013 ${A}/Choices/0/IsString`,
  ],
  [
    "a rule with an unknown operator",
    machine({ Type: "Choice", Choices: [{ Variable: "$.x", StringEqual: "a", IsNull: true, Next: "B" }] }, next),
    `WF_VALIDATION_004 ${A}/Choices/0/StringEqual`,
  ],
  [
    "a comparison with the wrong type",
    machine({ Type: "Choice", Choices: [{ Variable: "$.x", NumericLessThan: "1", Next: "B" }] }, next),
    `WF_VALIDATION_002 ${A}/Choices/0/NumericLessThan`,
  ],
  [
    "a comparison with no timestamp",
    machine({ Type: "Choice", Choices: [{ Variable: "$.x", TimestampEquals: "yesterday", Next: "B" }] }, next),
    `WF_VALIDATION_002 ${A}/Choices/0/TimestampEquals`,
  ],
  [
    "Next in a nested rule",
    machine({ Type: "Choice", Choices: [{ Not: { Variable: "$.x", IsNull: true, Next: "B" }, Next: "B" }] }, next),
    `WF_VALIDATION_004 ${A}/Choices/0/Not/Next`,
  ],
  ["a Wait without a way to wait", machine({ Type: "Wait" }), `WF_VALIDATION_001 ${A}`],
  [
    "a Wait with two ways to wait",
    machine({ Type: "Wait", Seconds: 1, Timestamp: "2030-01-01T00:00:00Z" }),
    `WF_VALIDATION_013 ${A}`,
  ],
  [
    "a Wait for a bad timestamp",
    machine({ Type: "Wait", Timestamp: "2030-01-01" }),
    `WF_VALIDATION_002 ${A}/Timestamp`,
  ],
  ["negative seconds", machine({ Type: "Wait", Seconds: -1 }), `WF_VALIDATION_002 ${A}/Seconds`],
  ["Error and ErrorPath", machine({ Type: "Fail", Error: "E", ErrorPath: "$.e" }), `WF_VALIDATION_013 ${A}/ErrorPath`],
  ["a path without `$`", machine({ Type: "Pass", InputPath: "x.y" }), `WF_EXPRESSION_003 ${A}/InputPath`],
  ["a ResultPath to many places", machine({ Type: "Pass", ResultPath: "$.a[*]" }), `WF_EXPRESSION_003 ${A}/ResultPath`],
  ["a ResultPath into the context", machine({ Type: "Pass", ResultPath: "$$.x" }), `WF_EXPRESSION_003 ${A}/ResultPath`],
  [
    "a template key `.$` with a number",
    machine({ Type: "Pass", Parameters: { "x.$": 1 } }),
    `WF_VALIDATION_002 ${A}/Parameters/x.$`,
  ],
  [
    "a template key `.$` with plain text",
    machine({ Type: "Pass", Parameters: { "x.$": "text" } }),
    `WF_EXPRESSION_003 ${A}/Parameters/x.$`,
  ],
  [
    "a field given twice",
    machine({ Type: "Pass", Parameters: { x: 1, "x.$": "$.x" } }),
    `WF_VALIDATION_013 ${A}/Parameters/x.$`,
  ],
  [
    "a path that is taken as text",
    machine({ Type: "Pass", Parameters: { x: "$.order.id" } }),
    `WF_EXPRESSION_005 ${A}/Parameters/x`,
  ],
  [
    "an intrinsic that is taken as text",
    machine({ Type: "Pass", Parameters: { x: "States.UUID()" } }),
    `WF_EXPRESSION_005 ${A}/Parameters/x`,
  ],
  ["text that only begins like a price", machine({ Type: "Pass", Parameters: { x: "$5 off" } })],
  [
    "an unknown intrinsic",
    machine({ Type: "Pass", Parameters: { "x.$": "States.Formt('')" } }),
    `WF_EXPRESSION_004 ${A}/Parameters/x.$`,
  ],
  [
    "an unknown context field",
    machine({ Type: "Pass", Parameters: { "x.$": "$$.Execution.Nam" } }),
    `WF_EXPRESSION_003 ${A}/Parameters/x.$`,
  ],
  [
    "the item of a Map outside of one",
    machine({ Type: "Pass", Parameters: { "x.$": "$$.Map.Item.Value" } }),
    `WF_EXPRESSION_003 ${A}/Parameters/x.$`,
  ],
  [
    "a token of a task that waits for none",
    machine({ ...task, Parameters: { "x.$": "$$.Task.Token" } }),
    `WF_EXPRESSION_003 ${A}/Parameters/x.$`,
  ],
  ["JSONata everywhere", { QueryLanguage: "JSONata", ...machine({ Type: "Pass", Output: "{% 1 %}" }) }],
  ["JSONata in a state", machine({ Type: "Pass", QueryLanguage: "JSONata", Output: "{% 1 %}" })],
  [
    "JSONPath in a state machine in JSONata",
    { QueryLanguage: "JSONata", ...machine({ Type: "Pass", QueryLanguage: "JSONPath" }) },
    `WF_VALIDATION_002 ${A}/QueryLanguage`,
  ],
  [
    "fields of the other query language",
    machine({ Type: "Pass", QueryLanguage: "JSONata", OutputPath: "$.a" }),
    `WF_VALIDATION_013 ${A}/OutputPath`,
  ],
  ["Output in JSONPath", machine({ Type: "Pass", Output: 1 }), `WF_VALIDATION_013 ${A}/Output`],
  [
    "an expression that is not well-formed",
    machine({ Type: "Pass", QueryLanguage: "JSONata", Output: "{% 1 + %}" }),
    `WF_EXPRESSION_003 ${A}/Output`,
  ],
  [
    "an expression that is not closed",
    machine({ Type: "Pass", QueryLanguage: "JSONata", Output: "{% 1" }),
    `WF_EXPRESSION_003 ${A}/Output`,
  ],
  [
    "a function of JSONata that does not exist",
    machine({ Type: "Pass", QueryLanguage: "JSONata", Output: "{% $summ([1]) %}" }),
    `WF_EXPRESSION_004 ${A}/Output`,
  ],
  [
    "a result where there is none",
    machine({ Type: "Pass", QueryLanguage: "JSONata", Output: "{% $states.result %}" }),
    `WF_EXPRESSION_003 ${A}/Output`,
  ],
  [
    "JSONata that is not translated",
    machine({ Type: "Pass", QueryLanguage: "JSONata", Output: "{% $match('a', /(?=a)/) %}" }),
    `WF_COMPILE_003 ${A}/Output`,
  ],
  [
    "an expression that is nested too deeply",
    machine({ Type: "Pass", QueryLanguage: "JSONata", Output: `{% ${"[".repeat(4000)}1${"]".repeat(4000)} %}` }),
    `WF_EXPRESSION_003 ${A}/Output`,
  ],
  [
    "an expression of many brackets",
    machine({ Type: "Pass", QueryLanguage: "JSONata", Output: `{% ${"(".repeat(100)}1${")".repeat(100)} %}` }),
    `WF_EXPRESSION_003 ${A}/Output`,
  ],
  [
    "an expression whose tree doubles with each operator",
    machine({ Type: "Pass", QueryLanguage: "JSONata", Output: `{% ${"(".repeat(40)}1${"?:1)".repeat(40)} %}` }),
    `WF_EXPRESSION_003 ${A}/Output`,
  ],
  ["a variable", machine({ Type: "Pass", Assign: { x: 1 }, Parameters: { "y.$": "$x" } })],
  [
    "a variable whose name AWS keeps",
    machine({ Type: "Pass", Assign: { states: 1 } }),
    `WF_VALIDATION_002 ${A}/Assign/states`,
  ],
  [
    "a variable of the machine around",
    machine({
      Type: "Parallel",
      Assign: { x: 1 },
      Branches: [{ StartAt: "B", States: { B: { Type: "Pass", Assign: { x: 2 }, End: true } } }],
    }),
    `WF_VALIDATION_002 ${A}/Branches/0/States/B/Assign/x`,
  ],
  [
    "a machine that nothing ends",
    machine({ Type: "Pass", Next: "B" }, { B: { Type: "Pass", Next: "A" } }),
    "WF_VALIDATION_001 /States",
  ],
  [
    "a reader of an inline Map",
    machine({
      Type: "Map",
      ItemReader: { Resource: "arn:aws:states:::s3:listObjectsV2" },
      ItemProcessor: { States: { I: { Type: "Succeed" } }, StartAt: "I" },
    }),
    `WF_VALIDATION_013 ${A}/ItemReader`,
  ],
  [
    "wrong words in the configuration of a reader",
    machine({
      Type: "Map",
      ItemReader: {
        Resource: "arn:aws:states:::s3:getObject",
        ReaderConfig: { InputType: "XML", MaxItems: 1, MaxItemsPath: "$.n", Transformation: "FLATTEN" },
      },
      ToleratedFailurePercentage: 101,
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED" },
        States: { I: { Type: "Succeed" } },
        StartAt: "I",
      },
    }),
    `WF_VALIDATION_002 ${A}/ItemReader/ReaderConfig/InputType`,
    `WF_VALIDATION_013 ${A}/ItemReader/ReaderConfig/MaxItemsPath`,
    `WF_VALIDATION_002 ${A}/ItemReader/ReaderConfig/Transformation`,
    `WF_VALIDATION_002 ${A}/ToleratedFailurePercentage`,
  ],
  ["a Map without a processor", machine({ Type: "Map" }), `WF_VALIDATION_001 ${A}`],
  ["a whole path as a substitution", machine({ Type: "Pass", Parameters: { "x.$": "${Path}" } })],
  [
    "a reader that does not tell enough",
    machine({
      ...distributed(),
      ItemReader: { Resource: "arn:aws:states:::s3:getObject", ReaderConfig: { InputType: "CSV" } },
    }),
    `WF_VALIDATION_001 ${A}/ItemReader/ReaderConfig`,
  ],
  [
    "given headers that are not given, and objects of no type",
    machine({
      ...distributed(),
      ItemReader: {
        Resource: "arn:aws:states:::s3:listObjectsV2",
        ReaderConfig: { Transformation: "LOAD_AND_FLATTEN", CSVHeaderLocation: "GIVEN" },
      },
    }),
    `WF_VALIDATION_001 ${A}/ItemReader/ReaderConfig`,
    `WF_VALIDATION_001 ${A}/ItemReader/ReaderConfig`,
  ],
  [
    "wrong words of a writer and of a processor",
    machine({
      ...distributed({ Mode: "DISTRIBUTED", ExecutionType: "FAST" }),
      ResultWriter: { WriterConfig: { OutputType: "CSV", Transformation: "LOAD_AND_FLATTEN" } },
    }),
    `WF_VALIDATION_002 ${A}/ItemProcessor/ProcessorConfig/ExecutionType`,
    `WF_VALIDATION_002 ${A}/ResultWriter/WriterConfig/OutputType`,
    `WF_VALIDATION_002 ${A}/ResultWriter/WriterConfig/Transformation`,
  ],
  [
    "a task that waits in an Express child",
    machine(
      distributed(
        { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
        { ...task, Resource: `${task.Resource}.waitForTaskToken`, End: true },
      ),
    ),
    `WF_VALIDATION_013 ${A}/ItemProcessor/States/I/Resource`,
  ],
  [
    "a path in a text of a Fail",
    machine({ Type: "Fail", Error: "$.error", Cause: "States.Format('{}', $.c)" }),
    `WF_EXPRESSION_006 ${A}/Error`,
    `WF_EXPRESSION_006 ${A}/Cause`,
  ],
  [
    "a path that a Choice compares with as text",
    machine({ Type: "Choice", Choices: [{ Variable: "$.x", StringEquals: "$.y", Next: "B" }], Default: "B" }, next),
    `WF_EXPRESSION_006 ${A}/Choices/0/StringEquals`,
  ],
  [
    "paths in a Result",
    machine({ Type: "Pass", Result: { "a.$": "$.a", b: [{ c: "$$.State.Name" }], price: "$5" } }),
    `WF_EXPRESSION_007 ${A}/Result/a.$`,
    `WF_EXPRESSION_007 ${A}/Result/b/0/c`,
  ],
];

function distributed(
  ProcessorConfig: object = { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
  state: object = { Type: "Succeed" },
) {
  return { Type: "Map", ItemProcessor: { ProcessorConfig, StartAt: "I", States: { I: state } } };
}

describe("findings", () => {
  test.each(cases.map(([name, definition, ...findings]) => ({ name, definition, findings })))(
    "$name",
    ({ definition, findings }) => {
      expect(compile(definition).findings).toEqual(findings);
    },
  );
});

test("the example has nothing to find", () => {
  const example = new URL("../../docs/examples/job-poller/definition.json", import.meta.url);
  const { findings, program } = compile(readFileSync(example, "utf8"));
  expect(findings).toEqual([]);
  expect(program?.activities.map(({ name }) => name)).toEqual(["SubmitJob", "GetJobStatus", "states:::sns:publish"]);
});

describe("places inside strings", () => {
  test.each([
    ["States.Format('{}', $.a", 23],
    ["States.Format('{} {}', $.a)", 0],
    ["States.MathAdd($.a, 'b')", 20],
    ["States.Array($.a, States.Sum(1))", 18],
    ["States.StringSplit($.a)", 0],
    ["States.StringToJson('a \\n')", 23],
    ["$.a[", 4],
    ["$.a[?(@.b = 1)]", 10],
    ["$.a b", 4],
    ["$..", 2],
    ["$.a.length()", 10],
  ])("%s", (value, index) => {
    const { text, places } = compile(machine({ Type: "Pass", Parameters: { "x.$": value } }));
    expect(places).toEqual([text.indexOf(JSON.stringify(value).slice(1, -1)) + index]);
  });
});
