import type { Origin } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/nearest.ts";
import type { Expression } from "../ir/expression.ts";
import { boolean, integer, string, type Type, unknown } from "../ir/types.ts";
import { originInside, type StringTree } from "../source/tree.ts";
import { type Argument, type IntrinsicCall, readIntrinsic } from "./intrinsics-parse.ts";
import { type PathScope, type PathUse, pathToExpression, reportFeature } from "./jsonpath.ts";
import { TextProblem } from "./jsonpath-parse.ts";
import { call, list, literal, shorten } from "./jsonpath-values.ts";

/** What an argument must be. Only constants and calls can be seen to be wrong before the workflow runs. */
type Want = "any" | "text" | "number" | "array" | "object" | "boolean";

interface Intrinsic {
  readonly wants: readonly Want[];
  /** How many of `wants` must be given; by default all. */
  readonly required?: number;
  readonly fn: string;
  readonly type: Type;
  /** Whether it draws on the run's random numbers. */
  readonly scope?: true;
}

const anyArray: Type = { kind: "array", element: unknown };

const intrinsics: ReadonlyMap<string, Intrinsic> = new Map<string, Intrinsic>([
  ["States.StringToJson", { wants: ["text"], fn: "stringToJson", type: unknown }],
  ["States.JsonToString", { wants: ["any"], fn: "jsonToString", type: string }],
  [
    "States.ArrayPartition",
    { wants: ["array", "number"], fn: "arrayPartition", type: { kind: "array", element: anyArray } },
  ],
  ["States.ArrayContains", { wants: ["array", "any"], fn: "arrayContains", type: boolean }],
  [
    "States.ArrayRange",
    { wants: ["number", "number", "number"], fn: "arrayRange", type: { kind: "array", element: integer } },
  ],
  ["States.ArrayGetItem", { wants: ["array", "number"], fn: "arrayGetItem", type: unknown }],
  ["States.ArrayLength", { wants: ["array"], fn: "arrayLength", type: integer }],
  ["States.ArrayUnique", { wants: ["array"], fn: "arrayUnique", type: anyArray }],
  ["States.Base64Encode", { wants: ["text"], fn: "base64Encode", type: string }],
  ["States.Base64Decode", { wants: ["text"], fn: "base64Decode", type: string }],
  ["States.Hash", { wants: ["any", "text"], fn: "hashText", type: string }],
  [
    "States.JsonMerge",
    {
      wants: ["object", "object", "boolean"],
      fn: "jsonMerge",
      type: { kind: "object", members: new Map(), additional: unknown },
    },
  ],
  [
    "States.MathRandom",
    { wants: ["number", "number", "number"], required: 2, fn: "mathRandom", type: integer, scope: true },
  ],
  ["States.MathAdd", { wants: ["number", "number"], fn: "mathAdd", type: integer }],
  ["States.StringSplit", { wants: ["text", "text"], fn: "stringSplit", type: { kind: "array", element: string } }],
  ["States.UUID", { wants: [], fn: "randomUuid", type: string, scope: true }],
]);

const names = ["States.Format", "States.Array", ...intrinsics.keys()];

/** Of a call in a message, which stands in the module once for each path in the call. */
const MAX_SHOWN = 500;

/** Compiles a string that calls an intrinsic function. Reports and gives null where it is wrong. */
export function compileIntrinsic(tree: StringTree, scope: PathScope): Expression | null {
  const written = tree.value.trim();
  const fn = written.length > MAX_SHOWN ? `${written.slice(0, MAX_SHOWN)}…` : written;
  const use: PathUse = { kind: "argument", fn };
  try {
    return compileCall(tree, readIntrinsic(tree.value), scope, use);
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    if (error.feature !== "") return reportFeature(tree, error, scope);
    const origin = originInside(tree, error.at, Math.min(error.at + 1, tree.value.length), scope.node);
    scope.findings.report("WF_EXPRESSION_004", origin, {
      fn: shorten(tree.value),
      problem: error.message,
      nearest: "",
    });
    return null;
  }
}

