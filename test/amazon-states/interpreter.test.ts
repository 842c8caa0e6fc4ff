import { StateMachine } from "aws-local-stepfunctions";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { createVirtualClock } from "../runtime/virtual-clock.ts";
import { sameShape } from "./conformance-compare.ts";
import { build, functions, inputs, type Machine, machines, resourceOf, type State } from "./random-machines.ts";
import { createLoader, type LoadedModule, type Loader } from "./running.ts";

/**
 * Compiled modules against the interpreter aws-local-stepfunctions, on random machines. It differs from AWS in ways that are
 * recognised by what it says.
 */
const samples = { machines: 60, seed: 20_261_122 };

/** What the interpreter does otherwise than AWS, and what it says then. */
const otherThere: readonly { readonly says: RegExp; readonly why: string }[] = [
  { says: /does not point to a value/, why: "an item beyond the end of an array is null with AWS, as was recorded" },
  { says: /but expected a|must be a string/, why: "a comparison with a value of another type is false with AWS" },
  { says: /^Intrinsic function/, why: "it lets no Catch take the failure of an intrinsic function" },
];
/** What only we and AWS refuse. */
const refusedHere = /^States\.(?:ResultPathMatchFailure|IntrinsicFailure)/;

let compiler: TestCompiler;
let loader: Loader;
beforeAll(async () => {
  compiler = createTestCompiler();
  loader = await createLoader();
});
afterAll(async () => {
  compiler.close();
  await loader.close();
});

type Outcome = { readonly output: unknown } | { readonly failure: string };

/** The functions that Tasks call; `flaky` fails every other time. */
function handlers(): Readonly<Record<string, (input: unknown) => Promise<unknown>>> {
  let calls = 0;
  const failure = (name: string): Error => Object.assign(new Error("why"), { name });
  return {
    echo: async (input) => input,
    fail: () => Promise.reject(failure("Boom")),
    flaky: async (input) => {
      if (calls++ % 2 === 0) throw failure("Flaky");
      return { n: 1, s: "b", given: input };
    },
  };
}

async function compiled(module: LoadedModule, input: object): Promise<Outcome> {
  const clock = createVirtualClock(0);
  const known = handlers();
  const activities = Object.fromEntries(functions.map((name) => [resourceOf(name), known[name]]));
  return outcomeOf(clock.drive(module.run(structuredClone(input), activities, { clock })));
}

async function interpreted(machine: Machine, input: object): Promise<Outcome> {
  const states = allStates(machine);
  const known = handlers();
  const of = (type: string) => states.filter(([, state]) => state.Type === type);
  const overrides = {
    taskResourceLocalHandlers: Object.fromEntries(
      of("Task").map(([name, { Resource = "" }]) => [name, known[Resource.slice(Resource.lastIndexOf(":") + 1)]]),
    ),
    waitTimeOverrides: Object.fromEntries(of("Wait").map(([name]) => [name, 0])),
    retryIntervalOverrides: Object.fromEntries(states.map(([name]) => [name, 0])),
  };
  const options = { validationOptions: { noValidate: true } };
  const interpreter = Reflect.construct(StateMachine, [structuredClone(machine), options]) as {
    run(input: unknown, options: unknown): { readonly result: Promise<unknown> };
  };
  return outcomeOf(interpreter.run(structuredClone(input), { overrides }).result);
}

async function outcomeOf(result: Promise<unknown>): Promise<Outcome> {
  try {
    return { output: await result };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { failure: `${error.name}: ${error.message}` };
  }
}

function allStates({ States }: Machine): readonly [string, State][] {
  return Object.entries(States).flatMap(([name, state]): [string, State][] => {
    const inner = [
      ...((state.Branches ?? []) as Machine[]),
      ...(state.ItemProcessor ? [state.ItemProcessor as Machine] : []),
    ];
    return [[name, state], ...inner.flatMap(allStates)];
  });
}

/** All in one: a Choice leads to the machine with the number that the input has. */
function together(all: readonly Machine[]): Machine {
  const Choices = all.map(({ StartAt }, at) => ({ Variable: "$.at", NumericEquals: at, Next: StartAt }));
  return {
    StartAt: "Start",
    States: Object.assign({ Start: { Type: "Choice", Choices } }, ...all.map(({ States }) => States)),
  };
}

/** Causes are worded as with AWS here, and otherwise there. */
function withoutCauses(output: unknown): unknown {
  return JSON.parse(JSON.stringify(output, (key, value) => (key === "Cause" ? "" : value)));
}

function isKnown(ours: Outcome, theirs: Outcome): boolean {
  if ("failure" in ours && refusedHere.test(ours.failure)) return true;
  if (!("failure" in theirs)) return false;
  const said = theirs.failure.replace(/^.*following error: /, "");
  return otherThere.some(({ says }) => says.test(said));
}

test("random machines do what an interpreter makes of them", { timeout: 120_000 }, async () => {
  let count = 0;
  const drafts = fc.sample(machines, { numRuns: samples.machines, seed: samples.seed });
  const all = drafts.map((draft) => build(draft, () => `S${++count}`));
  const module = await loader.load(compiler.artifactOf(JSON.stringify(together(all)), "amazon-states"));
  const different: unknown[] = [];
  let succeeded = 0;
  let known = 0;
  for (const [at, machine] of all.entries()) {
    for (const data of inputs) {
      const input = { ...data, at };
      const [ours, theirs] = [await compiled(module, input), await interpreted(machine, input)];
      const bothSucceed = "output" in ours && "output" in theirs;
      if (bothSucceed) succeeded++;
      const isSame = bothSucceed
        ? sameShape(withoutCauses(theirs.output), withoutCauses(ours.output))
        : "failure" in ours && "failure" in theirs;
      if (!isSame && isKnown(ours, theirs)) known++;
      else if (!isSame) different.push([machine, input, ours, theirs].map((value) => JSON.stringify(value)));
    }
  }
  expect(different).toEqual([]);
  expect(succeeded).toBeGreaterThan(60);
  expect(known).toBeLessThan(succeeded / 2);
});
