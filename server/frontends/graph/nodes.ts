import type { Builtin, Component } from "../../components/component.ts";
import {
  checkFields,
  itemsOrReport,
  objectOrReport,
  type Place,
  replaceFix,
  reportUnknownField,
  reportValue,
  shown,
  suggest,
  textField,
} from "../../components/fields.ts";
import type { Origin } from "../../diagnostics/diagnostic.ts";
import type { Expression } from "../../ir/expression.ts";
import type { Join, RetryRule } from "../../ir/program.ts";
import { type Member, type ObjectTree, originOf, originOfKey, type StringTree, type Tree } from "../../source/tree.ts";
import { type Connection, readConnections } from "./connections.ts";
import type { GraphContext } from "./context.ts";
import { cancelledPort, durationField, milliseconds, readJoin, readRetry } from "./policies.ts";

/** A node as it was written, with everything about it that needs no other node. */
export interface Node {
  readonly id: string;
  /** Names its task: its id, unless it stands there more than once (`join: each`). */
  readonly key: string;
  readonly origin: Origin;
  /** Its title and its description: the comment over what it becomes. */
  readonly comment: string;
  readonly object: ObjectTree;
  /** Null where its type is unknown, which was reported: nothing more is said about its ports then. */
  readonly component: Component | null;
  /** The fields under `with`. */
  readonly given: ReadonlyMap<string, Member>;
  readonly outputs: readonly string[];
  /** The ports that its failures can be taken from. */
  readonly failures: readonly string[];
  readonly retry: readonly RetryRule[];
  readonly timeoutMs: Expression | null;
  readonly join: Join;
  /** Whether it cancels what leads to it and is still running when its join holds. */
  readonly cancelsRest: boolean;
  /** Whether it runs once for each connection that is taken. */
  readonly isEach: boolean;
  /** Of all that run with that lock, one runs at a time. */
  readonly lock: StringTree | null;
  /** A node of the same list: this one does not run once that has begun. */
  readonly before: StringTree | null;
  /** Of containers. */
  readonly body: Graph | null;
}

/** The nodes of the workflow or of a container. */
export interface Graph {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly connections: readonly Connection[];
  readonly output: Tree | undefined;
  /** Where to say what is wrong with it as a whole. */
  readonly origin: Origin;
}

export interface ReadContext extends GraphContext {
  /** All ids of the document so far: containers share them, so that events and errors name one node. */
  readonly ids: Map<string, Origin>;
}

const idPattern = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const reservedIds: readonly string[] = ["input", "nodes"];

export function readGraph(object: ObjectTree, node: string, context: ReadContext): Graph {
  const place = { findings: context.findings, node };
  const nodes = new Map<string, Node>();
  for (const tree of itemsOrReport(object.byKey.get("nodes")?.value, "nodes", place)) {
    const read = readNode(tree, context);
    if (read !== null) nodes.set(read.id, read);
  }
  const connections = readConnections(object.byKey.get("connections")?.value, nodes, place);
  const output = object.byKey.get("output")?.value;
  return { nodes, connections, output, origin: originOf(object, node) };
}

/** How many nodes there are, those in containers included. */
export function countNodes(object: ObjectTree): number {
  const nodes = object.byKey.get("nodes")?.value;
  if (nodes?.kind !== "array") return 0;
  return nodes.items.reduce((count, item) => count + 1 + (item.kind === "object" ? countNodes(item) : 0), 0);
}

const common = ["id", "type", "title", "description", "with", "join", "lock", "before", "ui"];
const containers: ReadonlySet<Builtin> = new Set(["forEach", "while", "scope", "stateMachine"]);
/** They take no time, or no limit of it. */
const instant: ReadonlySet<Builtin> = new Set([
  "if",
  "switch",
  "multiChoice",
  "merge",
  "transform",
  "wait",
  "pick",
  "fail",
  "cancel",
  "complete",
  "terminate",
]);
const unfailing: ReadonlySet<Builtin> = new Set([
  "if",
  "switch",
  "multiChoice",
  "merge",
  "fail",
  "cancel",
  "complete",
  "terminate",
]);

export function builtinOf(component: Component | null): Builtin | null {
  return component?.implementation.kind === "builtin" ? component.implementation.builtin : null;
}

function readNode(tree: Tree, context: ReadContext): Node | null {
  const object = objectOrReport(tree, "nodes", { findings: context.findings, node: "" });
  if (object === null) return null;
  const idTree = textField(object, "id", { findings: context.findings, node: "" });
  const id = idTree?.value ?? "";
  const place = { findings: context.findings, node: id };
  const typeTree = textField(object, "type", place);
  const component = typeTree === null ? null : findComponent(typeTree, id, context);
  const builtin = builtinOf(component);
  checkNodeFields(object, id, component, context);
  const timeout = object.byKey.get("timeout")?.value;
  const timeoutMs = durationField(object, "timeout", place);
  const retry = object.byKey.get("retry")?.value;
  const given = object.byKey.get("with")?.value;
  const isContainer = builtin !== null && containers.has(builtin);
  const node: Node = {
    id,
    key: id,
    origin: originOf(idTree ?? object, id),
    comment: commentOf(object, place),
    object,
    component,
    given: given === undefined ? new Map() : (objectOrReport(given, "with", place)?.byKey ?? new Map()),
    outputs: outputsOf(component, given),
    failures: failuresOf(component, timeoutMs !== null),
    retry: retry === undefined ? [] : readRetry(retry, place),
    timeoutMs: timeoutMs === null || timeout === undefined ? null : milliseconds(timeoutMs, timeout, id),
    ...readJoin(object.byKey.get("join")?.value, place),
    lock: readLock(object, place),
    before: textField(object, "before", place),
    body: isContainer ? readGraph(object, id, context) : null,
  };
  return idTree !== null && takeId(idTree, context) ? node : null;
}