function compileCall(tree: StringTree, node: IntrinsicCall, scope: PathScope, use: PathUse): Expression | null {
  const origin = originInside(tree, node.start, node.end, scope.node);
  const intrinsic = intrinsics.get(node.name);
  if (node.name !== "States.Format" && node.name !== "States.Array" && intrinsic === undefined) {
    const problem = "there is no such intrinsic function";
    scope.findings.report("WF_EXPRESSION_004", originInside(tree, node.start, node.nameEnd, scope.node), {
      fn: shorten(node.name),
      problem,
      nearest: nearest(node.name, names),
    });
    return null;
  }
  const args = node.args.map((argument) => compileArgument(tree, argument, scope, use));
  if (!args.every((argument) => argument !== null)) return null;
  if (node.name === "States.Array") return list(args, origin);
  if (intrinsic === undefined) return format(node, args, scope, origin);
  if (!argumentsFit(tree, node, intrinsic, args, scope)) return null;
  const { fn, type } = intrinsic;
  return intrinsic.scope ? { kind: "call", fn, args, type, origin, scope: true } : call(fn, args, type, origin);
}

function compileArgument(tree: StringTree, argument: Argument, scope: PathScope, use: PathUse): Expression | null {
  const origin = originInside(tree, argument.start, argument.end, scope.node);
  switch (argument.kind) {
    case "call":
      return compileCall(tree, argument, scope, use);
    case "path":
      return pathToExpression(tree, argument.path, scope, use);
    case "text":
      return scope.text(argument.parts.join("{}"), origin);
    case "constant":
      return literal(argument.value, origin);
    default:
      return argument satisfies never;
  }
}

/** With a template that is written out, a template string; else a call. */
function format(node: IntrinsicCall, args: readonly Expression[], scope: PathScope, origin: Origin): Expression | null {
  const [template] = node.args;
  const [first, ...values] = args;
  const report = (problem: string): null => {
    scope.findings.report("WF_EXPRESSION_004", origin, { fn: node.name, problem, nearest: "" });
    return null;
  };
  if (template === undefined || first === undefined) return report("a template is needed");
  if (template.kind === "constant") return report("the template must be text");
  if (template.kind !== "text") return call("formatText", [first, list(values, origin)], string, origin);
  if (template.parts.length !== values.length + 1) {
    return report(`the template has ${template.parts.length - 1} \`{}\` for ${values.length} values`);
  }
  const parts = template.parts.flatMap((part, index) => {
    const value = values[index - 1];
    const before =
      value === undefined ? [] : [value.type.kind === "string" ? value : call("formatted", [value], string, origin)];
    return [...before, ...templateParts(scope.text(part, origin))];
  });
  return { kind: "template", parts, type: string, origin };
}

function templateParts(expression: Expression): readonly (string | Expression)[] {
  if (expression.kind === "literal") return expression.value === "" ? [] : [String(expression.value)];
  return expression.kind === "template" ? expression.parts : [expression];
}

function argumentsFit(
  tree: StringTree,
  node: IntrinsicCall,
  intrinsic: Intrinsic,
  args: readonly Expression[],
  scope: PathScope,
): boolean {
  const { wants, required = wants.length } = intrinsic;
  if (args.length < required || args.length > wants.length) {
    const count = required === wants.length ? `${required}` : `${required} or ${wants.length}`;
    const problem = `${count} arguments are needed, not ${args.length}`;
    scope.findings.report("WF_EXPRESSION_004", originInside(tree, node.start, node.end, scope.node), {
      fn: node.name,
      problem,
      nearest: "",
    });
    return false;
  }
  const wrong = args.findIndex((argument, index) => !fits(argument.type, wants[index] ?? "any"));
  const argument = args[wrong];
  if (argument === undefined) return true;
  const problem = `argument ${wrong + 1} must be ${describe(wants[wrong] ?? "any")}`;
  scope.findings.report("WF_EXPRESSION_004", argument.origin, { fn: node.name, problem, nearest: "" });
  return false;
}

function describe(want: Want): string {
  return want === "array" || want === "object"
    ? `an ${want}`
    : want === "any"
      ? "a value"
      : want === "text"
        ? "a string"
        : `a ${want}`;
}

function fits(type: Type, want: Want): boolean {
  if (type.kind === "unknown" || want === "any") return true;
  const kind = type.kind === "literal" ? typeof type.value : type.kind === "integer" ? "number" : type.kind;
  return kind === (want === "text" ? "string" : want);
}
