/** The syntax tree of a CEL expression. Offsets count UTF-16 units from the start of the expression's own text. */
export type CelNode = { readonly start: number; readonly end: number } & (
  | { readonly kind: "null" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bytes" }
  /** `double`: written with a point or an exponent. An unsigned literal (`5u`) is an `int` here. */
  | { readonly kind: "int" | "double"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "select"; readonly of: CelNode; readonly name: CelName }
  | { readonly kind: "index"; readonly of: CelNode; readonly key: CelNode }
  | {
      readonly kind: "call";
      readonly target: CelNode | null;
      readonly name: CelName;
      readonly args: readonly CelNode[];
    }
  | { readonly kind: "list"; readonly items: readonly CelNode[] }
  | { readonly kind: "map"; readonly entries: readonly { readonly key: CelNode; readonly value: CelNode }[] }
  | { readonly kind: "unary"; readonly operator: "!" | "-"; readonly operand: CelNode }
  | { readonly kind: "binary"; readonly operator: CelOperator; readonly left: CelNode; readonly right: CelNode }
  | { readonly kind: "conditional"; readonly test: CelNode; readonly then: CelNode; readonly otherwise: CelNode }
);

/** A name with its place: for findings about just the name. */
export interface CelName {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export type CelOperator = "||" | "&&" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "+" | "-" | "*" | "/" | "%";

export type CelToken = { readonly start: number; readonly end: number } & (
  | { readonly kind: "name"; readonly text: string; readonly quoted: boolean }
  | { readonly kind: "int" | "double"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bytes" }
  | { readonly kind: "sign"; readonly text: string }
  | { readonly kind: "end" }
);

/** What makes a text no CEL expression, with its place. Thrown by lexer and parser, caught by `compileCel`. */
export class CelSyntaxError extends Error {
  readonly start: number;
  readonly end: number;

  constructor(problem: string, start: number, end: number) {
    super(problem);
    this.start = start;
    this.end = end;
  }
}
