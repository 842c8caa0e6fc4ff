import { ALWAYS, NEVER } from "../ir/decision-diagram.ts";
import type { Guard } from "../ir/guards.ts";
import type { FlowGraph, FlowNode } from "./flow-graph.ts";

/** A guard as a condition on outcomes that tasks have chosen. */
export type Condition = Chose | Reached | { readonly kind: "and" | "or"; readonly conditions: readonly Condition[] };

/** Any of the links to the node was taken, as was noted then. */
interface Reached {
  readonly kind: "reached";
  readonly node: FlowNode;
}

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

export interface Asking {
  isDecided(node: FlowNode): boolean;
  /** Whether the condition that a node decided by can be asked again, where it is certain to have run. */
  isRepeatable(node: FlowNode): boolean;
}

/**
 * The condition that equals `guard` wherever `context` holds; tests stand in the order of their decisions, so that none
 * asks for the outcome of a task that was skipped, or the last of them stands for all: a task that was skipped has no
 * outcome. Null where it would be too long, or asks what is not decided yet.
 */
export function conditionOf(
  guard: Guard,
  context: Guard,
  graph: FlowGraph,
  { isDecided, isRepeatable }: Asking,
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
      const alone = withoutTests(inner, known, under(outcomes));
      if (alone !== null && !(isRepeatable(node) && testsOf(inner).every((each) => isRepeatable(each.node)))) {
        terms.push(alone);
        continue;
      }
      const needsNoTest = groups.length === 1 || (groups.length === 2 && groups.some(([other]) => other === ALWAYS));
      terms.push(needsNoTest ? inner : { kind: "and", conditions: [test, inner] });
    }
    const [only] = terms;
    return terms.length === 1 && only !== undefined ? only : { kind: "or", conditions: terms };
  }

  /** A test that holds only where all that was tested before does; null for others. */
  function withoutTests(condition: Condition, known: Guard, tested: Guard): Condition | null {
    if (condition.kind !== "chose" || condition.isNot) return null;
    const { place } = condition.node;
    const runs = guards.and(known, graph.guard(place));
    const chose = guards.and(runs, guards.chooses(graph.keyOf(place), condition.outcomes));
    return guards.implies(chose, tested)
      ? { ...condition, isCertain: guards.implies(known, graph.guard(place)) }
      : null;
  }

  return build(guards.given(guard, context), context);
}

/** The nodes whose outcomes a condition tests. */
export function testsOf(condition: Condition): readonly Chose[] {
  switch (condition.kind) {
    case "chose":
      return [condition];
    case "reached":
      return [];
    case "and":
    case "or":
      return condition.conditions.flatMap(testsOf);
    default:
      return condition satisfies never;
  }
}
