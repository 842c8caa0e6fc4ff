import { describe, expect, test } from "vitest";
import type { Type } from "../../server/ir/types.ts";
import { compile, machine } from "./compile.ts";

const next = { B: { Type: "Succeed" } };
const task = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke" };

/** The lines of state A, without its label and what stands before it. */
function stateA(state: Readonly<Record<string, unknown>>, others: Readonly<Record<string, unknown>> = {}): string[] {
  const { lines, findings } = compile(machine(state, others));
  expect(findings).toEqual([]);
  const from = lines.indexOf("A:") + 1;
  const to = lines.findIndex((line, index) => index >= from && !line.startsWith("  "));
  return lines.slice(from, to < 0 ? undefined : to).map((line) => line.slice(2));
}

describe("states", () => {
  test("a machine begins with its input and StartAt, wherever that stands", () => {
    const { lines } = compile({ StartAt: "Z", States: { A: { Type: "Succeed" }, Z: { Type: "Pass", Next: "A" } } });
    expect(lines).toEqual([
      "(start):",
      "  data = input",
      "  -> Z",
      "A:",
      "  visit A",
      "  finish data",
      "Z:",
      "  visit Z",
      "  -> A",
    ]);
  });

  test.each<[string, object, ...string[]]>([
    ["Pass without anything", { Type: "Pass" }, "visit A", "finish data"],
    ["Pass with a Result", { Type: "Pass", Result: { a: [1, null] } }, "visit A", "finish {a: [1, null]}"],
    [
      "Result at a ResultPath",
      { Type: "Pass", Result: 1, ResultPath: "$.a.b[0]" },
      "visit A",
      'finish withValue(data, ["a", "b", 0], 1)',
    ],
    ["ResultPath null", { Type: "Pass", Result: 1, ResultPath: null }, "visit A", "finish data"],
    [
      "Parameters",
      { Type: "Pass", Parameters: { a: 1, "b.$": "$.c[0]['d e']" } },
      "visit A",
      `finish {a: 1, b: fieldAt(data, ["c", 0, "d e"], "b.$")}`,
    ],
    [
      "a path written in another way",
      { Type: "Pass", Parameters: { "b.$": "$['c']" } },
      "visit A",
      `finish {b: fieldAt(data, ["c"], "b.$", "$['c']")}`,
    ],
    [
      "InputPath and OutputPath",
      { Type: "Pass", InputPath: "$.a", OutputPath: "$.b" },
      "visit A",
      'finish selectAt(selectAt(data, ["a"]), ["b"])',
    ],
    ["InputPath null", { Type: "Pass", InputPath: null }, "visit A", "finish {}"],
    [
      "InputPath under Parameters",
      { Type: "Pass", InputPath: "$.a", Parameters: { "x.$": "$.b" } },
      "visit A",
      'A input = selectAt(data, ["a"])',
      'finish {x: fieldAt(A input, ["b"], "x.$")}',
    ],
    ["Fail", { Type: "Fail", Error: "E", Cause: "c" }, 'fail "E" "c"'],
    [
      "Fail with paths",
      { Type: "Fail", ErrorPath: "$.e", CausePath: "States.Format('{}!', $.c)" },
      "enter A",
      'fail textOf(fieldAt(data, ["e"], "ErrorPath"), "ErrorPath") `${formatted(argumentAt(data, ["c"], "States.Format(\'{}!\', $.c)"))}!`',
    ],
    ["Fail without anything", { Type: "Fail" }, 'fail "" ""'],
    ["Wait for seconds", { Type: "Wait", Seconds: 10 }, "wait 10000", "finish data"],
    [
      "Wait for seconds at a path",
      { Type: "Wait", SecondsPath: "$.s" },
      "enter A",
      'wait secondsToMs(selectAt(data, ["s"]), "SecondsPath", "$.s")',
      "finish data",
    ],
    [
      "Wait until a timestamp",
      { Type: "Wait", Timestamp: "2030-01-01T00:00:00Z" },
      'wait "2030-01-01T00:00:00Z"',
      "finish data",
    ],
    [
      "Wait until a timestamp at a path",
      { Type: "Wait", TimestampPath: "$.t" },
      "enter A",
      'wait timestampOf(selectAt(data, ["t"]), "TimestampPath", "$.t")',
      "finish data",
    ],
    ["Wait for a substitution", { Type: "Wait", Seconds: "${Delay}" }, "wait (parameters.Delay * 1000)", "finish data"],
  ])("%s", (_, state, ...lines) => {
    expect(stateA({ ...state })).toEqual(lines);
  });

  test("a Task calls its activity and places the result", () => {
    const state = {
      ...task,
      Parameters: { "p.$": "$" },
      ResultSelector: { "r.$": "$.Payload" },
      ResultPath: "$.out",
      TimeoutSeconds: 5,
      HeartbeatSeconds: 2,
      Next: "B",
    };
    expect(stateA(state, next)).toEqual([
      "A result = call states:::lambda:invoke({p: data}) timeout 5000 States.Timeout heartbeat 2000",
      'data = withValue(data, ["out"], {r: fieldAt(A result, ["Payload"], "r.$")})',
      "-> B",
    ]);
  });

  test("a Task whose result is its output puts it straight into the data", () => {
    expect(stateA(task)).toEqual(["data = call states:::lambda:invoke(data)", "finish data"]);
  });

  test("a Task whose result is not kept has none", () => {
    expect(stateA({ ...task, ResultPath: null })).toEqual(["call states:::lambda:invoke(data)", "finish data"]);
  });

  test("Retry has the language's defaults", () => {
    const retry = [
      { ErrorEquals: ["E"] },
      {
        ErrorEquals: ["States.ALL"],
        IntervalSeconds: 3,
        MaxAttempts: 0,
        BackoffRate: 1.5,
        MaxDelaySeconds: 60,
        JitterStrategy: "FULL",
      },
    ];
    expect(stateA({ ...task, Retry: retry })[0]).toBe(
      'data = call states:::lambda:invoke(data) retry matchesError(failure.name, ["E"]) 3 1000 2 Infinity 0 retry matchesError(failure.name, ["States.ALL"]) 0 3000 1.5 60000 full',
    );
  });

  test("Catch handles the call and what becomes of its result", () => {
    const state = {
      ...task,
      Catch: [
        { ErrorEquals: ["E", "F"], ResultPath: "$.error", Next: "B" },
        { ErrorEquals: ["States.ALL"], Next: "B" },
      ],
    };
    expect(stateA(state, next)).toEqual([
      "try",
      "  data = call states:::lambda:invoke(data)",
      'catch matchesError(failure.name, ["E", "F"]) -> B',
      '  data = withValue(data, ["error"], errorOutput(failure.name, failure.message))',
      'catch matchesError(failure.name, ["States.ALL"]) -> B',
      "  data = errorOutput(failure.name, failure.message)",
      "-> A (end)",
    ]);
  });

  test("a Choice without Default fails when nothing matched", () => {
    const { lines } = compile(
      machine({ Type: "Choice", Choices: [{ Variable: "$.x", IsNull: true, Next: "B" }] }, next),
    );
    expect(lines.slice(3, 9)).toEqual([
      "A:",
      "  visit A",
      '  if (choiceAt(data, ["x"]) === null) -> B',
      "  else -> A (no choice matched)",
      "A (no choice matched):",
      '  fail "States.Runtime" noChoiceMatched(scope)',
    ]);
  });

  test("Parallel collects what its branches give", () => {
    const branches = [
      { StartAt: "X", States: { X: { Type: "Pass", End: true } } },
      { StartAt: "Y", States: { Y: { Type: "Fail", Error: "E" } } },
    ];
    expect(stateA({ Type: "Parallel", Branches: branches, ResultPath: "$.all" })).toEqual([
      "scope ",
      "  branch",
      "    (start):",
      "      data = data",
      "      -> X",
      "    X:",
      "      visit X",
      "      A branch 1 = data",
      "      finish",
      "  branch",
      "    (start):",
      "      -> Y",
      "    Y:",
      '      fail "E" ""',
      "A result = [A branch 1, A branch 2]",
      'finish withValue(data, ["all"], A result)',
    ]);
  });

  test("an inline Map is a loop over items", () => {
    const processor = {
      StartAt: "I",
      States: { I: { Type: "Pass", Parameters: { "n.$": "$$.Map.Item.Index", "of.$": "$.all" }, End: true } },
    };
    const state = {
      Type: "Map",
      ItemsPath: "$.items",
      MaxConcurrency: 2,
      ItemSelector: { "all.$": "$.x", "v.$": "$$.Map.Item.Value.id" },
      ItemProcessor: processor,
    };
    expect(stateA(state)).toEqual([
      "enter A",
      'data = for each itemsOf(selectAt(data, ["items"]), "$.items") by 2',
      "  (start):",
      '    data = {all: fieldAt(data, ["x"], "all.$"), v: fieldAt(item, ["id"], "v.$", "$$.Map.Item.Value.id")}',
      "    -> I",
      "  I:",
      "    visit I",
      '    finish {n: index, of: fieldAt(data, ["all"], "of.$")}',
      "finish data",
    ]);
  });

  test("what is never read is not stored, but still evaluated where it can fail", () => {
    const parse = { Type: "Pass", Parameters: { "x.$": "States.StringToJson('{}')" }, Next: "B" };
    const { lines } = compile(
      machine(parse, { B: { Type: "Pass", Result: 1, Next: "C" }, C: { Type: "Fail", Error: "E" } }),
    );
    expect(lines).toEqual([
      "(start):",
      "  -> A",
      "A:",
      "  visit A",
      '  evaluate {x: stringToJson("{}")}',
      "  -> B",
      "B:",
      "  visit B",
      "  -> C",
      "C:",
      '  fail "E" ""',
    ]);
  });

  test("a machine's time limit is a scope around it", () => {
    expect(compile({ ...machine({ Type: "Pass" }), TimeoutSeconds: 60 }).lines).toEqual([
      "scope 60000",
      "  (start):",
      "    data = input",
      "    -> A",
      "  A:",
      "    visit A",
      "    result = data",
      "    finish",
      "finish result",
    ]);
  });
});

