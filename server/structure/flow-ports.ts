import type { Variable } from "../ir/expression.ts";
import type { Guard } from "../ir/guards.ts";
import type { Link, Step, Task } from "../ir/program.ts";
import type { FlowGraph, FlowNode } from "./flow-graph.ts";
import type { Notes } from "./flow-notes.ts";
import { assign, read, sequence } from "./flow-steps.ts";

/** The steps of links, made so that of several links that give a variable its value the first in the document wins. */
export interface Ports {
  /** What to run when the link is taken. */
  stepsOf(link: Link): readonly Step[];
  /** What to run before a task, to choose among values of links that were all taken. */
  stepsBefore(node: FlowNode): readonly Step[];
}

/** Each link is compared with no more earlier ones than this; the others are chosen among at run time. */
const MAX_COMPARED_LINKS = 8;

/** A variable that several links assign, any of which may be taken together. */
interface Conflict {
  readonly variable: Variable;
  readonly candidates: readonly { readonly link: Link; readonly own: Variable }[];
}

export function portsOf(graph: FlowGraph, notes: Notes): Ports {
  const replaced = new Map<Link, Map<Variable, Variable | null>>();
  const conflicts = new Map<Task, Conflict[]>();

  for (const node of graph.nodes) {
    if (node.isGate || node.task.incoming.length < 2) continue;
    for (const [variable, links] of assignedBy(node.task.incoming)) {
      if (links.length > 1) settle(node, variable, links);
    }
  }

  function settle(node: FlowNode, variable: Variable, links: readonly Link[]): void {
    const kept = links.filter((link, index) => {
      const isShadowed = isCovered(node, links, index);
      if (isShadowed) replace(link, variable, null);
      return !isShadowed;
    });
    if (areExclusive(kept)) return;
    const candidates = kept.map((link) => ({
      link,
      own: { name: `${variable.name} from ${link.from}`, type: variable.type, role: "local" } as const,
    }));
    for (const { link, own } of candidates) replace(link, variable, own);
    conflicts.set(node.task, [...(conflicts.get(node.task) ?? []), { variable, candidates }]);
    for (const link of kept) notes.of(link.from, link.outcome);
  }

  function replace(link: Link, variable: Variable, by: Variable | null): void {
    const map = replaced.get(link) ?? new Map<Variable, Variable | null>();
    replaced.set(link, map.set(variable, by));
  }

  function taken(link: Link): Guard {
    return graph.guards.taken({ from: graph.keyOf(graph.placeOfTask(link.from)), outcome: link.outcome });
  }

  /** Whether one of the first links is taken whenever this later one is, and known to be before the task starts. */
  function isCovered(node: FlowNode, links: readonly Link[], index: number): boolean {
    const link = links[index];
    return links.slice(0, Math.min(index, MAX_COMPARED_LINKS)).some((earlier) => {
      if (link === undefined) return false;
      return startsEarly(node) ? isSame(earlier, link) : graph.guards.implies(taken(link), taken(earlier));
    });
  }

  function areExclusive(links: readonly Link[]): boolean {
    let any: Guard = 0;
    return links.every((link) => {
      const isExclusive = graph.guards.exclusive(any, taken(link));
      any = graph.guards.or(any, taken(link));
      return isExclusive;
    });
  }

  function startsEarly(node: FlowNode): boolean {
    return node.waitsFor.some((place) => graph.nodes[place]?.isGate === true && graph.nodes[place]?.task === node.task);
  }

  function stepsOf(link: Link): readonly Step[] {
    const replacements = replaced.get(link);
    if (replacements === undefined) return link.steps;
    return link.steps.flatMap((step): readonly Step[] => {
      const by = step.kind === "assign" ? replacements.get(step.variable) : undefined;
      if (step.kind !== "assign" || by === undefined) return [step];
      return by === null ? [] : [{ ...step, variable: by }];
    });
  }

  function stepsBefore(node: FlowNode): readonly Step[] {
    if (node.isGate) return [];
    return (conflicts.get(node.task) ?? []).map(({ variable, candidates }): Step => {
      const { origin } = node.task;
      const cases = candidates.map(({ link, own }) => ({
        when: read(notes.of(link.from, link.outcome), origin),
        then: sequence([assign(variable, read(own, link.origin))]),
      }));
      return { kind: "decide", cases, otherwise: null, origin };
    });
  }

  return { stepsOf, stepsBefore };
}

function isSame(a: Link, b: Link): boolean {
  return a.from === b.from && a.outcome === b.outcome;
}

function assignedBy(links: readonly Link[]): ReadonlyMap<Variable, readonly Link[]> {
  const found = new Map<Variable, Link[]>();
  for (const link of links) {
    for (const step of link.steps) {
      if (step.kind !== "assign") continue;
      const known = found.get(step.variable);
      if (known === undefined) found.set(step.variable, [link]);
      else if (known.at(-1) !== link) known.push(link);
    }
  }
  return found;
}
