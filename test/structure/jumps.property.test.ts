import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blockGraph, isReducible, reversePostorder } from "../../server/ir/control-flow.ts";
import type { Block, Jumps, Region, Sequence, Step, Terminator } from "../../server/ir/program.ts";
import { regionsOf } from "../../server/ir/regions.ts";
import { structureJumps } from "../../server/structure/jumps.ts";
import { exitsStep } from "../../server/structure/measure.ts";
import { tidy } from "../../server/structure/tidy.ts";
import { ask, attempt, branch, call, fail, finish, handler, jump, origin, sequence, stop, visit } from "./build.ts";
import { interpret } from "./interpret.ts";

const FUEL = 300;

function createLabels(): (wanted: string) => string {
  let count = 0;
  return (wanted) => {
    count += 1;
    return `${wanted}/${count}`;
  };
}

/** Steps that a front end may have put into a block, with labels of its own. */
const innerSteps: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Step[][]>([call("work")], [visit("look")], [visit("look"), call("work")]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step[][]>(
      [{ kind: "decide", cases: [{ when: ask("inner"), then: sequence(finish("early")) }], otherwise: null, origin }],
      [
        {
          kind: "decide",
          cases: [{ when: ask("inner"), then: sequence(call("a")) }],
          otherwise: sequence(call("b")),
          origin,
        },
      ],
      [
        {
          kind: "loop",
          label: "own",
          test: ask("again"),
          body: sequence(call("turn"), {
            kind: "decide",
            cases: [{ when: ask("out"), then: sequence({ kind: "break", label: "own", origin }) }],
            otherwise: null,
            origin,
          }),
          origin,
        },
      ],
      [fail("broken")],
    ),
  },
);

/** Targets are mostly near and ahead, so that most graphs are reducible, with a few jumps to anywhere. */
function target(index: number, size: number): fc.Arbitrary<string> {
  const ahead = fc.integer({ min: Math.min(index + 1, size - 1), max: Math.min(index + 3, size - 1) });
  return fc.oneof({ weight: 5, arbitrary: ahead }, { weight: 2, arbitrary: fc.nat(size - 1) }).map((to) => `b${to}`);
}

function terminator(index: number, size: number): fc.Arbitrary<Terminator> {
  const to = target(index, size);
  const test = fc.constantFrom("x", "y", "z").map((name) => ask(`${name}${index}`));
  // Handlers that are often alike, of which one may go into the other.
  const handlers = fc.array(
    fc
      .tuple(
        fc.oneof(to, fc.constant(`b${size - 1}`)),
        fc.option(fc.constant(ask("caught")), { freq: 2 }),
        fc.boolean(),
      )
      .map(([label, when, steps]) => handler(label, when, ...(steps ? [visit("caught")] : []))),
    { maxLength: 2 },
  );
  return fc.oneof(
    { weight: 3, arbitrary: to.map(jump) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.array(fc.tuple(test, to), { maxLength: 3 }), to)
        .map(([cases, last]) => branch(cases, last)),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(innerSteps, to, handlers).map(([steps, label, list]) => attempt(steps, label, list)),
    },
    { weight: 1, arbitrary: fc.constant(stop) },
  );
}

function block(index: number, size: number): fc.Arbitrary<Block> {
  return fc.tuple(terminator(index, size), innerSteps, fc.boolean(), fc.boolean()).map(([end, inner, empty, fails]) => {
    const label = `b${index}`;
    const last = end.kind === "stop" ? [fails ? fail(label) : finish(label)] : [];
    // A jump needs an event before it, so that every turn of every loop uses up fuel.
    const asks = end.kind === "branch" && end.cases.length > 0;
    return { label, origin, steps: empty && asks ? [] : [visit(label), ...inner, ...last], end };
  });
}

const anyJumps: fc.Arbitrary<Jumps> = fc
  .integer({ min: 1, max: 14 })
  .chain((size) => fc.tuple(...Array.from({ length: size }, (_, index) => block(index, size))))
  .chain((blocks) => fc.shuffledSubarray(blocks, { minLength: blocks.length }))
  .map((blocks) => ({ kind: "jumps", entry: "b0", blocks: new Map(blocks.map((one) => [one.label, one])) }));

const answers = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });

function structured(jumps: Jumps): Sequence {
  const fresh = createLabels();
  return tidy(structureJumps(jumps, fresh), fresh);
}

