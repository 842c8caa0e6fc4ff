import type { Expression, Variable } from "../ir/expression.ts";
import { memberOf } from "../ir/types.ts";
import { visitExpression } from "../ir/visit.ts";
import { replaceParts } from "./fold.ts";
import type { Narrowing } from "./narrowing.ts";
import { isPresenceTest } from "./narrowing-facts.ts";

/** A value with a name of its own in an expression: under it TypeScript knows no more of it than its type. */
export interface View {
  readonly of: Expression;
  readonly variable: Variable;
  /** The expression over that name. */
  readonly body: Expression;
}

/**
 * Asks for the members of an alternative that TypeScript thinks is ruled out, as where every path on which the value
 * has it has left: it knows no such members any more (error 2339). Null: nothing of the kind.
 */
export function widerView(expression: Expression, narrowing: Narrowing): View | null {
  const ruledOut: Expression[] = [];
  const absent: Expression[] = [];
  const read: (Expression & { readonly kind: "member" })[] = [];
  visitExpression(expression, (part) => {
    if (part.kind === "member") read.push(part);
    for (const tested of testedForPresence(part)) if (narrowing.isAbsent(tested)) absent.push(tested);
    if (part.kind !== "binary" || (part.operator !== "===" && part.operator !== "!==")) return;
    const { left, right } = part;
    for (const side of [left, right])
      if (side.kind === "member" && narrowing.refuses(left, right)) ruledOut.push(side.of);
  });
  const of =
    absent.find((path) => read.some((member) => isSamePath(member.of, path))) ??
    ruledOut.find((path) =>
      read.some((member) => isSamePath(member.of, path) && memberOf(path.type, member.name) === null),
    );
  if (of === undefined) return null;
  const variable: Variable = { name: nameOf(of), type: of.type, role: "bound" };
  const body = replaceParts(expression, (part) =>
    isSamePath(part, of) ? { kind: "variable", variable, type: part.type, origin: part.origin } : null,
  );
  return { of, variable, body };
}

/** Of `has(a.b)`, `a.b !== null` and the like: what they ask for. */
function testedForPresence(part: Expression): readonly Expression[] {
  if (part.kind === "call") return isPresenceTest(part.fn) ? part.args : [];
  if (part.kind !== "binary" || (part.operator !== "===" && part.operator !== "!==")) return [];
  return part.right.kind === "literal" && part.right.value === null ? [part.left] : [];
}

function isSamePath(one: Expression, other: Expression): boolean {
  if (one.kind === "variable") return other.kind === "variable" && one.variable === other.variable;
  return one.kind === "member" && other.kind === "member" && one.name === other.name && isSamePath(one.of, other.of);
}

function nameOf(path: Expression): string {
  return path.kind === "member" ? path.name : path.kind === "variable" ? path.variable.name : "value";
}
