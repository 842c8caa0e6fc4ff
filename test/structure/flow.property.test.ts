import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression, Variable } from "../../server/ir/expression.ts";
import type { Choice, Flow, Join, Link, Sequence, Step, Task } from "../../server/ir/program.ts";
import { boolean, unknown } from "../../server/ir/types.ts";
import { structureFlow } from "../../server/structure/flow.ts";
import { interpret } from "./flow-interpreter.ts";
import { runByDefinition } from "./flow-reference.ts";
import { call, holds, literal, origin, see, type World } from "./flow-world.ts";

const read = (variable: Variable): Expression => ({ kind: "variable", variable, type: variable.type, origin });

interface Drawn {
  readonly instant: boolean;
  readonly choice: number;
  readonly join: Join;
  readonly links: readonly number[];
  readonly duration: number;
  readonly error: number;
  readonly holds: readonly boolean[];
  readonly rank: number;
}

const join: fc.Arbitrary<Join> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Join>({ kind: "any" }) },
  { weight: 2, arbitrary: fc.constant<Join>({ kind: "all" }) },
  { weight: 1, arbitrary: fc.constant<Join>({ kind: "first" }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((count): Join => ({ kind: "count", count })) },
);

const drawn = (joins: fc.Arbitrary<Join>): fc.Arbitrary<Drawn> =>
  fc.record({
    instant: fc.nat({ max: 3 }).map((n) => n === 0),
    choice: fc.nat({ max: 9 }),
    join: joins,
    links: fc.array(fc.nat({ max: 1_000_000 }), { maxLength: 4 }),
    duration: fc.integer({ min: 1, max: 1_000_000_000 }),
    error: fc.nat({ max: 60 }),
    holds: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    rank: fc.nat(),
  });

function choiceOf(id: string, draw: number): Choice {
  const failure: Variable = { name: "failure", type: unknown, role: "bound" };
  const isError = (name: string): Expression => {
    return { kind: "call", fn: "isError", args: [literal(name), read(failure)], type: boolean, origin };
  };
  const handler = (when: Expression | null, outcome: string) => ({ failure, when, steps: [], outcome });
  const cases = (...outcomes: string[]) => outcomes.map((outcome, index) => ({ when: holds(id, index), outcome }));
  switch (draw) {
    case 0:
    case 1:
      return { kind: "cases", cases: cases("a"), otherwise: "b" };
    case 2:
      return { kind: "cases", cases: cases("a", "b"), otherwise: "c" };
    case 3:
      return { kind: "cases", cases: cases("a", "b", "a"), otherwise: "c" };
    case 4:
      return { kind: "failure", ok: "a", handlers: [handler(null, "b")] };
    case 5:
      return { kind: "failure", ok: "a", handlers: [handler(isError("E1"), "b"), handler(isError("E2"), "c")] };
    case 6:
      return { kind: "failure", ok: "a", handlers: [handler(isError("E1"), "b"), handler(null, "b")] };
    default:
      return { kind: "all" };
  }
}

const outcomesOf = (choice: Choice): readonly (string | null)[] => {
  if (choice.kind === "all") return [null];
  if (choice.kind === "cases") return [...new Set([...choice.cases.map((c) => c.outcome), choice.otherwise]), null];
  return [choice.ok, ...new Set(choice.handlers.map((h) => h.outcome)), null];
};

/** Near tasks are linked more often than far ones, and from outcomes more often than from all of a task. */
function linksOf(index: number, each: Drawn, choices: readonly Choice[], port: Variable): readonly Link[] {
  if (index === 0) return [];
  return each.links.map((draw, number) => {
    const distance = 1 + Math.min(draw % index, Math.floor(draw / 7) % index, 5);
    const from = index - distance;
    const outcomes = outcomesOf(choices[from] ?? { kind: "all" });
    const outcome = outcomes[Math.floor(draw / 1_000) % outcomes.length] ?? null;
    const value = literal(`${index}:${number} t${from} ${outcome}`);
    return { from: `t${from}`, outcome, steps: [{ kind: "assign", variable: port, value, origin }], origin };
  });
}

interface Case {
  readonly flow: Flow;
  readonly world: World;
}

function caseOf(all: readonly Drawn[]): Case {
  const choices = all.map((each, index) => choiceOf(`t${index}`, each.choice));
  const tasks = all.map((each, index): Task & { rank: number } => {
    const id = `t${index}`;
    const port: Variable = { name: `${id} in`, type: unknown, role: "local" };
    const does: Step = each.instant ? { kind: "visit", step: id, origin } : call(id);
    const fails: readonly Step[] = each.instant
      ? [
          {
            kind: "decide",
            cases: [{ when: holds(id, 3), then: { kind: "sequence", steps: [failStep(id)] } }],
            otherwise: null,
            origin,
          },
        ]
      : [];
    const steps = [see(id, [read(port)]), does, ...fails];
    const incoming = linksOf(index, each, choices, port);
    return { id, origin, steps, choice: choices[index] ?? { kind: "all" }, incoming, join: each.join, rank: each.rank };
  });
  const errors = all.map((each, index): [string, string | undefined] => {
    const often = choices[index]?.kind === "failure" ? ["E1", "E1", "E2", "E3"][each.error % 8] : undefined;
    return [`t${index}`, often ?? (each.error === 60 ? "E1" : undefined)];
  });
  const failure = new Map(
    errors.flatMap(([id, error]): [string, string][] => (error === undefined ? [] : [[id, error]])),
  );
  const world: World = {
    duration: new Map(all.map((each, index) => [`t${index}`, each.instant ? 0 : each.duration])),
    failure,
    holds: new Map(all.map((each, index) => [`t${index}`, [...each.holds, failure.has(`t${index}`)]])),
  };
  return { flow: { kind: "flow", tasks: tasks.toSorted((a, b) => a.rank - b.rank), after: [] }, world };
}

