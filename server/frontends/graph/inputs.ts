import { inputTypeOf } from "../../components/parse.ts";
import type { Fix, Origin } from "../../diagnostics/diagnostic.ts";
import { coerce } from "../../expressions/coerce.ts";
import { compileValue } from "../../expressions/template.ts";
import { isAssignable } from "../../ir/assignable.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { Step } from "../../ir/program.ts";
import { showType } from "../../ir/show-type.ts";
import { boolean, nullType, type Type, union, unknown } from "../../ir/types.ts";
import { type Member, originOf, originOfKey, pointerToken, type Tree } from "../../source/tree.ts";
import type { Certainty } from "./certainty.ts";
import type { Connection } from "./connections.ts";
import type { GraphContext } from "./context.ts";
import { type Node, reportUnknownGiven } from "./nodes.ts";
import { environmentOf, invalidValue, objectType, type Ports, portValueAt, read, type Scope } from "./scope.ts";

/** What a node is given: the fields under `with` and what connections bring to its ports. */
export interface Inputs {
  /** The value of a field or port; null where it is not given, or could not be made, which was reported. */
  value(name: string): Expression | null;
  /** A field that the component reads itself instead of having it evaluated. */
  tree(name: string): Tree | null;
  /** All that is given, as one object: what an activity takes. */
  readonly object: Expression;
  /** Run before the graph starts. */
  readonly before: readonly Step[];
  /** Run when a connection is taken. Asked for once all nodes are lowered that such a connection may come from. */
  carry(connection: Connection): readonly Step[];
}

export interface InputParts {
  readonly node: Node;
  readonly incoming: readonly Connection[];
  /** Fields that are not evaluated. */
  readonly raw: readonly string[];
  readonly scope: Scope;
  readonly certainty: Certainty;
  readonly ports: ReadonlyMap<Node, Ports>;
  readonly context: GraphContext;
}

interface Given {
  readonly value: Expression;
  /** Null where no connection was taken. */
  readonly mayBeNull: boolean;
}

/** Each such port doubles the object that is written out. */
const maxUncertain = 3;

export function lowerInputs(parts: InputParts): Inputs {
  const { node } = parts;
  const before: Step[] = [];
  const carries = new Map<Connection, () => readonly Step[]>();
  const { values, misspelt } = lowerGiven(parts);
  const reported = new Set([...misspelt, ...[...node.given.keys()].filter((name) => !values.has(name))]);
  for (const [port, connections] of connectionsByPort(parts)) {
    const given = node.given.get(port);
    if (given !== undefined) reportTwice(parts, given, port);
    values.set(port, lowerPort(parts, port, connections, before, carries));
  }
  reportMissing(parts, (name) => values.has(name) || reported.has(name));
  return {
    value: (name) => values.get(name)?.value ?? null,
    tree: (name) => node.given.get(name)?.value ?? null,
    object: objectOf(parts, values),
    before,
    carry: (connection) => carries.get(connection)?.() ?? [],
  };
}

/** The fields under `with` that are evaluated, and those that stand there under another name, which was reported. */
function lowerGiven(parts: InputParts): {
  readonly values: Map<string, Given>;
  readonly misspelt: ReadonlySet<string>;
} {
  const { node, raw, scope, context } = parts;
  const { component } = node;
  const fields = component && inputTypeOf(component).members;
  const environment = environmentOf(scope, node, node.id, context.findings);
  const values = new Map<string, Given>();
  const misspelt = new Set<string>();
  for (const [name, member] of node.given) {
    const field = fields?.get(name);
    if (component !== null && field === undefined)
      misspelt.add(reportUnknownGiven(node, member, fields?.keys() ?? [], context));
    if (raw.includes(name)) continue;
    const value = compileValue(member.value, environment);
    if (value === null) continue;
    const fitted = field && coerce(value, field.type, `\`${name}\` of \`${node.id}\``, context.findings);
    // What built-in ports take is wide; what comes out of them has the type of what was given.
    const isBuiltin = component?.implementation.kind === "builtin";
    values.set(name, { value: isBuiltin ? value : (fitted ?? value), mayBeNull: false });
  }
  return { values, misspelt };
}

function connectionsByPort(parts: InputParts): ReadonlyMap<string, readonly Connection[]> {
  const ports = new Map<string, Connection[]>();
  for (const connection of parts.incoming) {
    if (connection.toPort === null || !carriesData(parts, connection)) continue;
    const list = ports.get(connection.toPort);
    if (list === undefined) ports.set(connection.toPort, [connection]);
    else list.push(connection);
  }
  return ports;
}

