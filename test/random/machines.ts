import type { Draw } from "./draw.ts";
import type { Json } from "./sorts.ts";

const paths: readonly [string, ...string[]] = [
  "$",
  "$.a",
  "$.order.items[0]",
  "$['a b']",
  "$.list[-1]",
  "$.a.b.c",
  "$.list[*].name",
  "$..price",
  "$.list[?(@.price < 10)]",
  "$.list[0:2]",
  "$.list[-2:]",
  "$.list[(@.length-1)]",
  "$.list[?(@.a == 'x' && !(@.price >= 2))].name",
  "$.list[?(@.name == $.a || @.b)]",
  "$['a','b']",
  "$.list[0,2]",
  "$.order['it\\'s'].*",
  "$[0].a",
  "$..list[0].name",
  "$.${Key}",
  "$$.Execution.Id",
  "$$.State.Name",
  "$$.Execution.Input.a",
];
const places: readonly [string, ...string[]] = ["$.a", "$.order", "$['a b']", "$.list[0]", "$.a.b.c", "$"];
const wrongPaths: readonly [string, ...string[]] = ["a", "$.", "$[", "$$.Nope", "$.a[?(", ""];
const intrinsics: readonly [string, ...string[]] = [
  "States.Format('Hello {} \\'{}\\'', $.a, 'b')",
  "States.Array($.a, 1, null)",
  "States.ArrayLength($.list)",
  "States.ArrayContains($.list, $.a)",
  "States.ArrayRange(1, 9, 2)",
  "States.ArrayGetItem($.list, 0)",
  "States.ArrayUnique($.list)",
  "States.ArrayPartition($.list, 2)",
  "States.Base64Encode('abc')",
  "States.Hash($.a, 'SHA-256')",
  "States.JsonMerge($.a, $.order, false)",
  "States.MathAdd($.a, -1)",
  "States.MathRandom(1, 10)",
  "States.StringSplit($.a, ',')",
  "States.StringToJson($.a)",
  "States.JsonToString($)",
  "States.UUID()",
  "States.Format('{}', States.MathAdd(1, States.ArrayLength($.list)))",
  "States.Base64Decode(States.Base64Encode($.a))",
  "States.MathRandom(1, $.b, 7)",
  "States.ArrayGetItem(States.StringSplit($.a, ' ,'), States.MathAdd($.b, 1))",
  "States.Array(States.Format('${Name}: {}', $.a), States.StringToJson('{\"a\": 1}'), true, 1.5)",
  "States.JsonMerge(States.StringToJson($.a), $, false)",
  "States.ArrayContains(States.ArrayRange(0, $.b, 1), 2)",
];
const wrongIntrinsics: readonly [string, ...string[]] = [
  "States.Nope(1)",
  "States.MathAdd(1)",
  "States.Format('{}')",
  "States.UUID(",
  "States.ArrayLength('a')",
];
const resources: readonly [string, ...string[]] = [
  "arn:aws:states:::lambda:invoke",
  "arn:aws:lambda:eu-west-1:123456789012:function:price",
  "${PriceFunctionArn}",
  "arn:aws:states:::sqs:sendMessage",
  "arn:aws:states:::dynamodb:getItem",
  "arn:${AWS::Partition}:states:::ecs:runTask.sync:2",
];
const errors: readonly [string, ...string[]] = [
  "States.TaskFailed",
  "States.Timeout",
  "Lambda.TooManyRequestsException",
  'it\'s "odd"',
  "${ErrorName}",
];

/** A random state machine: states that jump to each other in any way, some of them with machines inside. */
export function drawMachine(draw: Draw): Json {
  const names = new Set<string>();
  return {
    Comment: draw.pick(["A machine", "*/ ${x}"]),
    ...machine(draw, 2, names),
    ...(draw.chance(15) && { TimeoutSeconds: draw.slips() ? -1 : 60 }),
  };
}

/** `used`: names of states are unique in the whole definition. */
function machine(draw: Draw, depth: number, used: Set<string>): Record<string, Json> {
  const states = Array.from({ length: 1 + draw.below(depth > 1 ? 9 : 4) }, () => newName(draw, used));
  const written = states.map((name, index): readonly [string, Json] => {
    const following = states[index + 1];
    // Most go to the state after them, so that most can be reached.
    const target = (): string =>
      draw.slips() ? "Nowhere" : following !== undefined && draw.chance(60) ? following : (draw.one(states) ?? name);
    return [name, state(draw, depth, used, target, following)];
  });
  return { StartAt: draw.slips() ? "Nowhere" : (states[0] ?? ""), States: Object.fromEntries(written) };
}

