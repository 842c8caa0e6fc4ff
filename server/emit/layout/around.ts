import type { Doc } from "./document.ts";
import type { Code, Statement } from "./syntax.ts";

/** Where a piece of code stands: what it is a part of, and as what. Layout and parentheses depend on it. */
export interface Around {
  readonly parent: Code | Statement | { readonly kind: "property" };
  readonly key:
    | "callee"
    | "argument"
    | "left"
    | "right"
    | "test"
    | "branch"
    | "object"
    | "key"
    | "body"
    | "value"
    | "item"
    | "part";
  readonly up: Around | null;
}

/** Whether the code is the last argument of a call and printed with the call's parentheses around it. */
export type Hugged = boolean;

export type LayOut = (code: Code, around: Around, hugged?: Hugged) => Doc;

const precedences: ReadonlyMap<string, number> = new Map(
  [["??"], ["||"], ["&&"], ["===", "!=="], ["<", ">", "<=", ">="], ["+", "-"], ["*", "/"]].flatMap((operators, rank) =>
    operators.map((operator) => [operator, rank] as const),
  ),
);

export function precedenceOf(operator: string): number {
  return precedences.get(operator) ?? 0;
}

export function isLogical(operator: string): boolean {
  return operator === "&&" || operator === "||" || operator === "??";
}

/** Whether `a inner b outer c` is laid out as one chain. */
export function isChain(outer: string, inner: string): boolean {
  if (precedenceOf(outer) !== precedenceOf(inner)) return false;
  if (precedenceOf(outer) === precedenceOf("===")) return false;
  return !(precedenceOf(outer) === precedenceOf("*") && outer !== inner);
}
