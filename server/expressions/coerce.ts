import type { Findings, Origin } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/nearest.ts";
import { isAssignable, type Mismatch, whyNeeded } from "../ir/assignable.ts";
import type { Expression } from "../ir/expression.ts";
import { showMember, showType } from "../ir/show-type.ts";
import { type ObjectType, resolve, type Type, type UnionType, union } from "../ir/types.ts";

/**
 * The expression where a `to` is wanted. What is written in place is looked into: `"EUR"` fits an enumeration, `[1, 2]` a
 * tuple, and members of objects are judged each at their own place. Reports WF_TYPE_001 where a type does not fit and
 * WF_TYPE_003 for a member that `to` does not know. `what` begins the message, such as "`amount` of `charge`".
 */
export function coerce(expression: Expression, to: Type, what: string, findings: Findings): Expression {
  const known = new Map<Expression, Map<Type, boolean>>();
  const report: Report = (origin, problem) => reportProblem(findings, what, origin, problem);
  return fit(expression, to, { path: "", report, known });
}

type Problem =
  | {
      readonly kind: "mismatch";
      readonly path: string;
      readonly found: Type | string;
      readonly expected: Type;
      readonly inner: Mismatch | null;
    }
  | { readonly kind: "unknown"; readonly path: string; readonly member: string; readonly nearest: string };

type Report = (origin: Origin, problem: Problem) => void;

interface Context {
  /** From the value that is coerced to the expression at hand. */
  readonly path: string;
  readonly report: Report;
  /** Answers of `fits`: without them the alternatives of nested unions would multiply. */
  readonly known: Map<Expression, Map<Type, boolean>>;
}

function reportProblem(findings: Findings, what: string, origin: Origin, problem: Problem): void {
  const path = problem.path.replace(/^\./, "").slice(0, 200);
  const of = path === "" ? what : `\`${path}\` of ${what}`;
  if (problem.kind === "unknown") {
    findings.report("WF_TYPE_003", origin, { member: problem.member, of, nearest: problem.nearest });
    return;
  }
  const { found, expected, inner } = problem;
  const member =
    inner === null || inner.path === ""
      ? ""
      : `: \`${inner.path.replace(/^\./, "")}\` is ${inner.found}, not ${inner.expected}`;
  findings.report("WF_TYPE_001", origin, {
    what: of,
    found: typeof found === "string" ? found : showType(found),
    expected: showType(expected),
    member,
  });
}

function fit(expression: Expression, to: Type, context: Context): Expression {
  const target = resolve(to);
  if (target.kind === "unknown") return expression;
  switch (expression.kind) {
    case "literal":
      return judge(expression, literalType(expression), to, context);
    case "conditional": {
      const then = fit(expression.then, to, context);
      const otherwise = fit(expression.otherwise, to, context);
      return { ...expression, then, otherwise, type: union([then.type, otherwise.type]) };
    }
    case "binary":
      return expression.operator === "??"
        ? fitDefault(expression, to, context)
        : judge(expression, expression.type, to, context);
    case "array":
      return target.kind === "union" ? fitUnion(expression, target, to, context) : fitArray(expression, to, context);
    case "object":
      return target.kind === "union" ? fitUnion(expression, target, to, context) : fitObject(expression, to, context);
    case "call":
      return expression.fn === "mapList" && target.kind === "array"
        ? fitMapped(expression, target.element, to, context)
        : judge(expression, expression.type, to, context);
    case "variable":
    case "member":
    case "unary":
    case "template":
    case "lambda":
      return judge(expression, expression.type, to, context);
    default:
      return expression satisfies never;
  }
}

function literalType(expression: Extract<Expression, { kind: "literal" }>): Type {
  return expression.value === null ? expression.type : { kind: "literal", value: expression.value };
}

function judge(expression: Expression, found: Type, to: Type, { path, report }: Context): Expression {
  const inner = isAssignable(found, to);
  if (inner !== null) report(expression.origin, { kind: "mismatch", path, found, expected: to, inner });
  return expression;
}

/** `a ?? b`: of `a` only what is neither null nor absent. */
function fitDefault(expression: Extract<Expression, { kind: "binary" }>, to: Type, context: Context): Expression {
  const { left } = expression;
  const given = resolve(left.type);
  const found =
    given.kind === "union" ? union(given.of.filter((alternative) => alternative.kind !== "null")) : left.type;
  judge(left, found, to, context);
  const right = fit(expression.right, to, context);
  return { ...expression, right, type: union([found, right.type]) };
}

