import type { Origin } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/nearest.ts";
import type { Expression } from "../ir/expression.ts";
import { boolean, elementOf, invalid, memberOf, nullType, resolve, type Type, unknown } from "../ir/types.ts";
import {
  asKind,
  type Checker,
  callOf,
  hintFor,
  literalOf,
  type Range,
  type Scope,
  showOperand,
} from "./cel-checker.ts";
import { keyOf, keyOfMember } from "./cel-facts.ts";
import { kindOf } from "./cel-kinds.ts";
import type { CelName, CelNode } from "./cel-syntax.ts";

type Select = Extract<CelNode, { kind: "select" }>;
type Index = Extract<CelNode, { kind: "index" }>;

/** `presence`: give an optional member as it is, absent or not, to something that asks whether it is there. */
export function checkSelect(node: Select, scope: Scope, checker: Checker, presence: boolean): Expression | null {
  const qualified = checkQualified(node.of, node.name.text, node, scope, checker);
  if (qualified !== undefined) return qualified;
  const of = checker.check(node.of, scope);
  return of && selectMember({ of, name: node.name, node, scope, checker, presence });
}

/** `name.member` where the environment has such a pair; undefined: it has not. */
function checkQualified(
  of: CelNode,
  member: string,
  node: Range,
  scope: Scope,
  checker: Checker,
): Expression | null | undefined {
  const { environment } = checker;
  if (of.kind !== "name" || scope.bindings.has(of.name) || environment.resolveMember === undefined) return undefined;
  const found = environment.resolveMember(of.name, member, checker.originOf(node));
  return found === "reported" ? null : found === null ? undefined : refine(found, scope);
}

interface Selection {
  readonly of: Expression;
  readonly name: CelName;
  readonly node: Select | Index;
  readonly scope: Scope;
  readonly checker: Checker;
  readonly presence: boolean;
}

function selectMember(selection: Selection): Expression | null {
  const { of, name, node, scope, checker, presence } = selection;
  const origin = checker.originOf(node);
  if (of.kind === "object") {
    const given = of.members.find((member) => member.key === name.text);
    if (given !== undefined) return refine(given.value, scope);
    return presence && node.of.kind === "map" ? absentMember(of, name.text, origin) : reportUnknown(selection);
  }
  if (resolve(of.type) === invalid)
    return { kind: "member", of, name: name.text, optional: false, type: invalid, origin };
  if (kindOf(of.type) === "dyn") return callOf("dynamicMember", [of, literalOf(name.text, origin)], unknown, origin);
  const member = memberOf(of.type, name.text);
  if (member === null) return reportUnknown(selection);
  if (!isListed(of.type, name.text)) return selectUnlisted(selection, member.type);
  const value: Expression = {
    kind: "member",
    of,
    name: name.text,
    optional: !member.required,
    type: member.type,
    origin,
  };
  if (member.required || factFor(value, scope) !== undefined) return refine(value, scope);
  return presence ? optionalMember(of, name.text, member.type, origin) : reportAbsent(selection);
}

/**
 * A member that may be absent, to ask whether it is there. One called like what every object inherits in JavaScript
 * (`constructor`, `toString`) must be the object's own.
 */
export function optionalMember(of: Expression, name: string, type: Type, origin: Origin): Expression {
  if (name in Object.prototype) return callOf("ownMember", [of, literalOf(name, origin)], type, origin);
  return { kind: "member", of, name, optional: true, type, origin };
}

/** A key that a map written in the expression does not have. */
function absentMember(of: Expression, name: string, origin: Origin): Expression {
  return callOf("lookup", [of, literalOf(name, origin)], nullType, origin);
}

/** A member of a map, whose keys no schema lists. */
function selectUnlisted(selection: Selection, type: Type): Expression | null {
  const { of, name, node, scope, checker, presence } = selection;
  const origin = checker.originOf(node);
  const key = literalOf(name.text, origin);
  const [find, read] = isMap(of.type) ? ["lookup", "entry"] : ["dynamicLookup", "dynamicMember"];
  const found = isMap(of.type) ? type : unknown;
  if (presence) return callOf(find, [of, key], found, origin);
  const value = callOf(read, [of, key], found, origin);
  const isChecked = node.kind === "index" || scope.facts.has(keyOfMember(of, name.text) ?? "");
  return isChecked ? refine(value, scope) : reportAbsent(selection);
}

/** Whether the type lists the member by name, so that generated code can name it. */
function isListed(type: Type, name: string): boolean {
  const resolved = resolve(type);
  if (resolved.kind === "union") return resolved.of.every((alternative) => isListed(alternative, name));
  return resolved.kind === "object" && resolved.members.has(name);
}

/** Whether the type is printed with an index signature: beside listed members, others are not. */
function isMap(type: Type): boolean {
  const resolved = resolve(type);
  return resolved.kind === "object" && resolved.additional !== null && resolved.members.size === 0;
}

function factFor(value: Expression, scope: Scope) {
  const key = keyOf(value);
  return key === null ? undefined : scope.facts.get(key);
}