describe("choice rules", () => {
  test.each<[object, string]>([
    [{ StringEquals: "a" }, '(V === "a")'],
    [{ NumericEquals: 1.5 }, "(V === 1.5)"],
    [{ BooleanEquals: false }, "(V === false)"],
    [{ StringEqualsPath: "$.y" }, 'compareStrings(V, "==", choiceAt(data, ["y"]))'],
    [{ StringLessThan: "a" }, 'compareStrings(V, "<", "a")'],
    [{ NumericGreaterThanEqualsPath: "$.y" }, 'compareNumbers(V, ">=", choiceAt(data, ["y"]))'],
    [{ TimestampLessThanEquals: "2030-01-01T00:00:00Z" }, 'compareTimestamps(V, "<=", "2030-01-01T00:00:00Z")'],
    [{ BooleanEqualsPath: "$.y" }, 'equalBooleans(V, choiceAt(data, ["y"]))'],
    [{ StringMatches: "a*" }, 'stringMatches(V, "a*")'],
    [{ IsNull: false }, "!(V === null)"],
    [{ IsPresent: true }, 'isPresent(data, ["x"])'],
    [{ IsPresent: false }, '!isPresent(data, ["x"])'],
    [{ IsNumeric: true }, 'hasType(V, "number")'],
    [{ IsString: true }, 'hasType(V, "string")'],
    [{ IsBoolean: true }, 'hasType(V, "boolean")'],
    [{ IsTimestamp: true }, "isTimestamp(V)"],
    [{ NumericEquals: "${Limit}" }, "(V === parameters.Limit)"],
  ])("%j", (rule, test) => {
    const lines = stateA({ Type: "Choice", Choices: [{ Variable: "$.x", ...rule, Next: "B" }], Default: "B" }, next);
    expect(lines[1]).toBe(`if ${test.replaceAll("V", 'choiceAt(data, ["x"])')} -> B`);
  });

  test("And, Or and Not nest", () => {
    const is = (name: string) => ({ Variable: `$.${name}`, BooleanEquals: true });
    const rule = { Or: [{ And: [is("a"), is("b")] }, { Not: is("c") }], Next: "B" };
    const at = (name: string): string => `(choiceAt(data, ["${name}"]) === true)`;
    expect(stateA({ Type: "Choice", Choices: [rule], Default: "B" }, next)[1]).toBe(
      `if ((${at("a")} && ${at("b")}) || !${at("c")}) -> B`,
    );
  });
});

