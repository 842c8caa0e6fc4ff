import { ALWAYS, NEVER } from "../ir/decision-diagram.ts";
import type { Guard } from "../ir/guards.ts";
import type { FlowGraph, FlowNode } from "./flow-graph.ts";

/** A guard as a condition on outcomes that tasks have chosen. */
export type Condition = Chose | { readonly kind: "and" | "or"; readonly conditions: readonly Condition[] };

/** The node chose one of the outcomes; or, with `isNot`, none of them, which a node that was skipped did not either. */
interface Chose {
  readonly kind: "chose";
  readonly node: FlowNode;
  readonly outcomes: readonly string[];
  readonly isNot: boolean;
  /** Whether the node is certain to have run. */
  readonly isCertain: boolean;
}

/** A condition of more tests than this reads worse than links that are noted when taken. */
const MAX_TESTS = 8;

/** The outcomes of a node that `context` leaves possible. */
export function openOutcomes(node: FlowNode, context: Guard, graph: FlowGraph): readonly string[] {
  const key = graph.keyOf(node.place);
  return node.outcomes.filter((outcome) => !graph.guards.exclusive(context, graph.guards.chooses(key, [outcome])));
}

/**
 * The condition that equals `guard` wherever `context` holds; tests stand in the order of their decisions, so that none
 * asks for the outcome of a task that was skipped. Null where it would be too long, or asks what is not decided yet.
 */
export function conditionOf(
  guard: Guard,
  context: Guard,
  graph: FlowGraph,
  isDecided: (node: FlowNode) => boolean,
): Condition | null {
  const { guards } = graph;
  let left = MAX_TESTS;

  function build(part: Guard, known: Guard): Condition | null {
    const first = guards.firstDecision(part);
    const node = graph.nodes[first === null ? -1 : graph.placeOf(first.id)];
    left -= 1;
    if (left < 0 || node === undefined || !isDecided(node)) return null;
    const isCertain = guards.implies(known, graph.guard(node.place));
    const chose = (outcomes: readonly string[], isNot: boolean): Condition => ({
      kind: "chose",
      node,
      outcomes,
      isNot,
      isCertain,
    });
    const key = graph.keyOf(node.place);
    const open = openOutcomes(node, known, graph);
    const under = (outcomes: readonly string[]): Guard => guards.and(known, guards.chooses(key, outcomes));
    const groups = [...Map.groupBy(open, (outcome) => guards.given(part, under([outcome])))];
    const terms: Condition[] = [];
    for (const [index, [rest, outcomes]] of groups.entries()) {
      if (rest === NEVER) continue;
      // Where the node was skipped its outcome does not matter: any one group can stand for that, and the last one does.
      const isElse = !isCertain && index === groups.length - 1;
      const test = isElse
        ? chose(
            open.filter((outcome) => !outcomes.includes(outcome)),
            true,
          )
        : chose(outcomes, false);
      if (rest === ALWAYS) {
        terms.unshift(test);
        continue;
      }
      const inner = build(rest, under(outcomes));
      if (inner === null) return null;
      const needsNoTest = groups.length === 1 || (groups.length === 2 && groups.some(([other]) => other === ALWAYS));
      terms.push(needsNoTest ? inner : { kind: "and", conditions: [test, inner] });
    }
    const [only] = terms;
    return terms.length === 1 && only !== undefined ? only : { kind: "or", conditions: terms };
  }

  return build(guards.given(guard, context), context);
}

/** The nodes whose outcomes a condition tests. */
export function testsOf(condition: Condition): readonly Chose[] {
  return condition.kind === "chose" ? [condition] : condition.conditions.flatMap(testsOf);
}