/** The value with what tests before it have made certain. */
export function refine(value: Expression, scope: Scope): Expression {
  const fact = factFor(value, scope);
  if (fact === undefined) return value;
  if (fact.native && fact.level === scope.level) {
    return value.kind === "member" ? { ...value, optional: false, type: fact.type } : { ...value, type: fact.type };
  }
  if (mayBeNull(value.type) && !mayBeNull(fact.type)) return callOf("nonNull", [value], fact.type, value.origin);
  return value.kind === "member" && value.optional ? callOf("present", [value], value.type, value.origin) : value;
}

export function mayBeNull(type: Type): boolean {
  const resolved = resolve(type);
  return (
    resolved.kind === "null" ||
    resolved.kind === "unknown" ||
    (resolved.kind === "union" && resolved.of.some(mayBeNull))
  );
}

function memberNames(of: Expression): Iterable<string> {
  if (of.kind === "object") return of.members.map((member) => member.key);
  const resolved = resolve(of.type);
  if (resolved.kind === "object") return resolved.members.keys();
  if (resolved.kind !== "union") return [];
  return resolved.of.flatMap((alternative) => {
    const shape = resolve(alternative);
    return shape.kind === "object" ? [...shape.members.keys()] : [];
  });
}

function reportUnknown({ of, name, node, checker }: Selection): null {
  const names = [...memberNames(of)];
  const quoted = checker.quote(node.of);
  if (names.includes(name.text)) {
    const owner = hintFor(of.type) === "" ? `one alternative of ${quoted}` : `${quoted}${hintFor(of.type)}`;
    checker.report("WF_TYPE_003", name, { member: name.text, of: owner, nearest: "" });
    return null;
  }
  const what = kindOf(of.type) === "map" ? "" : `, which is ${showOperand(of.type)},`;
  const near = nearest(name.text, names);
  const correction = node.kind === "select" && /^[A-Za-z_]\w*$/.test(near) ? near : undefined;
  checker.report("WF_TYPE_003", name, { member: name.text, of: `${quoted}${what}`, nearest: near }, correction);
  return null;
}

function reportAbsent({ name, node, checker }: Selection): null {
  checker.report("WF_TYPE_007", name, { member: name.text, of: checker.quote(node.of) });
  return null;
}

export function checkIndex(node: Index, scope: Scope, checker: Checker): Expression | null {
  if (node.key.kind === "string") {
    const qualified = checkQualified(node.of, node.key.value, node, scope, checker);
    if (qualified !== undefined) return qualified;
  }
  const of = checker.check(node.of, scope);
  const key = checker.check(node.key, scope);
  if (of === null || key === null) return null;
  const isObject = of.kind === "object" || kindOf(of.type) === "map";
  if (isObject && node.key.kind === "string") {
    const name = { text: node.key.value, start: node.key.start, end: node.key.end };
    return selectMember({ of, name, node, scope, checker, presence: false });
  }
  const value = isObject ? indexMap(of, key, checker, node) : indexList(of, key, checker, node);
  if (value !== null) return refine(value, scope);
  const hint = hintFor(of.type) || (kindOf(of.type) === "string" ? "; the characters of a text are `charAt(…)`" : "");
  checker.report("WF_TYPE_004", node, {
    operator: "[]",
    operands: `${showOperand(of.type)} and ${showOperand(key.type)}`,
    hint,
  });
  return null;
}

function indexMap(of: Expression, given: Expression, checker: Checker, node: Index): Expression | null {
  const key = asKind(given, "string");
  if (key === null) return null;
  const resolved = resolve(of.type);
  const isPlain = resolved.kind === "object" && resolved.additional !== null && isMap(resolved);
  const type = isPlain ? (resolved.additional ?? unknown) : unknown;
  return callOf(isPlain ? "entry" : "dynamicEntry", [of, key], type, checker.originOf(node));
}

function indexList(of: Expression, given: Expression, checker: Checker, node: Index): Expression | null {
  const origin = checker.originOf(node);
  const kind = kindOf(given.type);
  if (kindOf(of.type) === "dyn") return callOf("dynamicEntry", [of, given], unknown, origin);
  const element = elementOf(of.type);
  const index = kind === "int" || kind === "dyn" ? asKind(given, "int") : null;
  if (element === null || index === null) return null;
  const resolved = resolve(of.type);
  const placed =
    resolved.kind === "tuple" && given.kind === "literal" ? resolved.elements[Number(given.value)] : undefined;
  if (placed !== undefined && given.kind === "literal")
    return { kind: "member", of, name: String(given.value), optional: false, type: placed, origin };
  return callOf("at", [of, index], element, origin);
}

/** `has(a.b)`. */
export function checkHas(node: CelNode, range: Range, scope: Scope, checker: Checker): Expression | null {
  if (node.kind !== "select") {
    checker.report("WF_TYPE_005", node, {
      fn: "has",
      problem: "it takes a member, such as `has(input.note)`",
      nearest: "",
    });
    return null;
  }
  const value = checker.checkPresence(node, scope);
  if (value === null) return null;
  const origin = checker.originOf(range);
  if (value.kind === "member" && value.optional) return callOf("has", [value], boolean, origin);
  if (value.kind === "call" && value.fn === "ownMember") return callOf("has", [value], boolean, origin);
  if (value.kind === "call" && value.fn === "lookup") return callOf("hasKey", value.args, boolean, origin);
  if (value.kind === "call" && (value.fn === "dynamicMember" || value.fn === "dynamicLookup"))
    return callOf("hasMember", value.args, boolean, origin);
  return literalOf(true, origin);
}