/** To the default port only where there are data and `with` does not give it: otherwise the connection is for order alone. */
function carriesData({ node, ports }: InputParts, { from, fromPort, toPort, isPortNamed }: Connection): boolean {
  if (isPortNamed || toPort === null || fromPort === null) return true;
  return !node.given.has(toPort) && ports.get(from)?.get(fromPort) !== null;
}

function reportTwice({ node, context }: InputParts, given: Member, port: string): void {
  const params = {
    fields: `\`with.${port}\` and a connection to \`${node.id}.${port}\``,
    of: `\`${node.id}\``,
    why: "a port takes its value from one of them",
  };
  context.findings.report("WF_VALIDATION_013", originOfKey(given, node.id), params, {
    fixes: [{ title: `Remove \`with.${port}\``, patch: [{ op: "remove", path: given.value.pointer }] }],
  });
}

function reportMissing(parts: InputParts, isGiven: (name: string) => boolean): void {
  const { node, context } = parts;
  if (node.component === null) return;
  const { config, inputs } = node.component;
  const origin = originOf(node.object.byKey.get("with")?.value ?? node.object, node.id);
  for (const [field, { required }] of config) {
    if (!required || isGiven(field) || node.given.has(field)) continue;
    const params = { field, of: `\`with\` of \`${node.id}\`` };
    context.findings.report("WF_VALIDATION_001", origin, params, { fixes: defaultFix(node, field) });
  }
  for (const [port, { required, type }] of inputs) {
    if (!required || isGiven(port)) continue;
    const params = { port, node: node.id, type: showType(type) };
    context.findings.report("WF_VALIDATION_015", node.origin, params, {
      fixes: [...portFix(parts, port, type), ...defaultFix(node, port)],
    });
  }
}

/** The value that the schema of a field or port names as its default. */
function defaultFix({ component, object }: Node, name: string): readonly Fix[] {
  const value = component?.defaults?.get(name);
  if (value === undefined) return [];
  const isThere = object.byKey.get("with")?.value.kind === "object";
  const path = `${object.pointer}/with`;
  const patch = isThere
    ? { op: "add" as const, path: `${path}/${pointerToken(name)}`, value }
    : { op: "add" as const, path, value: { [name]: value } };
  return [{ title: `Give \`${name}\` its default`, patch: [patch] }];
}

/** Where one connection leads to the node for order alone, and its data fit: the one that was meant to bring them. */
function portFix({ node, incoming, ports, certainty }: InputParts, port: string, type: Type): readonly Fix[] {
  const fitting = incoming.filter(({ from, fromPort, toPort, origin }) => {
    const source = from.component?.outputs.size === 1 ? [...from.component.outputs.keys()][0] : "out";
    const value = ports.get(from)?.get(fromPort ?? source ?? "out");
    return toPort === null && value != null && isAssignable(value(origin).type, type) === null;
  });
  const [only] = fitting;
  if (only === undefined || fitting.length > 1 || certainty.doubtOfAny([only], node) !== "") return [];
  const { from, fromPort, origin } = only;
  if (incoming.length > 1 && fromPort !== port) return [];
  const [first] = from.component?.outputs.keys() ?? [];
  const start = fromPort ?? (from.component?.outputs.has("out") ? "out" : (first ?? "out"));
  const patch = [
    { op: "replace" as const, path: `${origin.pointer}/from`, value: `${from.id}.${start}` },
    { op: "replace" as const, path: `${origin.pointer}/to`, value: `${node.id}.${port}` },
  ];
  return [{ title: `Lead \`${from.id}.${start}\` to \`${node.id}.${port}\``, patch }];
}

