import { type Guard, type Guards, type GuardTask, guardsOf, neededLinks } from "../../ir/guards.ts";
import type { Connection } from "./connections.ts";
import type { Node } from "./nodes.ts";
import type { Order } from "./order.ts";

/** Which results are certain to exist where, in one graph. */
export interface Certainty {
  /**
   * Why a result of `used` under `outcome` may be missing when `user` starts; "" where it is certain. A `user` of null
   * is the end of the graph, when all nodes have ended.
   */
  doubt(used: Node, outcome: string | null, user: Node | null): string;
  /** The same for the connections to a port, of which one must be taken. */
  doubtOfAny(connections: readonly Connection[], user: Node): string;
  /** The outcomes of a node of which exactly one comes about; empty: it decides nothing. */
  outcomesOf(node: Node): readonly string[];
  /** Its failures that are connected from, named ones first. */
  caughtOf(node: Node): readonly string[];
  /** The outcome under which a connection is taken. */
  outcomeOf(connection: Connection): string | null;
  /** The outcome under which a port has a value. */
  outcomeOfPort(node: Node, port: string | null): string | null;
}

export function certaintyOf(order: Order): Certainty {
  const caught = new Map(order.nodes.map((node) => [node, caughtPorts(node, order.outgoing.get(node) ?? [])]));
  const caughtOf = (node: Node): readonly string[] => caught.get(node) ?? [];
  const outcomeOfPort = (node: Node, port: string | null): string | null => {
    if (port !== null && isFailure(node, port)) return port;
    if (node.component?.exclusive === true) return port;
    return caughtOf(node).length > 0 ? successOf(caughtOf(node)) : null;
  };
  const outcomeOf = (connection: Connection): string | null => outcomeOfPort(connection.from, connection.fromPort);
  const outcomesOf = (node: Node): readonly string[] => {
    if (node.component?.exclusive === true) return [...node.outputs, ...caughtOf(node)];
    return caughtOf(node).length > 0 ? [successOf(caughtOf(node)), ...caughtOf(node)] : [];
  };
  const ended = createEnded(order);
  const tasks = order.nodes.map((node): GuardTask => {
    const incoming = (order.incoming.get(node) ?? []).map((connection) => ({
      from: connection.from.id,
      outcome: outcomeOf(connection),
    }));
    const isEarly = node.join.kind === "first" || node.join.kind === "count";
    const knows = (id: string): boolean => ended.isEndedId(id, node);
    return { id: node.id, outcomes: outcomesOf(node), incoming, join: node.join, ...(isEarly && { knows }) };
  });
  const guards = guardsOf(tasks);
  const taken = (connection: Connection): Guard =>
    guards.taken({ from: connection.from.id, outcome: outcomeOf(connection) });
  /** Whether one of the connections is taken by the time that the join holds, or never. */
  const isDecided = (connections: readonly Connection[], user: Node): boolean => {
    const links = order.incoming.get(user)?.length ?? 0;
    if (links - connections.length < neededLinks(user.join, links) && user.join.kind !== "any") return true;
    return connections.every((connection) => ended.isEnded(connection.from, user));
  };
  return {
    caughtOf,
    outcomeOf,
    outcomeOfPort,
    outcomesOf,
    doubt(used, outcome, user) {
      if (order.isCyclic) return "";
      if (user !== null && !ended.isEnded(used, user))
        return `no connection makes \`${user.id}\` wait for \`${used.id}\``;
      const exists = guards.taken({ from: used.id, outcome });
      return isCertain(guards, exists, user) ? "" : whySkipped(used, outcome, user, guards);
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
  return user === null ? guards.isAlways(exists) : guards.implies(guards.of(user.id), exists);
}

function whySkipped(used: Node, outcome: string | null, user: Node | null, guards: Guards): string {
  const here = user === null ? "the workflow can end" : `\`${user.id}\` can run`;
  const runs = isCertain(guards, guards.of(used.id), user);
  return runs && outcome !== null
    ? `${here} where \`${used.id}\` has another outcome`
    : `${here} where \`${used.id}\` is skipped`;
}

function isFailure(node: Node, port: string): boolean {
  return node.failures.includes(port);
}

/** `error` takes any failure, so that it comes last. */
function caughtPorts(node: Node, outgoing: readonly Connection[]): readonly string[] {
  const ports = new Set(
    outgoing.flatMap(({ fromPort }) => (fromPort !== null && isFailure(node, fromPort) ? [fromPort] : [])),
  );
  return [...[...ports].filter((port) => port !== "error"), ...(ports.has("error") ? ["error"] : [])];
}

/** The outcome of success, which must not be the name of an error. */
export function successOf(caught: readonly string[]): string {
  return caught.includes("ok") ? "ok!" : "ok";
}

interface Ended {
  isEnded(used: Node, user: Node): boolean;
  isEndedId(id: string, user: Node): boolean;
}

/** For each node the set of nodes that have ended or been skipped when it starts, a bit each. */
function createEnded(order: Order): Ended {
  const indexes = new Map(order.nodes.map((node, index) => [node.id, index]));
  const words = (order.nodes.length + 31) >> 5;
  const sets = new Map<Node, Uint32Array>();
  for (const node of order.nodes) {
    const incoming = order.incoming.get(node) ?? [];
    const isEarly =
      (node.join.kind === "first" || (node.join.kind === "count" && node.join.count < incoming.length)) &&
      incoming.length > 1;
    const set = new Uint32Array(words);
    for (const [place, { from }] of incoming.entries()) {
      const before = (sets.get(from) ?? new Uint32Array(words)).slice();
      const index = indexes.get(from.id) ?? 0;
      before[index >> 5] = (before[index >> 5] ?? 0) | (1 << (index & 31));
      for (let word = 0; word < words; word++) {
        const [own, other] = [set[word] ?? 0, before[word] ?? 0];
        set[word] = isEarly && place > 0 ? own & other : own | other;
      }
    }
    sets.set(node, set);
  }
  const isEndedId = (id: string, user: Node): boolean => {
    const index = indexes.get(id);
    return index !== undefined && (((sets.get(user)?.[index >> 5] ?? 0) >>> (index & 31)) & 1) === 1;
  };
  return { isEnded: (used, user) => isEndedId(used.id, user), isEndedId };
}
