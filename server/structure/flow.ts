import type { Flow, Sequence } from "../ir/program.ts";
import { type FlowNode, flowGraph } from "./flow-graph.ts";
import { createNotes } from "./flow-notes.ts";
import { planFlow } from "./flow-plan.ts";
import { portsOf } from "./flow-ports.ts";
import { renderPlan } from "./flow-render.ts";
import { sequence } from "./flow-steps.ts";
import { lastingTests } from "./flow-tests.ts";

/**
 * Writes tasks with links as nested statements: `if`, `try` and concurrent branches instead of links. Every task starts
 * as early as its links and join allow, and each that does not run is reported as skipped, once. Regions inside the
 * steps of tasks are sequences already.
 */
export function structureFlow(flow: Flow): Sequence {
  const [first] = flow.tasks;
  const before = flow.before ?? [];
  if (first === undefined) return sequence([...before, ...flow.after]);
  const graph = flowGraph(flow);
  const notes = createNotes(({ from, outcome }) => {
    const { guards } = graph;
    return guards.exact && guards.isAlways(guards.taken({ from: graph.keyOf(graph.placeOfTask(from)), outcome }));
  });
  const ports = portsOf(graph, notes);
  const isCertain = ({ place }: FlowNode): boolean => graph.guards.isAlways(graph.guard(place));
  const testOf = lastingTests(flow, isCertain);
  const plan = planFlow(graph, (node) => testOf(node) !== null);
  const steps = renderPlan(plan, graph, notes, ports, testOf);
  return sequence([...before, ...notes.begin(first.origin), ...steps, ...flow.after]);
}