describe("paths and intrinsic functions", () => {
  const value = (text: string): string =>
    stateA({ Type: "Pass", Parameters: { "v.$": text } })[1]?.slice("finish {v: ".length, -1) ?? "";

  test.each([
    ["$", "data"],
    ["$.a-b.c", 'fieldAt(data, ["a-b", "c"], "v.$")'],
    ["$.[0]", 'fieldAt(data, [0], "v.$", "$.[0]")'],
    ["$.a[-1]", 'fieldAt(data, ["a", -1], "v.$")'],
    ["$.a[(@.length-1)].b", 'fieldAt(data, ["a", -1, "b"], "v.$", "$.a[(@.length-1)].b")'],
    ["$.a[*].b", 'membersOf(childrenOf([findAt(data, ["a"])]), ["b"])'],
    ["$..b", 'membersOf(descendantsOf([data]), ["b"])'],
    ["$..[0]", "itemsAt(descendantsOf([data]), [0])"],
    ["$.a[1:3]", 'slicesOf([findAt(data, ["a"])], 1, 3, 1)'],
    ["$.a[3:]", 'slicesOf([findAt(data, ["a"])], 3, null, 1)'],
    ["$.a[0,2]", 'itemsAt([findAt(data, ["a"])], [0, 2])'],
    ["$['a','b']", 'picked(data, ["a", "b"])'],
    ["$[?(@.Name == 'Cat')]", 'matchesOf([data], (item) => compareInFilter(findAt(item, ["Name"]), "==", "Cat"))'],
    [
      "$.L[?(@.Name==Receipt)].x",
      'membersOf(matchesOf([findAt(data, ["L"])], (item) => compareInFilter(findAt(item, ["Name"]), "==", "Receipt")), ["x"])',
    ],
    [
      "$[?(@.a && !(@.b > 2 || @.c))]",
      'matchesOf([data], (item) => (isPresent(item, ["a"]) && !(compareInFilter(findAt(item, ["b"]), ">", 2) || isPresent(item, ["c"]))))',
    ],
    ["$.${Key}", 'fieldAt(data, [parameters.Key], "v.$")'],
    ["$$.Execution.Input", "input"],
    ["$$.Execution.Input.a", 'fieldAt(input, ["a"], "v.$", "$$.Execution.Input.a")'],
    ["$$.Execution.Name", 'executionFact(scope, "executionName")'],
    ["$$.State.Name", '"A"'],
    ["$$.State.EnteredTime", "currentTime(scope)"],
    ["$$.StateMachine.Id", 'executionFact(scope, "stateMachineId")'],
    ["States.UUID()", "randomUuid(scope)"],
    ["States.Format('a {} b', $.x)", '`a ${formatted(argumentAt(data, ["x"], "States.Format(\'a {} b\', $.x)"))} b`'],
    ["States.Format('{}-{}', $$.Execution.Name, 1)", '`${executionFact(scope, "executionName")}-${formatted(1)}`'],
    ["States.Format('\\{\\} it\\'s {}', $)", "`{} it's ${formatted(data)}`"],
    ["States.Format('${Bucket}/{}', $)", "`${parameters.Bucket}/${formatted(data)}`"],
    ["States.Format($.t, 1)", 'formatText(argumentAt(data, ["t"], "States.Format($.t, 1)"), [1])'],
    ["States.Array(1, 'a', true, null)", '[1, "a", true, null]'],
    ["States.ArrayGetItem(States.StringSplit($, '/'), 0)", 'arrayGetItem(stringSplit(data, "/"), 0)'],
    ["States.MathRandom(1, 10)", "mathRandom(scope, 1, 10)"],
    ["States.Hash($, 'SHA-256')", 'hashText(data, "SHA-256")'],
    [
      "States.JsonMerge($, States.StringToJson('{\"a\":1}'), false)",
      'jsonMerge(data, stringToJson("{\\"a\\":1}"), false)',
    ],
  ])("%s", (text, shown) => {
    expect(value(text)).toBe(shown);
  });
});

