import { type Guard, type GuardLink, type Guards, type GuardTask, guardsOf, neededLinks } from "../../ir/guards.ts";
import type { Connection } from "./connections.ts";
import type { Controls } from "./controls.ts";
import type { Ended } from "./ended.ts";
import { CLOSED, gateKey, isInclusive, OPEN, openLink, wayLink, waysOf } from "./hidden.ts";
import type { Node } from "./nodes.ts";
import type { Order } from "./order.ts";
import { cancelledPort } from "./policies.ts";

/** Which results are certain to exist where, in one graph. */
export interface Certainty {
  /**
   * Why a port of `used` may have no value when `user` starts; "" where it is certain to have one. A `user` of null is
   * the end of the graph, when all nodes have ended.
   */
  doubt(used: Node, port: string | null, user: Node | null): string;
  /** The same for the connections to a port, of which one must be taken. */
  doubtOfAny(connections: readonly Connection[], user: Node): string;
  /** Its failures that something follows, named ones first. */
  caughtOf(node: Node): readonly string[];
  /** The task that a connection comes from, and the outcome of it under which it is taken. */
  linkOf(connection: Connection): GuardLink;
}

export function certaintyOf(order: Order, ended: Ended, controls: Controls): Certainty {
  const caught = new Map(
    order.nodes.map((node) => [node, caughtPorts(node, order.outgoing.get(node) ?? [], controls.isCancellable(node))]),
  );
  const caughtOf = (node: Node): readonly string[] => caught.get(node) ?? [];
  const linkOfPort = (node: Node, port: string | null): GuardLink => {
    const isWay = port !== null && isInclusive(node) && node.outputs.includes(port);
    return isWay ? wayLink(node, port) : { from: node.key, outcome: outcomeOfPort(node, port, caughtOf(node)) };
  };
  const linkOf = ({ from, fromPort }: Connection): GuardLink => linkOfPort(from, fromPort);
  const outcomesOf = (node: Node): readonly string[] => outcomesWith(node, caughtOf(node));
  const tasks = order.nodes.flatMap((node): GuardTask[] => {
    const incoming = (order.incoming.get(node) ?? []).map(linkOf);
    const isEarly = node.join.kind === "first" || node.join.kind === "count";
    const knows = (key: string): boolean => ended.isEndedKey(key, node);
    // What it cancels itself it cancels only once it runs.
    const assumes = controls.restOf(node).map((rest) => ({ id: rest.key, outcome: successOf(caughtOf(rest)) }));
    const joined = { incoming, join: node.join, ...(isEarly && { knows }), ...(assumes.length > 0 && { assumes }) };
    const own = { id: node.key, outcomes: outcomesOf(node) };
    if (node.before === null) return [{ ...own, ...joined }, ...waysOf(node)];
    const open = { incoming: [openLink(node)], join: { kind: "any" } } as const;
    return [{ id: gateKey(node), outcomes: [OPEN, CLOSED], ...joined }, { ...own, ...open }, ...waysOf(node)];
  });
  const guards = guardsOf(tasks);
  const stops = order.nodes
    .filter((node) => node.component?.type === "core.fail" && caughtOf(node).length === 0)
    .map((node) => guards.of(node.key))
    .reduce((a, b) => guards.or(a, b), guards.of(""));
  const taken = (connection: Connection): Guard => guards.taken(linkOf(connection));
  /** Whether one of the connections is taken by the time that the join holds, or never. */
  const isDecided = (connections: readonly Connection[], user: Node): boolean => {
    const links = order.incoming.get(user)?.length ?? 0;
    if (links - connections.length < neededLinks(user.join, links) && user.join.kind !== "any") return true;
    return connections.every((connection) => ended.isEnded(connection.from, user));
  };
  return {
    caughtOf,
    linkOf,
    doubt(used, port, user) {
      if (order.isCyclic) return "";
      if (user !== null && !ended.isEnded(used, user))
        return `no connection makes \`${user.id}\` wait for \`${used.id}\``;
      const link = linkOfPort(used, port);
      const exists = guards.taken(link);
      // Where a node fails for good, the end of the graph is not reached.
      return isCertain(guards, user === null && guards.exact ? guards.or(exists, stops) : exists, user)
        ? ""
        : whySkipped(used, link.outcome, user, guards);
    },
    doubtOfAny(connections, user) {
      if (order.isCyclic) return "";
      const any = connections.map(taken).reduce((a, b) => guards.or(a, b));
      if (isDecided(connections, user) && isCertain(guards, any, user)) return "";
      return `\`${user.id}\` can run where ${connections.length > 1 ? "none of the connections to this port is" : "this connection is not"} taken`;
    },
  };
}

function isCertain(guards: Guards, exists: Guard, user: Node | null): boolean {
  return user === null ? guards.isAlways(exists) : guards.implies(guards.of(user.key), exists);
}

function whySkipped(used: Node, outcome: string | null, user: Node | null, guards: Guards): string {
  const here = user === null ? "the workflow can end" : `\`${user.id}\` can run`;
  const runs = isCertain(guards, guards.of(used.key), user);
  return runs && outcome !== null
    ? `${here} where \`${used.id}\` has another outcome`
    : `${here} where \`${used.id}\` is skipped`;
}

function isFailure(node: Node, port: string): boolean {
  return node.failures.includes(port);
}

/** The outcome of a node under which a port has a value; null: it has one whenever the node has run. */
export function outcomeOfPort(node: Node, port: string | null, caught: readonly string[]): string | null {
  if (port !== null && isFailure(node, port)) return port;
  if (node.component?.exclusive === true) return port;
  return caught.length > 0 ? successOf(caught) : null;
}

/** The outcomes of a node of which exactly one comes about; empty: it decides nothing. */
export function outcomesWith(node: Node, caught: readonly string[]): readonly string[] {
  if (node.component?.exclusive === true) return [...node.outputs, ...caught];
  return caught.length > 0 ? [successOf(caught), ...caught] : [];
}

/** `error` takes any failure, so that it comes last. */
export function caughtPorts(node: Node, outgoing: readonly Connection[], isCancellable: boolean): readonly string[] {
  const ports = new Set(
    outgoing.flatMap(({ fromPort }) => (fromPort !== null && isFailure(node, fromPort) ? [fromPort] : [])),
  );
  if (isCancellable) ports.add(cancelledPort);
  return [...[...ports].filter((port) => port !== "error"), ...(ports.has("error") ? ["error"] : [])];
}

/** The outcome of success, which must not be the name of an error. */
export function successOf(caught: readonly string[]): string {
  return caught.includes("ok") ? "ok!" : "ok";
}