function newName(draw: Draw, used: Set<string>): string {
  const name = draw.pick([
    `State ${used.size}`,
    `s${used.size}`,
    `it's "${used.size}"`,
    `class ${used.size}`,
    `*/ ${used.size}`,
  ]);
  if (!draw.slips()) used.add(name);
  return name;
}

type Target = () => string;

function state(draw: Draw, depth: number, used: Set<string>, target: Target, following: string | undefined): Json {
  const next = (): Record<string, Json> =>
    following !== undefined && draw.chance(85)
      ? { Next: draw.chance(80) ? following : target() }
      : draw.chance(70) || following === undefined
        ? { End: true }
        : { Next: target() };
  const io = (): Record<string, Json> => ({
    ...(draw.chance(15) && { InputPath: draw.chance(20) ? null : path(draw) }),
    ...(draw.chance(15) && { OutputPath: draw.chance(20) ? null : path(draw) }),
  });
  const result = (): Record<string, Json> => ({
    ...(draw.chance(40) && { ResultPath: draw.chance(20) ? null : draw.slips() ? "$.list[*]" : draw.pick(places) }),
  });
  const selector = (): Record<string, Json> => (draw.chance(20) ? { ResultSelector: template(draw, 1) } : {});
  switch (draw.below(depth > 0 ? 12 : 9)) {
    case 0:
    case 1:
      return {
        Type: "Pass",
        ...next(),
        ...io(),
        ...result(),
        ...draw.pick<Record<string, Json>>([
          {},
          { Result: template(draw, 1, false) },
          { Parameters: template(draw, 2) },
        ]),
      };
    case 2:
    case 3:
    case 4:
      return {
        Type: draw.slips() ? "Taks" : "Task",
        Resource: draw.slips() ? "price" : draw.pick(resources),
        ...next(),
        ...io(),
        ...result(),
        ...selector(),
        ...(draw.chance(50) && { Parameters: template(draw, 2) }),
        ...draw.pick<Record<string, Json>>([
          {},
          {},
          { TimeoutSeconds: 30 },
          { TimeoutSeconds: 30, HeartbeatSeconds: 10 },
          { HeartbeatSecondsPath: "$.a" },
          { TimeoutSecondsPath: "$.b", HeartbeatSecondsPath: "$.a" },
        ]),
        ...unsupported(draw),
        ...handlers(draw, target),
      };
    case 5:
    case 6:
      return {
        Type: "Choice",
        ...io(),
        Choices: Array.from({ length: 1 + draw.below(3) }, () => ({ ...rule(draw, 2), Next: target() })),
        ...(draw.chance(80) && { Default: following ?? target() }),
      };
    case 7:
      return {
        Type: "Wait",
        ...next(),
        ...io(),
        ...draw.pick<Record<string, Json>>([
          { Seconds: 10 },
          { SecondsPath: path(draw) },
          { Timestamp: "2030-01-31T12:00:00Z" },
          { TimestampPath: "$.a" },
          { Seconds: "${Delay}" },
        ]),
      };
    case 8:
      return following !== undefined && draw.chance(70)
        ? { Type: "Pass", Next: following }
        : draw.chance(50)
          ? { Type: "Succeed", ...io() }
          : {
              Type: "Fail",
              ...draw.pick<Record<string, Json>>([
                { Error: "Refused", Cause: "It's `so` ${x}" },
                { ErrorPath: "$.a", CausePath: "States.Format('{}', $.b)" },
                {},
              ]),
            };
    case 9:
    case 10:
      return {
        Type: "Parallel",
        ...next(),
        ...io(),
        ...result(),
        ...selector(),
        ...(draw.chance(25) && { Parameters: template(draw, 1) }),
        Branches: Array.from({ length: 1 + draw.below(3) }, () => machine(draw, depth - 1, used)),
        ...handlers(draw, target),
      };
    default:
      return {
        Type: "Map",
        ...next(),
        ...io(),
        ...result(),
        ...selector(),
        ...(draw.chance(50) && { ItemsPath: path(draw) }),
        ...(draw.chance(40) && {
          ItemSelector: { "v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", ...objectTemplate(draw, 1) },
        }),
        ...(draw.chance(40) &&
          draw.pick<Record<string, Json>>([
            { MaxConcurrency: 3 },
            { MaxConcurrency: 0 },
            { MaxConcurrencyPath: "$.a" },
          ])),
        ...(draw.chance(50)
          ? { Iterator: machine(draw, depth - 1, used) }
          : {
              ItemProcessor: {
                ...(draw.chance(50) && { ProcessorConfig: { Mode: "INLINE" } }),
                ...machine(draw, depth - 1, used),
              },
            }),
        ...handlers(draw, target),
      };
  }
}

