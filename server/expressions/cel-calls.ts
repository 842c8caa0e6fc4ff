import { nearest } from "../diagnostics/nearest.ts";
import type { Expression, Variable } from "../ir/expression.ts";
import { string, type Type } from "../ir/types.ts";
import { asKind, type Checker, callOf, hintFor, literalOf, type Scope, showOperand } from "./cel-checker.ts";
import { CONVERSION_NAMES, convert } from "./cel-conversions.ts";
import { FUNCTIONS, MEMBER_FUNCTIONS, type Signature } from "./cel-functions.ts";
import { durationType, kindOf, showKind, timestampType } from "./cel-kinds.ts";
import { checkMacro, isMacro, MACROS } from "./cel-macros.ts";
import { checkHas } from "./cel-members.ts";
import { reportCall, SPECIAL, type Typed } from "./cel-special.ts";
import type { CelNode } from "./cel-syntax.ts";
import { checkTimeText } from "./cel-time-text.ts";
import { valueType } from "./value-type.ts";

type Call = Extract<CelNode, { kind: "call" }>;

/** Functions are grouped under these names: `math.abs(x)`. */
const MODULES: readonly string[] = ["math", "strings"];

const MEMBER_NAMES = [
  ...MEMBER_FUNCTIONS.keys(),
  "size",
  "matches",
  "join",
  "format",
  ...MACROS.filter((name) => name !== "has"),
];
const FUNCTION_NAMES = [
  ...FUNCTIONS.keys(),
  ...CONVERSION_NAMES,
  "size",
  "matches",
  "has",
  "math.greatest",
  "math.least",
];

export function checkCall(node: Call, scope: Scope, checker: Checker): Expression | null {
  const [only] = node.args;
  if (node.target === null && node.name.text === "has" && only !== undefined && node.args.length === 1)
    return checkHas(only, node, scope, checker);
  if (node.target !== null && isMacro(node)) return checkMacro(node, node.target, scope, checker);
  const module = moduleOf(node, scope);
  const inModule = module !== "";
  if (module === "cel" && node.name.text === "bind") return checkBind(node, scope, checker);
  const name = inModule ? `${module}.${node.name.text}` : node.name.text;
  const isMember = node.target !== null && !inModule;
  const nodes = isMember && node.target !== null ? [node.target, ...node.args] : node.args;
  const args = nodes.map((argument) => checker.check(argument, scope));
  const known = args.filter((argument) => argument !== null);
  if (!isKnown(name, isMember)) return reportUnknown(node, name, isMember, checker);
  return known.length < args.length ? null : checkTyped({ node, name, args: known, nodes, checker }, isMember);
}

/** The name before the point, where it is one that groups functions; else "". */
function moduleOf({ target }: Call, scope: Scope): string {
  if (target?.kind !== "name" || scope.bindings.has(target.name)) return "";
  return MODULES.includes(target.name) || target.name === "cel" ? target.name : "";
}

/** `cel.bind(name, value, expression)`: the expression, with a name for a value in it. */
function checkBind(node: Call, scope: Scope, checker: Checker): Expression | null {
  const [name, given, use] = node.args;
  if (name?.kind !== "name" || given === undefined || use === undefined || node.args.length > 3) {
    const problem =
      "it takes a name, a value and an expression, such as `cel.bind(net, input.total * 0.8, net > 100.0)`";
    checker.report("WF_TYPE_005", node.name, { fn: "cel.bind", problem, nearest: "" });
    return null;
  }
  const value = checker.check(given, scope);
  if (value === null) return null;
  const variable: Variable = {
    name: name.name,
    type: isTime(value.type) ? value.type : valueType(value),
    role: "bound",
  };
  const bindings = new Map([...scope.bindings, [name.name, { variable, member: null }] as const]);
  const body = checker.check(use, { ...scope, bindings, level: scope.level + 1 });
  if (body === null) return null;
  const lambda: Expression = { kind: "lambda", parameters: [variable], body, type: body.type, origin: body.origin };
  return callOf("bindTo", [value, lambda], body.type, checker.originOf(node));
}

function isTime(type: Type): boolean {
  return type === timestampType || type === durationType;
}

function isKnown(name: string, isMember: boolean): boolean {
  return (isMember ? MEMBER_NAMES : FUNCTION_NAMES).includes(name);
}

