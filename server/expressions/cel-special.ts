import type { Expression, Variable } from "../ir/expression.ts";
import { boolean, elementOf, integer, number, string, type Type, union, unknown } from "../ir/types.ts";
import { asKind, type Checker, callOf, hintFor, isNumericType, literalOf, showOperand } from "./cel-checker.ts";
import { checkFormatText } from "./cel-format.ts";
import { canEqual, kindOf } from "./cel-kinds.ts";
import { checkPattern } from "./cel-pattern.ts";
import type { CelNode } from "./cel-syntax.ts";

type Call = Extract<CelNode, { kind: "call" }>;

/** A call whose arguments have types. The value before the point, if any, is the first. */
export interface Typed {
  readonly node: Call;
  /** As messages call it: `size`, `math.abs`. */
  readonly name: string;
  readonly args: readonly Expression[];
  readonly nodes: readonly CelNode[];
  readonly checker: Checker;
}

/** Functions in more than one form, or over values of more than one kind. */
export const SPECIAL: ReadonlyMap<string, (call: Typed) => Expression | null> = new Map([
  ["size", checkSize],
  ["matches", checkMatches],
  ["join", checkJoin],
  ["math.greatest", (call) => checkExtreme(call, "greatest")],
  ["math.least", (call) => checkExtreme(call, "least")],
  ["format", checkFormat],
]);

export function reportCall(call: Typed, problem: string, at?: CelNode): null {
  call.checker.report("WF_TYPE_005", at ?? call.node.name, { fn: call.name, problem, nearest: "" });
  return null;
}

function checkSize(call: Typed): Expression | null {
  const [value] = call.args;
  if (value === undefined || call.args.length > 1) return reportCall(call, "it takes one value");
  const origin = call.checker.originOf(call.node);
  switch (kindOf(value.type)) {
    case "list":
      return { kind: "member", of: value, name: "length", optional: false, type: integer, origin };
    case "map":
      return {
        kind: "member",
        of: callOf("keys", [value], { kind: "array", element: string }, origin),
        name: "length",
        optional: false,
        type: integer,
        origin,
      };
    case "string":
      return callOf("textSize", [value], integer, origin);
    case "dyn":
      return callOf("dynamicSize", [value], integer, origin);
    default:
      return reportCall(call, `${showOperand(value.type)} has no size${hintFor(value.type)}`, call.nodes[0]);
  }
}

function checkMatches(call: Typed): Expression | null {
  const [value, pattern] = call.args;
  const node = call.nodes[1];
  if (value === undefined || pattern === undefined || node === undefined || call.args.length > 2)
    return reportCall(call, "it takes a text and a pattern");
  const text = asKind(value, "string");
  if (text === null)
    return reportCall(
      call,
      `${showOperand(value.type)} is given where string is needed${hintFor(value.type)}`,
      call.nodes[0],
    );
  if (node.kind !== "string") {
    call.checker.report("WF_COMPILE_003", node, {
      feature: "a pattern that is computed",
      instead: "Write the pattern as a literal string.",
    });
    return null;
  }
  const problem = checkPattern(node.value);
  if (problem !== null) return reportCall(call, problem, node);
  return callOf("matches", [text, pattern], boolean, call.checker.originOf(call.node));
}

function checkJoin(call: Typed): Expression | null {
  const [list, separator] = call.args;
  if (list === undefined || call.args.length > 2) return reportCall(call, "it takes at most a separator");
  const element = elementOf(list.type);
  if (element === null || !canEqual(element, string) || kindOf(element) !== "string")
    return element?.kind === "never"
      ? literalOf("", call.checker.originOf(call.node))
      : reportCall(
          call,
          `it joins a list of strings, not ${showOperand(list.type)}${hintFor(list.type)}`,
          call.nodes[0],
        );
  const text = separator && asKind(separator, "string");
  if (text === null) return reportCall(call, "the separator must be a string", call.nodes[1]);
  return callOf("joinTexts", text === undefined ? [list] : [list, text], string, call.checker.originOf(call.node));
}

/** `math.greatest(a, b, …)`. */
function checkExtreme(call: Typed, fn: string): Expression | null {
  const [list, ...others] = call.args;
  if (list === undefined) return reportCall(call, "it takes at least one number");
  if (others.length === 0 && kindOf(list.type) === "list") return checkExtremeOf(call, list, fn);
  const numbers = call.args.map((argument) => asKind(argument, "double"));
  const wrong = numbers.indexOf(null);
  if (wrong >= 0)
    return reportCall(call, `${showOperand(call.args[wrong]?.type ?? string)} is no number`, call.nodes[wrong]);
  const types = call.args.map((argument): Type => (kindOf(argument.type) === "int" ? integer : { kind: "number" }));
  return callOf(
    fn,
    numbers.filter((value) => value !== null),
    call.args.every((argument) => isNumericType(argument.type)) ? union(types) : { kind: "number" },
    call.checker.originOf(call.node),
  );
}

/** `math.greatest([a, b, …])`. */
function checkExtremeOf(call: Typed, list: Expression, fn: string): Expression | null {
  const { origin } = list;
  const element = elementOf(list.type) ?? unknown;
  const item: Variable = { name: "item", type: element, role: "bound" };
  const read = asKind({ kind: "variable", variable: item, type: element, origin }, "double");
  if (read === null)
    return reportCall(call, `it takes numbers, not ${showOperand(list.type)}${hintFor(list.type)}`, call.nodes[0]);
  const lambda: Expression = { kind: "lambda", parameters: [item], body: read, type: read.type, origin };
  const numbers =
    read.kind === "variable" ? list : callOf("mapList", [list, lambda], { kind: "array", element: number }, origin);
  const type = kindOf(element) === "int" ? integer : number;
  return callOf(`${fn}Of`, [numbers], type, call.checker.originOf(call.node));
}

/** `"%s of %d".format([a, b])`. A literal format is checked here, a computed one when it runs. */
function checkFormat(call: Typed): Expression | null {
  const [format, list] = call.args;
  if (format === undefined || list === undefined || call.args.length > 2)
    return reportCall(call, "it takes a list of values");
  const text = asKind(format, "string");
  const values = asKind(list, "list");
  if (text === null || values === null) {
    const wrong = text === null ? 0 : 1;
    return reportCall(
      call,
      `${showOperand(call.args[wrong]?.type ?? string)} is given where ${wrong === 0 ? "string" : "list"} is needed`,
      call.nodes[wrong],
    );
  }
  const problem = text.kind === "literal" ? checkFormatText(String(text.value), values) : null;
  if (problem !== null) return reportCall(call, problem, call.nodes[0]);
  return callOf("printFormat", [text, values], string, call.checker.originOf(call.node));
}