/** The value that connections bring to a port: read where it comes from, or carried in a variable. */
function lowerPort(
  parts: InputParts,
  port: string,
  connections: readonly Connection[],
  before: Step[],
  carries: Map<Connection, () => readonly Step[]>,
): Given {
  const { node, certainty, context } = parts;
  const isBack = ({ from }: Connection): boolean => !parts.ports.has(from);
  const expected = node.component?.inputs.get(port);
  const [back, ahead] = [connections.filter(isBack), connections.filter((connection) => !isBack(connection))];
  const sources = ahead.map((connection) => ({ connection, value: sourceOf(parts, connection) }));
  for (const { connection, value } of sources) checkConnection(connection, value, expected?.type ?? unknown, context);
  const doubt = certainty.doubtOfAny(connections, node);
  const [first] = sources;
  if (first === undefined) return { value: invalidValue(node.origin), mayBeNull: false };
  if (doubt !== "" && expected?.required === true) {
    const params = { node: first.connection.from.id, user: node.id, why: doubt };
    context.findings.report("WF_TYPE_006", first.connection.origin, params);
  }
  if (connections.length === 1 && doubt === "") return { value: first.value, mayBeNull: false };
  const declared = expected?.type ?? unknown;
  const carried = declared.kind === "unknown" ? union(sources.map(({ value }) => value.type)) : declared;
  const type = doubt === "" ? carried : union([carried, nullType]);
  const variable: Variable = { name: `${node.id} ${port}`, type, role: "local" };
  const { origin } = node;
  if (doubt !== "") before.push(assign(variable, { kind: "literal", value: null, type: nullType, origin }, origin));
  // Of several that may all be taken, `structure/` lets the first in the order of the document win.
  for (const { connection, value } of sources)
    carries.set(connection, () => [assign(variable, value, connection.origin)]);
  for (const connection of back) {
    carries.set(connection, () => {
      const value = sourceOf(parts, connection);
      checkConnection(connection, value, carried, context);
      return [assign(variable, value, connection.origin)];
    });
  }
  return { value: read(variable, origin), mayBeNull: doubt !== "" };
}

function sourceOf({ ports }: InputParts, { from, fromPort, origin }: Connection): Expression {
  return fromPort === null ? invalidValue(origin) : portValueAt(ports.get(from), fromPort, origin);
}

function checkConnection(connection: Connection, value: Expression, expected: Type, { findings }: GraphContext): void {
  const mismatch = isAssignable(value.type, expected);
  if (mismatch === null) return;
  const { from, fromPort, to, toPort, origin } = connection;
  const member =
    mismatch.path === "" ? "" : `: \`${mismatch.path}\` is ${mismatch.found}, and ${mismatch.expected} is needed`;
  findings.report("WF_TYPE_002", origin, {
    from: `${from.id}.${fromPort}`,
    to: `${to.id}.${toPort}`,
    found: showType(value.type),
    expected: showType(expected),
    member,
  });
}

function assign(variable: Variable, value: Expression, origin: Origin): Step {
  return { kind: "assign", variable, value, origin };
}

/** All that is given as one object. A port that may get no value is null where its type allows that, else left out. */
function objectOf(parts: InputParts, values: ReadonlyMap<string, Given>): Expression {
  const { node, context } = parts;
  const { origin } = node;
  const entries = [...values].map(([key, given]) => ({ key, ...given }));
  const isLeftOut = ({ key, mayBeNull }: { key: string; mayBeNull: boolean }): boolean =>
    mayBeNull && isAssignable(nullType, node.component?.inputs.get(key)?.type ?? unknown) !== null;
  const uncertain = entries.filter(isLeftOut);
  if (uncertain.length > maxUncertain) {
    const params = {
      what: `ports of \`${node.id}\` that may get no value`,
      count: String(uncertain.length),
      limit: String(maxUncertain),
    };
    context.findings.report("WF_VALIDATION_016", origin, params);
    return invalidValue(origin);
  }
  const build = (left: readonly (typeof entries)[number][], absent: ReadonlySet<string>): Expression => {
    const [next, ...others] = left;
    if (next !== undefined) {
      const none: Expression = { kind: "literal", value: null, type: nullType, origin };
      const test: Expression = {
        kind: "binary",
        operator: "===",
        left: next.value,
        right: none,
        type: boolean,
        origin,
      };
      const then = build(others, new Set([...absent, next.key]));
      const otherwise = build(others, absent);
      return { kind: "conditional", test, then, otherwise, type: union([then.type, otherwise.type]), origin };
    }
    const members = entries.flatMap((entry) =>
      absent.has(entry.key) ? [] : [{ key: entry.key, value: certainValue(entry, uncertain.includes(entry), node) }],
    );
    return { kind: "object", members, type: objectType(members), origin };
  };
  return build(uncertain, new Set());
}

/** After a test against null. */
function certainValue({ key, value }: { key: string; value: Expression }, tested: boolean, node: Node): Expression {
  const type = node.component?.inputs.get(key)?.type;
  return tested && type !== undefined ? { ...value, type } : value;
}
