import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression, Variable } from "../ir/expression.ts";
import { type Type, unknown } from "../ir/types.ts";
import type { QueryScope } from "./jsonata.ts";
import type { QueryNode } from "./jsonata-parse.ts";
import { QueryProblem } from "./jsonata-problem.ts";
import { call, list, literal } from "./jsonpath-values.ts";

/** What a part of an expression stands in. */
export interface Place {
  /** The context, `$`; null where there is none, as at the top of an expression. */
  readonly context: Expression | null;
  /** Variables that the expression itself binds, and what paths bind for `%`. */
  readonly bound: ReadonlyMap<string, Expression>;
  /** Variables that are bound within expressions: the cells that hold them. */
  readonly cells: ReadonlyMap<string, Expression>;
  /** Whether the calls that a function ends with are left to its loop. */
  readonly isLooping: boolean;
}

/** A value, and whether it is a sequence, of which a single item counts as itself. */
export interface Translated {
  readonly value: Expression;
  readonly isMany: boolean;
  /** Whether a single item of it may again be such a sequence. */
  readonly isNested?: boolean;
}

/** What the parts of the translation share. */
export interface Translator {
  readonly scope: QueryScope;
  readonly origin: Origin;
  /** Whether functions with a signature are values, so that calls of values must tell their context. */
  readonly hasSigned: boolean;
  /** A node as a value: with its predicates and its grouping, and one item of a sequence for the sequence. */
  translate(node: QueryNode, place: Place): Expression;
  /** A call of a runtime function. */
  fn(name: string, args: readonly Expression[], type?: Type): Expression;
  text(value: string): Expression;
  nothing(): Expression;
  /** Notes that a value is certain to be there. */
  known(value: Expression): Expression;
  isCertain(value: Expression): boolean;
  /** Notes that a value may still be a sequence. */
  nested(value: Expression): Expression;
  /** A value as the blocks, conditions and variables around it see it: not as a sequence of a single item. */
  settled(value: Expression): Expression;
}

export function createTranslator(
  scope: QueryScope,
  origin: Origin,
  hasSigned: boolean,
  translate: (translator: Translator, node: QueryNode, place: Place) => Expression,
): Translator {
  const certain = new Set<Expression>();
  const nested = new Set<Expression>();
  const isCertain = (value: Expression): boolean => {
    if (certain.has(value)) return true;
    if (value.kind === "conditional") return isCertain(value.then) && isCertain(value.otherwise);
    return !["call", "variable", "member"].includes(value.kind) || value.type.kind !== "unknown";
  };
  const translator: Translator = {
    scope,
    origin,
    hasSigned,
    translate: (node, place) => translate(translator, node, place),
    fn: (name, args, type = unknown) => call(name, args, type, origin),
    text: (value) => literal(value, origin),
    nothing: () => call("noValue", [], unknown, origin),
    known(value) {
      certain.add(value);
      return value;
    },
    isCertain,
    nested(value) {
      nested.add(value);
      return value;
    },
    settled: (value) => (nested.has(value) ? call("collapsed", [value], unknown, origin) : value),
  };
  return translator;
}

/** The place at the top of an expression. */
export const topPlace: Place = { context: null, bound: new Map(), cells: new Map(), isLooping: false };

/** A parameter, and what reads it. */
export function boundVariable({ origin }: Translator, name: string): { variable: Variable; read: Expression } {
  const variable: Variable = { name, type: unknown, role: "bound" };
  return { variable, read: { kind: "variable", variable, type: unknown, origin } };
}

export function lambda(
  { origin }: Translator,
  parameters: readonly Variable[],
  body: Expression,
  type: Type = unknown,
): Expression {
  return { kind: "lambda", parameters, body, type, origin };
}

/** A function of the context: what a path, a filter or a group does with each item. */
export function ofItem(translator: Translator, place: Place, body: (inner: Place) => Expression): Expression {
  const { variable, read } = boundVariable(translator, "item");
  return lambda(translator, [variable], body({ ...place, context: read, isLooping: false }));
}

export function array({ origin }: Translator, items: readonly Expression[]): Expression {
  return list(items, origin);
}

export function one(value: Expression): Translated {
  return { value, isMany: false };
}

export function child(node: QueryNode, field: string): QueryNode {
  const inner = node.node(field);
  if (inner === null) throw new QueryProblem(node.position, "it is no expression that can be evaluated");
  return inner;
}

export function untranslated(node: QueryNode, feature: string): QueryProblem {
  const instead = "Write this part of the expression in another way.";
  return new QueryProblem(node.position, instead, { feature: `JSONata: ${feature}` });
}
