import { suggest } from "../../components/fields.ts";
import type { Findings, Origin } from "../../diagnostics/diagnostic.ts";
import type { Environment } from "../../expressions/environment.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import { invalid, type MemberType, nullType, type ObjectType } from "../../ir/types.ts";
import type { Certainty } from "./certainty.ts";
import { connectFix } from "./missing-connection.ts";
import type { Node } from "./nodes.ts";
import type { Order } from "./order.ts";

/** A port's value as an expression that stands at `origin`. */
export type PortValue = (origin: Origin) => Expression;

/** Ports with null carry no data: those of decisions and merges that nothing is passed on by. */
export type Ports = ReadonlyMap<string, PortValue | null>;

/** The value of a port of a node; invalid where the node could not be lowered, which was reported. */
export function portValueAt(ports: Ports | undefined, port: string, origin: Origin): Expression {
  const value = ports?.get(port);
  if (value === null) return { kind: "literal", value: null, type: nullType, origin };
  return value === undefined ? invalidValue(origin) : value(origin);
}

type Resolved = Expression | "reported" | null;

/** What expressions in a graph can name. `user` is the node that asks; null is the end of the graph. */
export interface Scope {
  names(): Iterable<string>;
  resolve(name: string, user: Node | null, origin: Origin): Resolved;
  resolveMember(name: string, member: string, user: Node | null, origin: Origin): Resolved;
}

export interface ScopeParts {
  /** The input and what containers bind, by name. */
  readonly variables: ReadonlyMap<string, Variable>;
  readonly nodes: ReadonlyMap<string, Node>;
  /** The ports of the nodes that have been lowered. */
  readonly ports: ReadonlyMap<Node, Ports>;
  readonly certainty: Certainty;
  /** Of the nodes; where it is given, a connection that is missing can be offered. */
  readonly order?: Order;
  /** The graph around, and the container in it whose graph this is. */
  readonly outer: { readonly scope: Scope; readonly user: Node } | null;
  readonly findings: Findings;
}

/** Where there are many findings, each unknown name is compared with no more nodes than this. */
const maxNamed = 200;

export function createScope(parts: ScopeParts): Scope {
  const { variables, nodes, outer } = parts;
  const nodeNamed = (name: string, user: Node | null, origin: Origin): Resolved => {
    const node = nodes.get(name);
    return node === undefined
      ? (outer?.scope.resolveMember("nodes", name, outer.user, origin) ?? null)
      : wholeNode(node, user, origin, parts);
  };
  return {
    *names() {
      yield* variables.keys();
      yield* parts.findings.list.length < maxNamed ? nodes.keys() : [...nodes.keys()].slice(0, maxNamed);
      if (outer !== null) yield* outer.scope.names();
    },
    resolve(name, user, origin) {
      const variable = variables.get(name);
      if (variable !== undefined) return read(variable, origin);
      if (nodes.has(name)) return nodeNamed(name, user, origin);
      return outer?.scope.resolve(name, outer.user, origin) ?? null;
    },
    resolveMember(name, member, user, origin) {
      if (variables.has(name)) return null;
      if (name === "nodes") return nodeNamed(member, user, origin);
      const node = nodes.get(name);
      return node === undefined
        ? (outer?.scope.resolveMember(name, member, outer.user, origin) ?? null)
        : portOf(node, member, user, origin, parts);
    },
  };
}

export function environmentOf(scope: Scope, user: Node | null, node: string, findings: Findings): Environment {
  return {
    findings,
    node,
    names: { [Symbol.iterator]: () => scope.names()[Symbol.iterator]() },
    resolve: (name, origin) => scope.resolve(name, user, origin),
    resolveMember: (name, member, origin) => scope.resolveMember(name, member, user, origin),
  };
}

export function read(variable: Variable, origin: Origin): Expression {
  return { kind: "variable", variable, type: variable.type, origin };
}

/** Stands for a value that could not be made, which was reported. */
export function invalidValue(origin: Origin): Expression {
  return { kind: "literal", value: null, type: invalid, origin };
}

function portOf(node: Node, port: string, user: Node | null, origin: Origin, parts: ScopeParts): Resolved {
  const { certainty, findings, ports } = parts;
  if (node.component === null) return invalidValue(origin);
  const known = [...node.outputs, ...certainty.caughtOf(node)];
  if (!known.includes(port)) {
    const isCaught = node.failures.includes(port);
    const of = isCaught ? `\`${node.id}\` (a port of failures needs a connection)` : `\`${node.id}\``;
    findings.report("WF_TYPE_003", origin, {
      member: port,
      of,
      nearest: isCaught ? "" : suggest(port, known, { findings }),
    });
    return "reported";
  }
  const why = certainty.doubt(node, port, user);
  if (why !== "") {
    const fixes = user === null || parts.order === undefined ? [] : connectFix(node, port, user, parts.order);
    findings.report("WF_TYPE_006", origin, { node: node.id, user: user?.id ?? "output", why }, { fixes });
    return "reported";
  }
  return portValueAt(ports.get(node), port, origin);
}

/** All ports of a node that are certain to have a value. */
function wholeNode(node: Node, user: Node | null, origin: Origin, parts: ScopeParts): Resolved {
  if (node.component === null) return invalidValue(origin);
  const { certainty, findings, ports } = parts;
  const names = [...node.outputs, ...certainty.caughtOf(node)];
  const certain = names.filter((port) => certainty.doubt(node, port, user) === "");
  if (certain.length === 0 && names.length > 0) {
    const why = certainty.doubt(node, names[0] ?? null, user);
    findings.report("WF_TYPE_006", origin, { node: node.id, user: user?.id ?? "output", why });
    return "reported";
  }
  const members = certain.map((key) => ({ key, value: portValueAt(ports.get(node), key, origin) }));
  return { kind: "object", members, type: objectType(members), origin };
}

export function objectType(members: readonly { readonly key: string; readonly value: Expression }[]): ObjectType {
  const types = members.map(({ key, value }): [string, MemberType] => [key, { type: value.type, required: true }]);
  return { kind: "object", members: new Map(types), additional: null };
}