describe("activities and parameters", () => {
  const activity = (Resource: string): string | undefined =>
    compile(machine({ Type: "Task", Resource })).program?.activities[0]?.name;

  test.each([
    ["arn:aws:states:::lambda:invoke", "states:::lambda:invoke"],
    ["arn:aws-cn:states:::dynamodb:putItem", "states:::dynamodb:putItem"],
    ["arn:${AWS::Partition}:states:::batch:submitJob.sync", "states:::batch:submitJob.sync"],
    ["arn:aws:states:::aws-sdk:s3:getObject", "states:::aws-sdk:s3:getObject"],
    ["arn:aws:lambda:eu-west-1:1:function:Charge", "arn:aws:lambda:eu-west-1:1:function:Charge"],
    ["arn:aws:states:eu-west-1:1:activity:Review", "arn:aws:states:eu-west-1:1:activity:Review"],
    ["${ChargeArn}", "ChargeArn"],
  ])("%s", (resource, name) => {
    expect(activity(resource)).toBe(name);
  });

  test("an activity takes what all of its Tasks give", () => {
    const { program } = compile(
      machine(
        { ...task, Parameters: { Name: "a", Both: 1, Only: true }, Next: "B" },
        { B: { ...task, Parameters: { Name: "b", Both: "x", "Other.$": "$.o" }, End: true } },
      ),
    );
    const members = (type: Type | undefined) =>
      type?.kind === "object"
        ? [...type.members].map(([name, member]) => `${name}${member.required ? "" : "?"}: ${member.type.kind}`)
        : [];
    expect(program?.activities).toHaveLength(1);
    expect(members(program?.activities[0]?.input)).toEqual([
      "Name: string",
      "Both: unknown",
      "Only?: boolean",
      "Other?: unknown",
    ]);
  });

  test("placeholders are parameters with the types of their places", () => {
    const { program, findings } = compile(
      machine(
        {
          ...task,
          Resource: "${Fn}",
          Parameters: { Table: "${Table}", Text: "n=${Max}", Again: "${Table}" },
          Next: "B",
        },
        {
          B: {
            Type: "Map",
            MaxConcurrency: "${Max}",
            ItemProcessor: { StartAt: "I", States: { I: { Type: "Succeed" } } },
            End: true,
          },
        },
      ),
    );
    expect(findings).toEqual([]);
    expect(program?.parameters.map(({ name, type }) => `${name}: ${type.kind}`)).toEqual([
      "Table: string",
      "Max: number",
    ]);
    expect(program?.parametersVariable?.role).toBe("parameters");
  });

  test("YAML and JSON give the same program", () => {
    const yaml =
      "StartAt: A\nStates:\n  A:\n    Type: Wait\n    Seconds: ${Delay}\n    Next: B\n  B:\n    Type: Pass\n    Parameters:\n      x.$: States.Format('{}', $.a)\n    End: true\n";
    const json = {
      StartAt: "A",
      States: {
        A: { Type: "Wait", Seconds: "${Delay}", Next: "B" },
        B: { Type: "Pass", Parameters: { "x.$": "States.Format('{}', $.a)" }, End: true },
      },
    };
    expect(compile(yaml).lines).toEqual(compile(json).lines);
    expect(compile(yaml).lines.length).toBeGreaterThan(5);
  });
});
