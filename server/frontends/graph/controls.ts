import { itemsOrReport, type Place, reportValue, shown, suggest } from "../../components/fields.ts";
import type { Findings } from "../../diagnostics/diagnostic.ts";
import { originOf, type StringTree } from "../../source/tree.ts";
import type { Ended } from "./ended.ts";
import { builtinOf, type Graph, loopName, type Node, takesTime } from "./nodes.ts";
import type { Order } from "./order.ts";

/** What the nodes of a graph do to each other besides their connections. */
export interface Controls {
  isCancellable(node: Node): boolean;
  isCompletable(node: Node): boolean;
  /** Whether another node may only run before this one has begun. */
  isMilestone(node: Node): boolean;
  /** What a cancelling join cancels once it holds. */
  restOf(node: Node): readonly Node[];
  /** What ends waiting when this node begins. */
  withdrawnBy(node: Node): readonly Node[];
  /** The nodes that a `core.cancel` or a `core.complete` names. */
  targetsOf(node: Node): readonly Node[];
  /** Whether any of this is used. */
  readonly names: readonly string[];
}

export function controlsOf(graph: Graph, order: Order, ended: Ended, findings: Findings): Controls {
  const byId = Map.groupBy(graph.nodes.values(), (node) => node.id);
  const targets = new Map<Node, readonly Node[]>();
  const rests = new Map<Node, readonly Node[]>();
  const withdrawn = new Map<Node, Node[]>();
  const milestones = new Set<Node>();
  const completable = new Set<Node>();
  const cancellable = new Set<Node>();

  const find = (tree: StringTree, place: Place): readonly Node[] => {
    const found = byId.get(tree.value);
    if (found !== undefined) return found;
    reportUnknown(tree, byId.keys(), place);
    return [];
  };
  for (const node of graph.nodes.values()) {
    const place = { findings, node: node.id };
    const builtin = builtinOf(node.component);
    if (builtin === "cancel") targets.set(node, readTargets(node, find, place));
    if (builtin === "complete") targets.set(node, readLoop(node, find, place));
    for (const target of targets.get(node) ?? []) (builtin === "cancel" ? cancellable : completable).add(target);
    if (node.cancelsRest)
      rests.set(
        node,
        [...ancestorsOf(node, order)].filter((one) => takesTime(one) && !ended.isEnded(one, node)),
      );
    for (const one of rests.get(node) ?? []) cancellable.add(one);
    for (const later of node.before === null ? [] : find(node.before, place)) {
      checkBefore(node, later, order, place);
      milestones.add(later);
      if (builtin !== "receive" && builtin !== "pick") continue;
      cancellable.add(node);
      withdrawn.set(later, [...(withdrawn.get(later) ?? []), node]);
    }
  }
  return {
    isCancellable: (node) => cancellable.has(node),
    isCompletable: (node) => completable.has(node),
    isMilestone: (node) => milestones.has(node),
    restOf: (node) => rests.get(node) ?? [],
    withdrawnBy: (node) => withdrawn.get(node) ?? [],
    targetsOf: (node) => targets.get(node) ?? [],
    names: [...new Set([...[...cancellable, ...milestones].map(({ id }) => id), ...[...completable].map(loopName)])],
  };
}

type Find = (tree: StringTree, place: Place) => readonly Node[];

function readTargets(node: Node, find: Find, place: Place): readonly Node[] {
  const tree = node.given.get("nodes")?.value;
  return itemsOrReport(tree, "nodes", place).flatMap((item) => {
    if (item.kind !== "string") {
      reportValue(item, "nodes", "the id of a node", place);
      return [];
    }
    const found = find(item, place);
    if (found.every(takesTime)) return found;
    reportValue(item, "nodes", "a node that takes time, which can be cancelled meanwhile", place);
    return [];
  });
}

function readLoop(node: Node, find: Find, place: Place): readonly Node[] {
  const tree = node.given.get("node")?.value;
  if (tree?.kind !== "string") return [];
  const found = find(tree, place);
  if (found.every((one) => builtinOf(one.component) === "forEach")) return found;
  reportValue(tree, "node", "the id of a `core.forEach`", place);
  return [];
}

/** A node that comes after another cannot run before it, and one that the other waits for always does. */
function checkBefore(node: Node, later: Node, order: Order, place: Place): void {
  if (node.before === null) return;
  const isLate = node === later || ancestorsOf(node, order).has(later);
  if (!isLate && !ancestorsOf(later, order).has(node)) return;
  reportValue(node.before, "before", "a node that no connections lead to or from", place);
}

function ancestorsOf(node: Node, order: Order): ReadonlySet<Node> {
  const found = new Set<Node>();
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { from } of order.incoming.get(next) ?? []) {
      if (found.has(from)) continue;
      found.add(from);
      open.push(from);
    }
  }
  return found;
}

function reportUnknown(tree: StringTree, ids: Iterable<string>, place: Place): void {
  const nearest = suggest(tree.value, ids, place);
  const fixes =
    nearest === ""
      ? []
      : [{ title: `Write \`${nearest}\``, patch: [{ op: "replace", path: tree.pointer, value: nearest } as const] }];
  place.findings.report(
    "WF_VALIDATION_006",
    originOf(tree, place.node),
    { node: shown(tree.value), nearest },
    { fixes },
  );
}