function fitArray(expression: Extract<Expression, { kind: "array" }>, to: Type, context: Context): Expression {
  const target = resolve(to);
  const isTooShort = target.kind === "tuple" && expression.items.length < target.elements.length;
  const isTooLong = target.kind === "tuple" && target.rest === null && expression.items.length > target.elements.length;
  if ((target.kind !== "array" && target.kind !== "tuple") || isTooShort || isTooLong)
    return judge(expression, tupleOf(expression), to, context);
  const items = expression.items.map((item, index) => {
    const element = target.kind === "array" ? target.element : (target.elements[index] ?? target.rest);
    return element === null ? item : fit(item, element, { ...context, path: `${context.path}[${index}]` });
  });
  return { ...expression, items, type: to };
}

function tupleOf(expression: Extract<Expression, { kind: "array" }>): Type {
  return { kind: "tuple", elements: expression.items.map((item) => item.type), rest: null };
}

function fitObject(expression: Extract<Expression, { kind: "object" }>, to: Type, context: Context): Expression {
  const target = resolve(to);
  if (target.kind !== "object") return judge(expression, expression.type, to, context);
  const given = new Set<string>();
  const members = expression.members.map(({ key, value }) => {
    given.add(key);
    return { key, value: fitMember(key, value, target, context) };
  });
  for (const [name, member] of target.members) {
    const found = given.has(name) ? null : whyNeeded(name, member);
    if (found === null) continue;
    const path = `${context.path}${showMember(name)}`;
    context.report(expression.origin, { kind: "mismatch", path, found, expected: member.type, inner: null });
  }
  return { ...expression, members, type: to };
}

function fitMember(key: string, value: Expression, target: ObjectType, context: Context): Expression {
  const wanted = target.members.get(key)?.type ?? target.additional;
  if (wanted !== null) return fit(value, wanted, { ...context, path: `${context.path}${showMember(key)}` });
  context.report(value.origin, {
    kind: "unknown",
    path: context.path,
    member: key,
    nearest: nearest(key, target.members.keys()),
  });
  return value;
}

function fitMapped(
  expression: Extract<Expression, { kind: "call" }>,
  element: Type,
  to: Type,
  context: Context,
): Expression {
  const [list, lambda] = expression.args;
  if (list === undefined || lambda?.kind !== "lambda") return judge(expression, expression.type, to, context);
  const body = fit(lambda.body, element, { ...context, path: `${context.path}[]` });
  return { ...expression, args: [list, { ...lambda, body, type: body.type }], type: to };
}

/** The first alternative that fits; where none does, the one that is most likely meant says why. */
function fitUnion(
  expression: Extract<Expression, { kind: "array" | "object" }>,
  target: UnionType,
  to: Type,
  context: Context,
): Expression {
  const fitting = target.of.find((alternative) => fits(expression, alternative, context));
  const chosen = fitting ?? mostLikely(expression, target, context);
  if (chosen === undefined) return judge(expression, expression.type, to, context);
  return { ...fit(expression, chosen, context), type: to };
}

function fits(expression: Expression, to: Type, context: Context): boolean {
  const row = context.known.get(expression) ?? new Map<Type, boolean>();
  context.known.set(expression, row);
  const answer = row.get(to);
  if (answer !== undefined) return answer;
  let fine = true;
  fit(expression, to, { ...context, report: () => (fine = false) });
  row.set(to, fine);
  return fine;
}

/** The only alternative of the same kind, or the only one whose literal members agree: `{ kind: "card", … }`. */
function mostLikely(
  expression: Extract<Expression, { kind: "array" | "object" }>,
  target: UnionType,
  context: Context,
): Type | undefined {
  const alike = target.of.filter((alternative) => resolve(alternative).kind === expression.kind);
  if (expression.kind === "array" || alike.length < 2) return alike.length === 1 ? alike[0] : undefined;
  const agreeing = alike.filter((alternative) => {
    const shape = resolve(alternative);
    const marks = shape.kind === "object" ? expression.members.filter(({ key }) => isMark(shape, key)) : [];
    return (
      shape.kind === "object" &&
      marks.length > 0 &&
      marks.every(({ key, value }) => fits(value, shape.members.get(key)?.type ?? target, context))
    );
  });
  return agreeing.length === 1 ? agreeing[0] : undefined;
}

function isMark(shape: ObjectType, key: string): boolean {
  const member = shape.members.get(key);
  return member !== undefined && resolve(member.type).kind === "literal";
}
