import type { Code, Statement, TypeCode } from "../layout/syntax.ts";
import type { Plan, Typed } from "./knowledge.ts";

const nothing: TypeCode = { kind: "word", text: "void" };

export function nameCode(name: string): Code {
  return { kind: "name", name };
}

export function objectOf(names: readonly string[]): Code {
  return { kind: "object", properties: names.map((name) => ({ kind: "shorthand", name })) };
}

export function declarationOf({ name, type }: Typed): Statement {
  return { kind: "declare", keyword: "let", target: { kind: "name", name }, type: type(), value: null, origin: null };
}

export function resultType(results: Plan["results"]): TypeCode {
  const [only] = results;
  if (only === undefined) return nothing;
  if (results.length === 1) return only.type();
  return {
    kind: "shape",
    members: results.map(({ name, type }) => ({
      kind: "field",
      key: name,
      optional: false,
      type: type(),
      comment: [],
    })),
  };
}
