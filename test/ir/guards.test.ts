import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Guards, type GuardTask, guardsOf, neededLinks } from "../../server/ir/guards.ts";
import type { Join } from "../../server/ir/program.ts";

function task(
  id: string,
  incoming: readonly string[] = [],
  outcomes: readonly string[] = [],
  join: Join = { kind: "any" },
): GuardTask {
  const links = incoming.map((text) => {
    const [from = "", outcome = null] = text.split(".");
    return { from, outcome };
  });
  return { id, outcomes, incoming: links, join };
}

const sameGuard = (guards: Guards, a: string, b: string): boolean => guards.of(a) === guards.of(b);

describe("guards", () => {
  test("exclusive branches that merge have the guard of their split", () => {
    const guards = guardsOf([
      task("outer", [], ["yes", "no"]),
      task("inner", ["outer.yes"], ["a", "b", "c"]),
      task("left", ["inner.a"]),
      task("middle", ["inner.b"]),
      task("merge", ["left", "middle", "inner.c"]),
      task("other", ["outer.no"]),
      task("end", ["merge", "other"]),
    ]);
    expect(sameGuard(guards, "merge", "inner")).toBe(true);
    expect(guards.isAlways(guards.of("end"))).toBe(true);
    expect(guards.exclusive(guards.of("left"), guards.of("middle"))).toBe(true);
    expect(guards.implies(guards.of("left"), guards.of("inner"))).toBe(true);
    expect(guards.implies(guards.of("inner"), guards.of("left"))).toBe(false);
    expect(guards.firstDecision(guards.of("left"))).toEqual({ id: "outer", possible: 0b01n });
    expect(guards.given(guards.of("left"), guards.of("inner"))).toBe(guards.chooses("inner", ["a"]));
    expect(guards.exact).toBe(true);
  });

  test("joins ask for one, all or so many of the links", () => {
    const sources = [task("a", [], ["x", "y"]), task("b", [], ["x", "y"]), task("c", [], ["x", "y"])];
    const links = ["a.x", "b.x", "c.x"];
    const guards = guardsOf([
      ...sources,
      task("all", links, [], { kind: "all" }),
      task("two", links, [], { kind: "count", count: 2 }),
      task("first", links, [], { kind: "first" }),
      task("any", links),
      task("four", links, [], { kind: "count", count: 4 }),
      task("never", ["a.x", "a.y"], [], { kind: "all" }),
    ]);
    expect(guards.implies(guards.of("all"), guards.of("two"))).toBe(true);
    expect(guards.implies(guards.of("two"), guards.of("any"))).toBe(true);
    expect(guards.implies(guards.of("two"), guards.of("all"))).toBe(false);
    expect(sameGuard(guards, "first", "any")).toBe(true);
    expect(guards.isNever(guards.of("four"))).toBe(true);
    expect(guards.isNever(guards.of("never"))).toBe(true);
  });

  test("links from unknown tasks are never taken, and a cycle is opaque", () => {
    const guards = guardsOf([task("a", ["missing"]), task("b", ["c"]), task("c", ["b"])]);
    expect(guards.isNever(guards.of("a"))).toBe(true);
    expect(guards.exact).toBe(false);
    expect(guards.isAlways(guards.of("b"))).toBe(false);
    expect(guards.exclusive(guards.of("b"), guards.of("c"))).toBe(false);
    expect(guards.isNever(guards.of("unknown"))).toBe(true);
  });

  test("thousands of tasks in a chain of decisions stay exact", () => {
    const count = 5_000;
    const tasks = [task("t0", [], ["ok", "error"])];
    for (let i = 1; i < count; i += 1) tasks.push(task(`t${i}`, [`t${i - 1}.ok`], ["ok", "error"]));
    const all = Array.from({ length: count }, (_, i) => `t${i}.error`);
    const guards = guardsOf([...tasks, task("failed", all), task("end", [`t${count - 1}.ok`, "failed"])]);
    expect(guards.exact).toBe(true);
    expect(guards.implies(guards.of(`t${count - 1}`), guards.of("t7"))).toBe(true);
    expect(guards.isAlways(guards.of("end"))).toBe(true);
  });

  test("what is too entangled becomes opaque instead of slow", () => {
    // Products of sums over distant variables, whose diagrams grow exponentially in this order.
    const sources = Array.from({ length: 120 }, (_, i) => task(`d${i}`, [], ["x", "y"]));
    const pairs = Array.from({ length: 60 }, (_, i) => task(`p${i}`, [`d${i}.x`, `d${i + 60}.x`], [], { kind: "all" }));
    const any = task(
      "any",
      pairs.map((pair) => pair.id),
    );
    const guards = guardsOf([...sources, ...pairs, any, task("after", ["any"])]);
    expect(guards.exact).toBe(false);
    expect(sameGuard(guards, "any", "after")).toBe(true);
    expect(guards.implies(guards.of("any"), guards.of("p0"))).toBe(false);
  });
});