/** What is not translated yet must be said at its place. */
function unsupported(draw: Draw): Record<string, Json> {
  if (!draw.slips()) return {};
  return draw.pick<Record<string, Json>>([
    { Assign: { "x.$": "$.a" } },
    { QueryLanguage: "JSONata", Arguments: "{% $states.input %}" },
    { QueryLanguage: "JSONata", Output: { a: "{% 1 + %}" } },
    { Credentials: { "RoleArn.$": "$.role" } },
  ]);
}

function path(draw: Draw): string {
  return draw.slips() ? draw.pick(wrongPaths) : draw.pick(paths);
}

function handlers(draw: Draw, target: Target): Record<string, Json> {
  const names = (isLast: boolean): Json => (isLast && draw.chance(50) ? ["States.ALL"] : [draw.pick(errors)]);
  const some = <T>(make: (isLast: boolean) => T): readonly T[] => {
    const length = 1 + draw.below(2);
    return Array.from({ length }, (_, index) => make(index === length - 1));
  };
  const retrier = (isLast: boolean): Json => ({
    ErrorEquals: names(isLast),
    ...(draw.chance(50) && { IntervalSeconds: 2, MaxAttempts: draw.below(4), BackoffRate: 1.5 }),
    ...(draw.chance(20) && { MaxDelaySeconds: 30, JitterStrategy: draw.pick(["FULL", "NONE"]) }),
  });
  const catcher = (isLast: boolean): Json => ({
    ErrorEquals: names(isLast),
    Next: target(),
    ...(draw.chance(40) && { ResultPath: draw.pick<Json>(["$.error", null, "$"]) }),
  });
  return { ...(draw.chance(25) && { Retry: some(retrier) }), ...(draw.chance(30) && { Catch: some(catcher) }) };
}

function template(draw: Draw, depth: number, isDynamic = true): Json {
  if (draw.chance(25)) return draw.pick<Json>(["text ${Name} `x` */", 1.5, true, null, ["a", 1]]);
  return objectTemplate(draw, depth, isDynamic);
}

function objectTemplate(draw: Draw, depth: number, isDynamic = true): Record<string, Json> {
  const members = ["x", "a b", "class", "constructor"]
    .slice(0, 1 + draw.below(4))
    .map((name): readonly [string, Json] => {
      if (isDynamic && draw.chance(55))
        return [
          `${name}.$`,
          draw.chance(60) ? path(draw) : draw.slips() ? draw.pick(wrongIntrinsics) : draw.pick(intrinsics),
        ];
      return [
        name,
        depth > 0 && draw.chance(40)
          ? template(draw, depth - 1, isDynamic)
          : draw.pick<Json>(["v", 3, false, null, "${Name}"]),
      ];
    });
  return Object.fromEntries(members);
}

function rule(draw: Draw, depth: number): Record<string, Json> {
  if (depth > 0 && draw.chance(30)) {
    const parts = (): Json => Array.from({ length: 1 + draw.below(3) }, () => rule(draw, depth - 1));
    return draw.pick<() => Record<string, Json>>([
      () => ({ And: parts() }),
      () => ({ Or: parts() }),
      () => ({ Not: rule(draw, depth - 1) }),
    ])();
  }
  const order = draw.pick(["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"]);
  const comparison = draw.pick<Record<string, Json>>([
    { [`String${order}`]: draw.pick(["a", "it's `x`", "${Name}"]) },
    { [`String${order}Path`]: path(draw) },
    { [`Numeric${order}`]: draw.slips() ? "one" : draw.below(10) },
    { [`Numeric${order}Path`]: "$.b" },
    { [`Timestamp${order}`]: "2030-01-31T12:00:00Z" },
    { [`Timestamp${order}Path`]: "$.b" },
    { BooleanEquals: draw.chance(50) },
    { BooleanEqualsPath: "$.b" },
    { StringMatches: "a*\\*b*" },
    { [draw.pick(["IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"])]: draw.chance(70) },
  ]);
  return { Variable: path(draw), ...(draw.chance(5) && { Comment: "*/" }), ...comparison };
}
