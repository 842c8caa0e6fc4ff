import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Graph,
  immediateDominators,
  isReducible,
  loopForest,
  reversePostorder,
} from "../../server/ir/control-flow.ts";

const graph = (...successors: number[][]): Graph => ({ entry: 0, successors });

const anyGraph: fc.Arbitrary<Graph> = fc
  .integer({ min: 1, max: 10 })
  .chain((size) => fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }))
  .map((successors) => ({ entry: 0, successors }));

/** What can be reached from the entry without going through `without`. */
function reached({ entry, successors }: Graph, without: number): Set<number> {
  const seen = new Set<number>();
  const open = entry === without ? [] : [entry];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...(successors[node] ?? []).filter((next) => next !== without));
  }
  return seen;
}

describe("reverse postorder", () => {
  test("has first successors first, and leaves out what cannot be reached", () => {
    expect(reversePostorder(graph([1, 2], [3], [3], [], [0]))).toEqual([0, 1, 2, 3]);
  });

  test("has each node of an acyclic graph before its successors", () => {
    fc.assert(
      fc.property(anyGraph, ({ entry, successors }) => {
        const acyclic = { entry, successors: successors.map((list, node) => list.filter((next) => next > node)) };
        const order = reversePostorder(acyclic);
        for (const node of order) {
          for (const next of acyclic.successors[node] ?? [])
            expect(order.indexOf(next)).toBeGreaterThan(order.indexOf(node));
        }
      }),
    );
  });
});

describe("immediate dominators", () => {
  test("of a diamond and of a loop", () => {
    const diamond = graph([1, 2], [3], [3], [4], [3]);
    expect([...immediateDominators(diamond, reversePostorder(diamond))]).toEqual([0, 0, 0, 0, 3]);
  });

  test("are the nearest nodes without which a node of a reducible graph cannot be reached", () => {
    fc.assert(
      fc.property(anyGraph, (any) => {
        fc.pre(isReducible(any));
        const order = reversePostorder(any);
        const found = immediateDominators(any, order);
        for (const node of order.filter((one) => one !== any.entry)) {
          const dominators = order.filter((other) => other !== node && !reached(any, other).has(node));
          const nearest = dominators.filter((one) =>
            dominators.every((other) => other === one || !reached(any, other).has(one)),
          );
          expect([found[node]]).toEqual(nearest);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("loops", () => {
  test("nest, with the entry of each", () => {
    const forest = loopForest(graph([1], [2], [2, 3], [1, 4], []), 10);
    expect(forest?.loops.map(({ entries, members, depth }) => ({ entries, members, depth }))).toEqual([
      { entries: [1], members: [1, 2, 3], depth: 1 },
      { entries: [2], members: [2], depth: 2 },
    ]);
    expect(forest?.loopOf.map((loop) => loop?.depth ?? 0)).toEqual([0, 1, 2, 1, 0]);
  });

  test("are not listed where they nest deeper than is asked for", () => {
    const nested = graph([1], [1, 0]);
    expect(loopForest(nested, 2)?.loops).toHaveLength(2);
    expect(loopForest(nested, 1)).toBeNull();
  });

  test("with two entries are irreducible", () => {
    const irreducible = graph([1, 2], [2], [1]);
    expect(loopForest(irreducible, 1)?.loops[0]?.entries.toSorted()).toEqual([1, 2]);
    expect(isReducible(irreducible)).toBe(false);
    expect(isReducible(graph([1], [2, 1], [0]))).toBe(true);
  });

  test("graphs are reducible where every retreating edge leads to a dominator", () => {
    fc.assert(
      fc.property(anyGraph, (any) => {
        const order = reversePostorder(any);
        const edges = order.flatMap((node) => (any.successors[node] ?? []).map((next) => [node, next] as const));
        const retreating = edges.filter(([from, to]) => order.indexOf(to) <= order.indexOf(from));
        const dominated = retreating.every(([from, to]) => from === to || !reached(any, to).has(from));
        expect(isReducible(any)).toBe(dominated);
      }),
      { numRuns: 1_000 },
    );
  });
});
