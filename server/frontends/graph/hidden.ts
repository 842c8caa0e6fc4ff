import type { GuardLink, GuardTask } from "../../ir/guards.ts";
import { builtinOf, type Node } from "./nodes.ts";

/**
 * Tasks that stand for no node. An inclusive split has one for each way out of it, as each is decided by itself; a node
 * with `before` has a gate that asks whether it may still run.
 */
export const TAKEN = "taken";
export const LEFT = "left";
export const OPEN = "open";
export const CLOSED = "closed";

/** The way out of an inclusive split that is taken where no other is. */
export const defaultWay = "default";

export function isInclusive({ component }: Node): boolean {
  return builtinOf(component) === "multiChoice";
}

export function wayKey(node: Node, port: string): string {
  return `${node.key}.${port}`;
}

export function wayLink(node: Node, port: string): GuardLink {
  return { from: wayKey(node, port), outcome: port === defaultWay ? null : TAKEN };
}

/** What the default way out waits for: that the split has run, and that all other ways are left. */
export function defaultLinks(node: Node): readonly GuardLink[] {
  const others = node.outputs.filter((port) => port !== defaultWay);
  return [{ from: node.key, outcome: null }, ...others.map((port) => ({ from: wayKey(node, port), outcome: LEFT }))];
}

export function waysOf(node: Node): readonly GuardTask[] {
  if (!isInclusive(node)) return [];
  return node.outputs.map((port): GuardTask => {
    const id = wayKey(node, port);
    if (port === defaultWay) return { id, outcomes: [], incoming: defaultLinks(node), join: { kind: "all" } };
    return { id, outcomes: [TAKEN, LEFT], incoming: [{ from: node.key, outcome: null }], join: { kind: "any" } };
  });
}

export function gateKey(node: Node): string {
  return `${node.key}.before`;
}

export function openLink(node: Node): GuardLink {
  return { from: gateKey(node), outcome: OPEN };
}