function reportUnknown(node: Call, name: string, isMember: boolean, checker: Checker): null {
  const isElsewhere = isKnown(name, !isMember);
  const near = isElsewhere ? "" : nearest(name, isMember ? MEMBER_NAMES : FUNCTION_NAMES);
  const elsewhere = isMember
    ? `it is called \`${name}(…)\`, without a value before it`
    : `it is called on a value: \`value.${name}(…)\``;
  const problem = isElsewhere ? elsewhere : "there is no such function";
  const range = node.target !== null && !isMember ? { start: node.target.start, end: node.name.end } : node.name;
  checker.report("WF_TYPE_005", range, { fn: name, problem, nearest: near }, near === "" ? undefined : near);
  return null;
}

function checkTyped(call: Typed, isMember: boolean): Expression | null {
  const special = SPECIAL.get(call.name);
  if (special !== undefined) return special(call);
  if (!isMember && CONVERSION_NAMES.includes(call.name)) return checkConversion(call);
  return checkSignatures(call, (isMember ? MEMBER_FUNCTIONS : FUNCTIONS).get(call.name) ?? []);
}

function checkConversion(call: Typed): Expression | null {
  const [value] = call.args;
  if (value === undefined || call.args.length > 1) return reportCall(call, "it takes one argument");
  return (
    convert(call.name, value, call.checker.originOf(call.node)) ??
    reportCall(call, `it cannot convert ${showOperand(value.type)}${hintFor(value.type)}`, call.nodes[0])
  );
}

function checkSignatures(call: Typed, signatures: readonly Signature[]): Expression | null {
  const fitting = signatures.filter((signature) => takesCount(signature, call.args.length));
  if (fitting.length === 0) return reportCall(call, `it takes ${showCounts(call, signatures)}`);
  for (const signature of fitting) {
    if (isNarrower(call, signature, fitting)) continue;
    const args = call.args.map((argument, index) => asKind(argument, signature.parameters[index] ?? "dyn"));
    const known = args.filter((argument) => argument !== null);
    if (known.length === args.length) return applySignature(call, signature, known);
  }
  const [signature] = fitting;
  const wrong = call.args.findIndex(
    (argument, index) => asKind(argument, signature?.parameters[index] ?? "dyn") === null,
  );
  const wanted = [...new Set(fitting.map((one) => one.parameters[wrong] ?? "dyn"))].map(showKind).join(" or ");
  const found = call.args[wrong]?.type ?? string;
  return reportCall(
    call,
    `${showOperand(found)} is given where ${wanted} is needed${hintFor(found)}`,
    call.nodes[wrong],
  );
}

/** Whether a number known only at run time would be taken for an integer, where another signature takes any number. */
function isNarrower(call: Typed, { parameters }: Signature, fitting: readonly Signature[]): boolean {
  return call.args.some(
    ({ type }, index) =>
      kindOf(type) === "dyn" &&
      parameters[index] === "int" &&
      fitting.some((other) => other.parameters[index] === "double"),
  );
}

function takesCount({ parameters, optional = 0 }: Signature, count: number): boolean {
  return count <= parameters.length && count >= parameters.length - optional;
}

function showCounts(call: Typed, signatures: readonly Signature[]): string {
  const [{ parameters, optional = 0 } = { parameters: [] }] = signatures;
  const most = parameters.length - (call.nodes.length - call.node.args.length);
  const least = most - optional;
  return `${least === most ? most : `${least} to ${most}`} argument${most === 1 ? "" : "s"}, not ${call.node.args.length}`;
}

function applySignature(call: Typed, signature: Signature, args: readonly Expression[]): Expression | null {
  const origin = call.checker.originOf(call.node);
  const [first, zone] = args;
  if (signature.fn === "" && first !== undefined) return first;
  const [node] = call.nodes;
  if (node?.kind === "string" && !checkTimeText(signature.fn, node, call.checker)) return null;
  const isZoned = signature.zoned === true && first !== undefined && zone !== undefined;
  const given = isZoned ? [callOf("inZone", [first, zone], timestampType, origin)] : args;
  return callOf(
    signature.fn,
    [...given, ...(signature.constants ?? []).map((text) => literalOf(text, origin))],
    signature.result,
    origin,
  );
}
