import type { GuardLink } from "../../ir/guards.ts";
import { type Certainty, caughtPorts, outcomeOfPort, outcomesWith } from "./certainty.ts";
import type { Connection } from "./connections.ts";
import type { Graph, Node } from "./nodes.ts";

/** The ways through nodes of which one runs at a time. */
export interface Paths extends Certainty {
  readonly start: Node | null;
  incoming(node: Node): readonly Connection[];
  outgoing(node: Node): readonly Connection[];
}

/** A result is certain to exist where every path from the start has led through the outcome that it comes with. */
export function pathsOf(graph: Graph, start: Node | null): Paths {
  const into = Map.groupBy(graph.connections, ({ to }) => to);
  const outOf = Map.groupBy(graph.connections, ({ from }) => from);
  const incoming = (node: Node): readonly Connection[] => into.get(node) ?? [];
  const outgoing = (node: Node): readonly Connection[] => outOf.get(node) ?? [];
  const caughtOf = (node: Node): readonly string[] => caughtPorts(node, outgoing(node), false);
  const linkOfPort = (node: Node, port: string | null): GuardLink => {
    return { from: node.key, outcome: outcomeOfPort(node, port, caughtOf(node)) };
  };
  const linkOf = ({ from, fromPort }: Connection): GuardLink => linkOfPort(from, fromPort);
  const reached = new Map<string, ReadonlySet<Node | null>>();

  /** The nodes, and null for the end, that a path reaches on which `used` has never had the outcome. */
  function without(used: Node, outcome: string | null): ReadonlySet<Node | null> {
    const key = JSON.stringify([used.key, outcome]);
    const known = reached.get(key);
    if (known !== undefined) return known;
    const found = new Set<Node | null>(start === null ? [] : [start]);
    for (const node of found) {
      if (node === null) continue;
      const left = (own: string | null): boolean => node !== used || (outcome !== null && own !== outcome);
      for (const connection of outgoing(node)) if (left(linkOf(connection).outcome)) found.add(connection.to);
      if (exitsOf(node).some(left)) found.add(null);
    }
    reached.set(key, found);
    return found;
  }

  /** The outcomes of a node after which there is nothing to run. */
  function exitsOf(node: Node): readonly (string | null)[] {
    const followed = new Set(outgoing(node).map((connection) => linkOf(connection).outcome));
    const outcomes = outcomesWith(node, caughtOf(node));
    if (followed.has(null)) return [];
    return outcomes.length === 0 ? [null] : outcomes.filter((outcome) => !followed.has(outcome));
  }

  return {
    start,
    incoming,
    outgoing,
    caughtOf,
    linkOf,
    doubt(used, port, user) {
      if (!without(used, linkOfPort(used, port).outcome).has(user)) return "";
      const where = user === null ? "the end" : `\`${user.id}\``;
      return `a path leads to ${where} without it`;
    },
    doubtOfAny(connections, user) {
      if (user === start) return `\`${user.id}\` is where it begins`;
      return incoming(user).every((one) => connections.includes(one))
        ? ""
        : `\`${user.id}\` can be reached over a connection that does not bring it`;
    },
  };
}
