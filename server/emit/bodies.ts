import type { Expression, Variable } from "../ir/expression.ts";
import type { Region } from "../ir/program.ts";
import type { Type } from "../ir/types.ts";
import { withEarlyReturns } from "./early-returns.ts";
import type { ExpressionPrinter } from "./expressions.ts";
import type { JumpPrinter } from "./jumps.ts";
import type { Code, Statement, TypeCode } from "./layout/syntax.ts";
import type { ModuleNames } from "./module-names.ts";
import type { Cutter } from "./parts/cut.ts";
import { leaves } from "./reachability.ts";
import { isIndexed, type TypePrinter } from "./types.ts";

/** What a function of the module returns: the value of `finish`, the variables that are used after it, or nothing. */
export type Returns =
  | { readonly kind: "value"; readonly type: Type | null }
  | { readonly kind: "variables"; readonly variables: readonly Variable[] };

export interface BodyPrinter {
  /** The body of a function, in a scope of its own. */
  functionBody(region: Region, returns: Returns): { readonly body: readonly Statement[]; readonly usesScope: boolean };
  /** What `finish` returns, with its value. */
  returned(value: Expression | null): Code | null;
  /** Whether `finish` of a variable returns it just as it is. */
  returnsAsIs(): boolean;
}

/** Prints the bodies of functions, and what they return. */
export function createBodyPrinter(
  {
    names,
    types,
    expressions,

    cutter,
    jumps,
  }: {
    readonly names: ModuleNames;
    readonly types: TypePrinter;
    readonly expressions: ExpressionPrinter;
    readonly cutter: Cutter;
    readonly jumps: JumpPrinter;
  },
  block: (region: Region) => Statement[],
): BodyPrinter {
  const { codeFor, narrowing } = expressions;
  let returns: Returns = { kind: "variables", variables: [] };

  function functionBody(
    region: Region,
    inside: Returns,
  ): { readonly body: readonly Statement[]; readonly usesScope: boolean } {
    const outer = returns;
    returns = inside;
    const { result, usesScope } = jumps.inFunction(() =>
      names.inFunction(() => narrowing.block(() => returningStatements(region))),
    );
    returns = outer;
    return { body: cutter.cut(shortened(result, inside), () => typeOf(inside)), usesScope };
  }

  function shortened(statements: readonly Statement[], inside: Returns): readonly Statement[] {
    if (inside.kind === "value") return statements;
    const [only, ...others] = inside.variables;
    return only === undefined || others.length > 0 ? statements : withEarlyReturns(statements, names.declare(only));
  }

  function typeOf(inside: Returns): TypeCode {
    if (inside.kind === "value") return inside.type === null ? nothing : types.code(inside.type);
    const [only, ...others] = inside.variables;
    if (only === undefined) return nothing;
    if (others.length === 0) return types.code(only.type);
    return {
      kind: "shape",
      members: inside.variables.map((variable) => ({
        kind: "field",
        key: names.declare(variable),
        optional: false,
        type: types.code(variable.type),
        comment: [],
      })),
    };
  }

  function returningStatements(region: Region): readonly Statement[] {
    const statements = block(region);
    const last = statements.at(-1);
    if (last?.kind === "return" && last.value === null) statements.pop();
    const value = leaves(statements) ? null : returned(null);
    return value === null ? statements : [...statements, { kind: "return", value, origin: null }];
  }

  function returned(value: Expression | null): Code | null {
    if (returns.kind === "variables") return returnedVariables(returns.variables);
    if (returns.type === null) return null;
    return value === null ? { kind: "keyword", keyword: "null" } : codeFor(value, returns.type);
  }

  function returnedVariables(variables: readonly Variable[]): Code | null {
    const [only] = variables;
    if (only === undefined) return null;
    variables.forEach(narrowing.returned);
    if (variables.length === 1) return names.variable(only);
    return {
      kind: "object",
      properties: variables.map((variable) => ({ kind: "shorthand", name: names.declare(variable) })),
    };
  }

  return {
    functionBody,
    returned,
    returnsAsIs: () => returns.kind === "value" && returns.type !== null && !isIndexed(returns.type),
  };
}

const nothing: TypeCode = { kind: "word", text: "void" };
