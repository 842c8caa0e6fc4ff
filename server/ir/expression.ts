import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Type } from "./types.ts";

/**
 * One expression language for whatever a definition's expressions were written in. Every expression is typed and knows
 * its place. Expressions have no effects; they can fail, which fails the step that they stand in.
 */
export type Expression = { readonly type: Type; readonly origin: Origin } & (
  | { readonly kind: "literal"; readonly value: null | boolean | number | string }
  | { readonly kind: "array"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly members: readonly { readonly key: string; readonly value: Expression }[] }
  | { readonly kind: "variable"; readonly variable: Variable }
  /** A member that the type of `of` is known to have. `optional`: absent gives undefined, which `type` then allows for. */
  | { readonly kind: "member"; readonly of: Expression; readonly name: string; readonly optional: boolean }
  | { readonly kind: "unary"; readonly operator: "!" | "-"; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "conditional";
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    }
  /** Text with values in it. Each part that is an expression is a string, a number or a boolean. */
  | { readonly kind: "template"; readonly parts: readonly (string | Expression)[] }
  /** A call of a function that the runtime module exports, by its name there. All else that languages can do comes as one. */
  /** With `scope`, generated code passes its run's `scope` before `args`: `executionFact(scope, "Name")`. */
  | { readonly kind: "call"; readonly fn: string; readonly args: readonly Expression[]; readonly scope?: true }
  /** A function to hand to a runtime function such as `mapList`: `(parameters) => body`. */
  | { readonly kind: "lambda"; readonly parameters: readonly Variable[]; readonly body: Expression }
);

/** Each means what it means in TypeScript on operands of equal primitive type; `===` on other types is a `call` of `equals`. */
export type BinaryOperator = "&&" | "||" | "??" | "===" | "!==" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/";

/** A variable of the program. Its identity is the object; `name` is what the definition suggests to call it. */
export interface Variable {
  readonly name: string;
  readonly type: Type;
  /**
   * input: the workflow's input. parameters: its substitutions. local: assigned by steps.
   * bound: bound by the step or lambda that holds it (a loop's item, a handler's failure).
   */
  readonly role: "input" | "parameters" | "local" | "bound";
}