function commentOf(object: ObjectTree, place: Place): string {
  const texts = ["title", "description"].map((field) => textField(object, field, place)?.value.trim() ?? "");
  return texts.filter((text) => text !== "").join("\n");
}

const lockPattern = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

function readLock(object: ObjectTree, place: Place): StringTree | null {
  const tree = textField(object, "lock", place);
  if (tree === null || lockPattern.test(tree.value)) return tree;
  reportValue(tree, "lock", "a name of letters, digits, `_`, `-` and `.`, at most 64", place);
  return null;
}

function checkNodeFields(object: ObjectTree, id: string, component: Component | null, context: GraphContext): void {
  const place = { findings: context.findings, node: id };
  const builtin = builtinOf(component);
  const isContainer = builtin !== null && containers.has(builtin);
  const policies =
    builtin === "receive" ? ["timeout"] : builtin !== null && instant.has(builtin) ? [] : ["retry", "timeout"];
  const unknown = component === null ? ["nodes", "connections", "output"] : [];
  const body = isContainer ? ["nodes", "connections", "output"] : unknown;
  const of = component === null || id === "" ? "the node" : `\`${shown(id)}\`, a \`${component.type}\`,`;
  checkFields(
    object,
    of,
    [...common, ...policies, ...body],
    isContainer ? ["id", "type", "nodes"] : ["id", "type"],
    place,
  );
}

function findComponent(tree: StringTree, id: string, { components, findings }: GraphContext): Component | null {
  const component = components.get(tree.value);
  if (component !== undefined) return component;
  const near = suggest(tree.value, components.types(), { findings });
  const fixes = near === "" ? [] : [replaceFix(tree, near)];
  findings.report("WF_SCHEMA_001", originOf(tree, id), { type: shown(tree.value), nearest: near }, { fixes });
  return null;
}

/** Whether the node can keep its id. */
function takeId(tree: StringTree, { findings, ids, lineOf }: ReadContext): boolean {
  const id = tree.value;
  const origin = originOf(tree, id);
  const first = ids.get(id);
  if (first !== undefined) {
    findings.report("WF_VALIDATION_005", origin, { id: shown(id), line: lineOf(first) });
    return false;
  }
  if (!idPattern.test(id) || reservedIds.includes(id)) {
    const why = reservedIds.includes(id)
      ? "expressions use this name for something else"
      : "an id starts with a letter or `_` and goes on with letters, digits, `_` and `-`, at most 64 in all";
    findings.report("WF_VALIDATION_014", origin, { name: shown(id), why });
  }
  ids.set(id, origin);
  return true;
}

const withCases: ReadonlySet<Builtin | null> = new Set(["switch", "multiChoice", "pick"]);

/** A decision has a port for each of its cases. */
function outputsOf(component: Component | null, given: Tree | undefined): readonly string[] {
  if (component === null) return [];
  const fixed = [...component.outputs.keys()];
  if (!withCases.has(builtinOf(component))) return fixed;
  const cases = given?.kind === "object" ? given.byKey.get("cases")?.value : undefined;
  const ports = (cases?.kind === "array" ? cases.items : []).flatMap((item) => {
    const port = item.kind === "object" ? item.byKey.get("port")?.value : undefined;
    return port?.kind === "string" ? [port.value] : [];
  });
  return [...new Set([...ports, ...fixed])];
}

function failuresOf(component: Component | null, hasTimeout: boolean): readonly string[] {
  const builtin = builtinOf(component);
  if (component === null || (builtin !== null && unfailing.has(builtin))) return [];
  const timeout = hasTimeout && !component.outputs.has("Timeout") ? ["Timeout"] : [];
  const cancelled = component.outputs.has(cancelledPort) ? [] : [cancelledPort];
  return [...new Set([...component.errors, ...timeout, ...cancelled, "error"])];
}

/** The step that a `core.forEach` is: under a limit or with retries the scope around it is the step that bears the node's name. */
export function loopName(node: Node): string {
  return node.timeoutMs !== null || node.retry.length > 0 ? `${node.id}.items` : node.id;
}

/** Whether a node takes time, so that it can be cancelled while it runs. */
export function takesTime({ component }: Node): boolean {
  const builtin = builtinOf(component);
  return component !== null && (builtin === null || !instant.has(builtin) || builtin === "wait" || builtin === "pick");
}

/** A field under `with` that the component does not have. Gives the one that is meant, where it is not there, or "". */
export function reportUnknownGiven(node: Node, member: Member, known: Iterable<string>, context: GraphContext): string {
  const object = node.object.byKey.get("with")?.value;
  const place = { findings: context.findings, node: node.id };
  const of = `\`with\` of \`${node.id}\`, a \`${node.component?.type}\`,`;
  if (object?.kind === "object") return reportUnknownField(object, member, of, known, place);
  const params = { field: shown(member.key), of, nearest: "" };
  context.findings.report("WF_VALIDATION_004", originOfKey(member, node.id), params);
  return "";
}