function allSteps(region: Region): Step[] {
  if (region.kind !== "sequence") throw new Error("Only sequences are left");
  return region.steps.flatMap((step) => [step, ...regionsOf(step).flatMap(allSteps)]);
}

function reachable(jumps: Jumps): Block[] {
  const graph = blockGraph(jumps);
  return reversePostorder(graph).flatMap((node) => graph.blocks[node] ?? []);
}

function stepsOfBlock({ steps, end }: Block): Step[] {
  const more = end.kind === "attempt" ? [...end.steps, ...end.handlers.flatMap((one) => one.steps)] : [];
  return allSteps(sequence(...steps, ...more));
}

/** Faults of form: labels that nothing around bears or that are hidden, and steps behind an exit. */
function faults(region: Sequence, labels: ReadonlyMap<string, "block" | "loop">): string[] {
  return region.steps.flatMap((step, index) => {
    const found: string[] = [];
    if (index < region.steps.length - 1 && exitsStep(step)) found.push(`steps behind ${step.kind}`);
    if (step.kind === "break" && !labels.has(step.label)) found.push(`break ${step.label}`);
    if (step.kind === "continue" && labels.get(step.label) !== "loop") found.push(`continue ${step.label}`);
    const inside = new Map(labels);
    if (step.kind === "block" || step.kind === "loop") {
      if (labels.has(step.label)) found.push(`label ${step.label} twice`);
      inside.set(step.label, step.kind);
    }
    return [
      ...found,
      ...regionsOf(step).flatMap((inner) => (inner.kind === "sequence" ? faults(inner, inside) : [inner.kind])),
    ];
  });
}

describe("structured jumps", () => {
  test("do what the jumps did", () => {
    fc.assert(
      fc.property(anyJumps, answers, (jumps, oracle) => {
        expect(interpret(structured(jumps), oracle, FUEL)).toEqual(interpret(jumps, oracle, FUEL));
      }),
      { numRuns: 3_000 },
    );
  });

  test("do so before they are tidied, too", () => {
    fc.assert(
      fc.property(anyJumps, answers, (jumps, oracle) => {
        expect(interpret(structureJumps(jumps, createLabels()), oracle, FUEL)).toEqual(interpret(jumps, oracle, FUEL));
      }),
      { numRuns: 1_000 },
    );
  });

  test("are well formed, and hold no label or step that nothing leads to", () => {
    fc.assert(
      fc.property(anyJumps, (jumps) => {
        const result = structured(jumps);
        expect(faults(result, new Map())).toEqual([]);
        const used = new Set(allSteps(result).flatMap((step) => (step.kind === "break" ? [step.label] : [])));
        const unused = allSteps(result).filter((step) => step.kind === "block" && !used.has(step.label));
        expect(unused).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("repeat no call, and few other steps", () => {
    fc.assert(
      fc.property(anyJumps, (jumps) => {
        const before = reachable(jumps).flatMap(stepsOfBlock);
        const after = allSteps(structured(jumps));
        const count = (steps: Step[], kinds: readonly string[]): number =>
          steps.filter(({ kind }) => kinds.includes(kind)).length;
        expect(count(after, ["call"])).toBeLessThanOrEqual(count(before, ["call"]));
        const edges = blockGraph(jumps).successors.flat().length;
        const simple = ["visit", "finish", "fail"];
        expect(count(after, simple)).toBeLessThanOrEqual(count(before, simple) + 3 * edges);
      }),
      { numRuns: 1_000 },
    );
  });

  test("dispatch only where they are irreducible", () => {
    let irreducible = 0;
    fc.assert(
      fc.property(anyJumps, (jumps) => {
        const dispatches = allSteps(structureJumps(jumps, createLabels())).some((step) => step.kind === "assign");
        if (!isReducible(blockGraph(jumps))) irreducible += 1;
        expect(dispatches).toBe(!isReducible(blockGraph(jumps)));
      }),
      { numRuns: 1_000 },
    );
    expect(irreducible).toBeGreaterThan(0);
  });

  test("stay as they are when they are tidied again", () => {
    fc.assert(
      fc.property(anyJumps, answers, (jumps, oracle) => {
        const once = structured(jumps);
        const twice = tidy(once, createLabels());
        expect(interpret(twice, oracle, FUEL)).toEqual(interpret(once, oracle, FUEL));
        expect(allSteps(twice).length).toBeLessThanOrEqual(allSteps(once).length + 3);
      }),
      { numRuns: 500 },
    );
  });
});