function failStep(step: string): Step {
  return { kind: "fail", step, error: literal("E1"), cause: literal(""), origin };
}

/** Any order in which concurrent processes can go on, but the same for the same seed. */
function picker(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return count === 0 ? 0 : (state >>> 8) % count;
  };
}

function compare({ flow, world }: Case, program: Sequence, seed: number): void {
  const expected = runByDefinition(flow, world);
  const actual = interpret(program, world, picker(seed));
  expect(actual.end.time).toBe(expected.end.time);
  expect(actual.end.failed === null).toBe(expected.end.failed === null);
  expect(new Set(actual.skipped).size).toBe(actual.skipped.length);
  for (const id of actual.skipped) expect(actual.started.has(id), `${id} is skipped and runs`).toBe(false);
  const horizon = expected.end.failed === null ? Number.POSITIVE_INFINITY : expected.end.time;
  for (const task of flow.tasks) {
    const due = expected.started.get(task.id);
    const start = actual.started.get(task.id);
    if (due !== undefined && due < horizon) expect(start, `start of ${task.id}`).toBe(due);
    if (start !== undefined && start < horizon) expect(due, `start of ${task.id}`).toBe(start);
    if (start === undefined || start >= horizon || due === undefined || task.incoming.length === 0) continue;
    const values = expected.seen.get(task.id) ?? [];
    const value = actual.seen.get(task.id)?.[0];
    if (values.length > 0) expect(values, `value of ${task.id}`).toContain(value);
  }
  if (expected.end.failed === null) expect(actual.skipped.toSorted()).toEqual(expected.skipped.toSorted());
  else {
    // Of several that fail at the same moment any may come first.
    const failed = actual.end.failed ?? "";
    expect((actual.started.get(failed) ?? 0) + (world.duration.get(failed) ?? 0)).toBe(expected.end.time);
    expect(world.failure.has(failed)).toBe(true);
  }
}

/** How often each task is written. */
function written(step: unknown, counts: Map<string, number> = new Map()): Map<string, number> {
  if (typeof step !== "object" || step === null) return counts;
  if (
    "kind" in step &&
    "step" in step &&
    (step.kind === "call" || step.kind === "visit") &&
    typeof step.step === "string"
  ) {
    counts.set(step.step, (counts.get(step.step) ?? 0) + 1);
  }
  for (const part of Object.values(step)) written(part, counts);
  return counts;
}

function check(all: readonly Drawn[], seeds: readonly number[]): void {
  const drawnCase = caseOf(all);
  const program = structureFlow(drawnCase.flow);
  for (const [id, count] of written(program)) expect(count, `${id} is written ${count} times`).toBe(1);
  for (const seed of seeds) {
    compare(drawnCase, program, seed);
    // The same program in another world.
    const flipped = all.map((each) => ({
      ...each,
      holds: each.holds.map((held, i) => held !== ((seed >> i) & 1) > 0),
      error: (each.error + seed) % 60,
    }));
    compare({ flow: drawnCase.flow, world: caseOf(flipped).world }, program, seed);
  }
}

const seeds = fc.array(fc.nat(), { minLength: 2, maxLength: 2 });

/** A chain of decisions, deeper than arms are nested, that each lead on or off. */
const deepFlows = fc.record({
  drawn: drawn(fc.constant<Join>({ kind: "any" })),
  length: fc.integer({ min: 18, max: 40 }),
  seed: fc.nat(),
});

function deep({ drawn: first, length, seed }: { drawn: Drawn; length: number; seed: number }): readonly Drawn[] {
  return Array.from({ length }, (_, index) => {
    const draw = Math.imul(seed + index, 2_654_435_761) >>> 0;
    const holds = [draw % 16 > 0, draw % 2 === 0, draw % 3 === 0];
    const links = [1_000 * (draw % 3 === 0 ? 1 : 0), ...(draw % 5 === 0 ? [draw % 1_000_000] : [])];
    return {
      ...first,
      choice: draw % 5,
      links,
      duration: 1 + (draw % 997),
      error: draw % 8,
      holds,
      rank: draw % 2 === 0 ? index : first.rank,
    };
  });
}

describe("a structured flow runs as the definition says", () => {
  test("joins any and all", () => {
    const joins = join.filter((each) => each.kind === "any" || each.kind === "all");
    const flows = fc.array(drawn(joins), { minLength: 1, maxLength: 10 });
    fc.assert(fc.property(flows, seeds, check), { numRuns: 4_000 });
  });

  test("all joins", () => {
    const flows = fc.array(drawn(join), { minLength: 1, maxLength: 10 });
    fc.assert(fc.property(flows, seeds, check), { numRuns: 4_000 });
  });

  test("decisions only, which nest and merge", () => {
    const deciding = drawn(fc.constant<Join>({ kind: "any" })).map((each) => ({
      ...each,
      choice: each.choice % 7,
      links: each.links.slice(0, 2),
    }));
    fc.assert(fc.property(fc.array(deciding, { minLength: 4, maxLength: 12 }), seeds, check), { numRuns: 3_000 });
  });

  test("decisions that nest deeper than arms may", () => {
    fc.assert(
      fc.property(deepFlows, seeds, (flow, each) => check(deep(flow), each)),
      { numRuns: 200 },
    );
  });
});
