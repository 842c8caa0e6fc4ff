import type { Origin } from "../../diagnostics/diagnostic.ts";

/**
 * The part of TypeScript that generated modules are written in. Names and literals are in it as they are printed: they
 * have been through the symbol table and the escaping of `text.ts`.
 */
export type Code =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "keyword"; readonly keyword: "true" | "false" | "null" }
  | { readonly kind: "number"; readonly raw: string }
  | { readonly kind: "string"; readonly raw: string }
  | { readonly kind: "array"; readonly items: readonly Code[] }
  | { readonly kind: "object"; readonly properties: readonly Property[] }
  | { readonly kind: "member"; readonly of: Code; readonly name: string; readonly optional: boolean }
  | { readonly kind: "index"; readonly of: Code; readonly key: Code; readonly optional: boolean }
  | CallCode
  | ArrowCode
  | { readonly kind: "await"; readonly argument: Code }
  | { readonly kind: "unary"; readonly operator: "!" | "-"; readonly argument: Code }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Code; readonly right: Code }
  | { readonly kind: "conditional"; readonly test: Code; readonly then: Code; readonly otherwise: Code }
  /** `texts` has one more element than `values`, each escaped for a template literal. */
  | { readonly kind: "template"; readonly texts: readonly string[]; readonly values: readonly Code[] };

export interface CallCode {
  readonly kind: "call";
  readonly callee: string;
  /** Given only where TypeScript infers others. */
  readonly typeArgs?: readonly TypeCode[];
  readonly args: readonly Code[];
}

export interface ArrowCode {
  readonly kind: "arrow";
  readonly async: boolean;
  readonly parameters: readonly string[];
  readonly body: Code | readonly Statement[];
  /** Of a body that is no statement any more. */
  readonly origin?: Origin | null;
}

export type Property =
  | { readonly kind: "property"; readonly key: string; readonly value: Code; readonly origin: Origin | null }
  | { readonly kind: "shorthand"; readonly name: string }
  | { readonly kind: "spread"; readonly value: Code };

interface StatementPlace {
  readonly origin: Origin | null;
  /** Lines that are safe in a comment: they stand over it, broken at the print width. */
  readonly comment?: readonly string[];
}

export type Statement = StatementPlace &
  (
    | {
        readonly kind: "declare";
        readonly keyword: "const" | "let";
        readonly target: Target;
        readonly type: TypeCode | null;
        readonly value: Code | null;
      }
    | { readonly kind: "assign"; readonly target: string; readonly value: Code }
    | { readonly kind: "expression"; readonly value: Code }
    | {
        readonly kind: "if";
        readonly cases: readonly { readonly test: Code; readonly then: readonly Statement[] }[];
        readonly otherwise: readonly Statement[] | null;
      }
    | {
        readonly kind: "while";
        readonly label: string | null;
        readonly test: Code;
        readonly body: readonly Statement[];
      }
    | { readonly kind: "block"; readonly label: string; readonly body: readonly Statement[] }
    | { readonly kind: "break" | "continue"; readonly label: string | null }
    | { readonly kind: "return"; readonly value: Code | null }
    | { readonly kind: "throw"; readonly value: Code }
    | {
        readonly kind: "try";
        readonly body: readonly Statement[];
        readonly handler: { readonly parameter: string; readonly body: readonly Statement[] } | null;
        readonly finalizer: readonly Statement[] | null;
      }
  );

/** What a declaration binds: a name, `[a, , { b, c }]` or `{ a, b }`. An empty name is a hole. */
export type Target =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "list"; readonly items: readonly (Target | null)[] };

export type TypeCode =
  | { readonly kind: "word"; readonly text: string }
  /** A literal type, as it is printed. */
  | { readonly kind: "literal"; readonly raw: string }
  | { readonly kind: "reference"; readonly name: string; readonly args: readonly TypeCode[] }
  | { readonly kind: "list"; readonly element: TypeCode }
  | { readonly kind: "tuple"; readonly elements: readonly TypeCode[]; readonly rest: TypeCode | null }
  | { readonly kind: "shape"; readonly members: readonly TypeMember[] }
  | { readonly kind: "union"; readonly of: readonly TypeCode[] };

export type TypeMember =
  | {
      readonly kind: "field";
      readonly key: string;
      readonly optional: boolean;
      readonly type: TypeCode;
      readonly comment: readonly string[];
    }
  | {
      readonly kind: "method";
      readonly key: string;
      readonly parameters: readonly { readonly name: string; readonly type: TypeCode }[];
      readonly result: TypeCode;
      readonly comment: readonly string[];
    }
  | { readonly kind: "index"; readonly type: TypeCode };
