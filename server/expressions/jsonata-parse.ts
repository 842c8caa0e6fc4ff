import jsonata from "jsonata";

/** A node of the tree that the `jsonata` library parses an expression into, as far as it is looked at here. */
export interface QueryNode {
  readonly type: string;
  readonly value: unknown;
  /** Where it ends in the text. */
  readonly position: number;
  /** A field that is a text; null where there is none. */
  text(field: string): string | null;
  node(field: string): QueryNode | null;
  nodes(field: string): readonly QueryNode[];
  pairs(field: string): readonly (readonly [QueryNode, QueryNode])[];
  has(field: string): boolean;
  /** Whether a mark of the parser is set. */
  isFlag(field: string): boolean;
}

/** AWS's limit, in characters. */
const MAX_LENGTH = 10_000;

/**
 * The parser copies what stands before `?:` and `??`: nested in each other, so many double the tree as often. With more
 * of them an expression must be short; in this one 2^10 copies of a few hundred nodes still take less than a second.
 */
const MAX_DEFAULTS = 10;
const MANY_DEFAULTS = 4;
const MAX_LENGTH_WITH_MANY_DEFAULTS = 2_000;

export type ParsedQuery =
  | { readonly kind: "tree"; readonly root: QueryNode }
  | { readonly kind: "problem"; readonly at: number; readonly problem: string };

/** Parses an expression. Nothing of it is evaluated. */
export function parseQuery(text: string): ParsedQuery {
  if (text.length > MAX_LENGTH) return { kind: "problem", at: 0, problem: `it has more than ${MAX_LENGTH} characters` };
  const defaults = text.match(/\?[:?]/g)?.length ?? 0;
  if (defaults > MAX_DEFAULTS || (defaults > MANY_DEFAULTS && text.length > MAX_LENGTH_WITH_MANY_DEFAULTS))
    return { kind: "problem", at: 0, problem: `it has ${defaults} operators \`?:\` and \`??\`: that is too many` };
  try {
    return { kind: "tree", root: nodeOf(jsonata(text).ast()) };
  } catch (error) {
    if (error instanceof RangeError) return { kind: "problem", at: 0, problem: "it is nested too deeply" };
    const { message, position } = asRecord(error);
    const problem = typeof message === "string" ? lowerFirst(message.slice(0, 200)) : "it is no JSONata expression";
    return { kind: "problem", at: typeof position === "number" ? position : 0, problem };
  }
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function nodeOf(value: unknown): QueryNode {
  const fields = asRecord(value);
  const { type, position } = fields;
  const listOf = (field: string): readonly unknown[] => {
    const list = fields[field];
    return Array.isArray(list) ? list : [];
  };
  return {
    type: typeof type === "string" ? type : "",
    value: fields["value"],
    position: typeof position === "number" ? position : 0,
    text: (field) => {
      const text = fields[field];
      return typeof text === "string" ? text : null;
    },
    node: (field) => (isObject(fields[field]) ? nodeOf(fields[field]) : null),
    nodes: (field) => listOf(field).map(nodeOf),
    pairs: (field) =>
      listOf(field).flatMap((pair) => (Array.isArray(pair) ? [[nodeOf(pair[0]), nodeOf(pair[1])] as const] : [])),
    has: (field) => fields[field] !== undefined,
    isFlag: (field) => fields[field] === true,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}
