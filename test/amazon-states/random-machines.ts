import * as fc from "fast-check";

/** A state machine as a definition has it. */
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly [field: string]: unknown;
}

/** What Tasks of random machines do, by the end of their resource. */
export const functions = ["echo", "fail", "flaky"] as const;

export const resourceOf = (name: string): string => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;

/** Data that fit most of the paths below. */
export const inputs: readonly object[] = [
  { n: 2, s: "a b", o: { p: 2, q: [1, 2, 2] }, list: [{ v: 1 }, { v: 2 }, { v: 3 }], nil: null },
  { n: 0, s: "zz", o: { p: 5, q: [7, 8] }, list: [{ v: 9, n: 1 }], nil: null },
  { n: 3, s: "abc", o: { p: 1, q: [0, 0] }, list: [], nil: null },
];

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

/** Members that are not undefined. */
const given = (members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

const path = fc.constantFrom("$", "$.n", "$.o", "$.o.p", "$.list", "$.o.q[0]", "$['s']", "$.o.q[1]");
const place = fc.constantFrom("$.r", "$.o.r", "$.n", "$.fresh.r");
const call = fc.constantFrom(
  "States.MathAdd($.o.p, 2)",
  "States.ArrayLength($.list)",
  "States.Format('{}-{}', $.o.p, $.s)",
  "States.Array($.n, $.s, 1)",
  "States.ArrayContains($.o.q, 2)",
  "States.JsonToString($.o)",
  "States.StringSplit($.s, ' ')",
  "States.ArrayGetItem($.o.q, 1)",
  "States.ArrayRange(0, $.o.p, 2)",
  "States.ArrayPartition($.o.q, 2)",
  "States.ArrayUnique($.o.q)",
  "States.Base64Encode($.s)",
  "States.Hash($.s, 'SHA-256')",
  "States.JsonMerge($.o, $.o, false)",
  "States.StringToJson('{\"z\":1}')",
);
/** What later states need, so that not every path after it leads nowhere. */
const kept = { "n.$": "$.n", "s.$": "$.s", "o.$": "$.o", "list.$": "$.list", "nil.$": "$.nil" };
const template = fc
  .tuple(path, call)
  .map(([found, made]) => ({ ...kept, "found.$": found, deep: [{ "made.$": made }] }));
const filters = fc
  .record({ InputPath: maybe(fc.constant("$")), OutputPath: maybe(path) })
  .map((fields) => given(fields));
const resultPath = maybe(fc.oneof({ weight: 3, arbitrary: place }, { weight: 1, arbitrary: fc.constant(null) }));
const results = fc.constantFrom<unknown>(1, "text", { ...inputs[0] }, [1, 2]);

const pass = fc
  .tuple(filters, resultPath, maybe(template), maybe(results))
  .map(([fields, ResultPath, Parameters, Result]) => ({
    Type: "Pass",
    ...fields,
    ...given({ ResultPath, ...(Result === undefined ? { Parameters } : { Result }) }),
  }));

const task = fc
  .tuple(filters, resultPath, maybe(template), maybe(fc.constant({ "all.$": "$" })), fc.constantFrom(...functions))
  .map(([fields, ResultPath, Parameters, ResultSelector, name]) => ({
    Type: "Task",
    Resource: resourceOf(name),
    ...fields,
    ...given({ ResultPath, Parameters, ResultSelector }),
  }));

const test = fc.constantFrom<object>(
  { Variable: "$.n", NumericEquals: 2 },
  { Variable: "$.o.p", NumericGreaterThan: 1 },
  { Variable: "$.s", StringEquals: "a b" },
  { Variable: "$.s", StringMatches: "*b*" },
  { Variable: "$.s", StringLessThan: "b" },
  { Variable: "$.n", IsString: true },
  { Variable: "$.nil", IsNull: true },
  // Nothing is false: the interpreter takes `IsPresent: false` and the like for never.
  { Variable: "$.missing", IsPresent: true },
  { Variable: "$.o.missing", IsPresent: true },
  { Variable: "$.s", IsTimestamp: true },
);
const rule = fc.oneof(
  { weight: 3, arbitrary: test },
  fc
    .tuple(fc.constantFrom("And", "Or"), fc.array(test, { minLength: 1, maxLength: 3 }))
    .map(([key, tests]) => ({ [key]: tests })),
  test.map((Not) => ({ Not })),
);
const choice = fc.array(rule, { minLength: 1, maxLength: 3 }).map((rules) => ({ Type: "Choice", rules }));
const rest = fc.constantFrom(
  { Type: "Wait", Seconds: 1 },
  { Type: "Succeed" },
  { Type: "Succeed", OutputPath: "$.o" },
  { Type: "Fail", Error: "Stop", Cause: "why" },
);

const Retry = maybe(
  fc.constantFrom(
    [{ ErrorEquals: ["Flaky"], MaxAttempts: 2 }],
    [{ ErrorEquals: ["States.ALL"] }],
    [{ ErrorEquals: ["Boom"], MaxAttempts: 0 }],
  ),
);
const handler = maybe(
  fc.tuple(fc.constantFrom("States.ALL", "Stop", "Boom"), maybe(fc.oneof(place, fc.constant(null)))),
);

type Draft = readonly (readonly [object, readonly object[] | undefined, readonly [string, unknown] | undefined])[];

function drafts(depth: number): fc.Arbitrary<Draft> {
  const simple = fc.oneof(
    { weight: 3, arbitrary: pass },
    { weight: 3, arbitrary: task },
    { weight: 2, arbitrary: choice },
    rest,
  );
  const state: fc.Arbitrary<object> =
    depth === 0
      ? simple
      : fc.oneof(
          { weight: 4, arbitrary: simple },
          fc
            .tuple(fc.array(drafts(depth - 1), { minLength: 1, maxLength: 2 }), resultPath, maybe(template))
            .map(([branches, ResultPath, Parameters]) => ({
              Type: "Parallel",
              branches,
              ...given({ ResultPath, Parameters }),
            })),
          fc.tuple(drafts(depth - 1), resultPath).map(([turn, ResultPath]) => ({
            Type: "Map",
            turn,
            ItemsPath: "$.list",
            MaxConcurrency: 1,
            ItemSelector: { ...kept, "index.$": "$$.Map.Item.Index", "item.$": "$$.Map.Item.Value.v" },
            ...given({ ResultPath }),
          })),
        );
  return fc.array(fc.tuple(state, Retry, handler), { minLength: 1, maxLength: 4 });
}

/** Machines with states of all types; `build` gives each its names. */
export const machines: fc.Arbitrary<Draft> = drafts(1);

/** A machine of a draft: each state leads to the one after it, a Choice also to the second one after it. */
export function build(draft: Draft, nextName: () => string): Machine {
  const names = draft.map(nextName);
  const States = Object.fromEntries(
    draft.map(([body, retry, catcher], at) => [
      names[at],
      finished(
        body as Record<string, unknown> & { readonly Type: string },
        names.slice(at + 1),
        retry,
        catcher,
        nextName,
      ),
    ]),
  );
  return withoutUnreachable({ StartAt: names[0] ?? "", States });
}

function finished(
  { rules, branches, turn, ...state }: Record<string, unknown> & { readonly Type: string },
  later: readonly string[],
  retry: readonly object[] | undefined,
  catcher: readonly [string, unknown] | undefined,
  nextName: () => string,
): State {
  const [next, second = next] = later;
  if (state.Type === "Succeed" || state.Type === "Fail") return state;
  if (state.Type === "Choice") {
    if (next === undefined) return { Type: "Succeed" };
    const Choices = (rules as readonly object[]).map((one, at) => ({ ...one, Next: at % 2 === 0 ? second : next }));
    return { ...state, Choices, Default: next };
  }
  const onward = next === undefined ? { End: true } : { Next: next };
  if (state.Type === "Pass" || state.Type === "Wait") return { ...state, ...onward };
  const [error, ResultPath] = catcher ?? [];
  const Catch =
    error === undefined || next === undefined
      ? undefined
      : [{ ErrorEquals: [error], Next: later.at(-1), ...given({ ResultPath }) }];
  return {
    ...state,
    ...(branches !== undefined && {
      Branches: (branches as readonly Draft[]).map((branch) => build(branch, nextName)),
    }),
    ...(turn !== undefined && { ItemProcessor: build(turn as Draft, nextName) }),
    ...given({ Retry: retry, Catch }),
    ...onward,
  };
}

function withoutUnreachable({ StartAt, States }: Machine): Machine {
  const open = [StartAt];
  const reached = new Set<string>();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = States[name];
    if (state === undefined || reached.has(name)) continue;
    reached.add(name);
    const ways = [state, ...((state.Choices ?? []) as object[]), ...((state.Catch ?? []) as object[])];
    for (const way of ways)
      for (const to of [Reflect.get(way, "Next"), Reflect.get(way, "Default")])
        if (typeof to === "string") open.push(to);
  }
  return { StartAt, States: Object.fromEntries(Object.entries(States).filter(([name]) => reached.has(name))) };
}