const join: fc.Arbitrary<Join> = fc.oneof(
  fc.constant<Join>({ kind: "any" }),
  fc.constant<Join>({ kind: "all" }),
  fc.constant<Join>({ kind: "first" }),
  fc.integer({ min: 1, max: 3 }).map((count): Join => ({ kind: "count", count })),
);

const graph: fc.Arbitrary<readonly GuardTask[]> = fc
  .array(
    fc.record({
      outcomes: fc.integer({ min: 0, max: 3 }),
      join,
      links: fc.array(fc.nat({ max: 1_000 }), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((drawn) => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `o${i}`);
    return drawn.map((each, index) => ({
      id: `t${index}`,
      outcomes: names(each.outcomes),
      join: each.join,
      incoming:
        index === 0
          ? []
          : each.links.map((draw) => {
              const from = draw % index;
              const outcomes = names(drawn[from]?.outcomes ?? 0);
              return { from: `t${from}`, outcome: outcomes[Math.floor(draw / index) % (outcomes.length + 1)] ?? null };
            }),
    }));
  });

/** Every way to choose an outcome for each task, as the set of tasks that run. */
function runs(tasks: readonly GuardTask[]): Set<string>[] {
  let choices: ReadonlyMap<string, string>[] = [new Map()];
  for (const each of tasks) {
    if (each.outcomes.length > 0)
      choices = choices.flatMap((choice) => each.outcomes.map((o) => new Map(choice).set(each.id, o)));
  }
  return choices.map((choice) => {
    const ran = new Set<string>();
    for (const each of tasks) {
      const taken = each.incoming.filter(
        (l) => ran.has(l.from) && (l.outcome === null || choice.get(l.from) === l.outcome),
      );
      if (each.incoming.length === 0 || taken.length >= neededLinks(each.join, each.incoming.length)) ran.add(each.id);
    }
    return ran;
  });
}

describe("guards agree with trying every choice of outcomes", () => {
  test("implication, exclusion, never, always, and what is left of one given another", () => {
    fc.assert(
      fc.property(graph, (tasks) => {
        const worlds = runs(tasks);
        const guards = guardsOf(tasks);
        expect(guards.exact).toBe(true);
        for (const a of tasks) {
          const whenA = worlds.filter((world) => world.has(a.id));
          expect(guards.isNever(guards.of(a.id))).toBe(whenA.length === 0);
          expect(guards.isAlways(guards.of(a.id))).toBe(whenA.length === worlds.length);
          for (const b of tasks) {
            const [f, g] = [guards.of(a.id), guards.of(b.id)];
            const all = whenA.every((world) => world.has(b.id));
            const none = whenA.every((world) => !world.has(b.id));
            expect(guards.implies(f, g)).toBe(all);
            expect(guards.exclusive(f, g)).toBe(none);
            const left = guards.given(g, f);
            expect(guards.and(left, f)).toBe(guards.and(g, f));
            if (whenA.length > 0 && all) expect(guards.isAlways(left)).toBe(true);
            if (whenA.length > 0 && none) expect(guards.isNever(left)).toBe(true);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
