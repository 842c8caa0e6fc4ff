import type { Findings } from "../../server/diagnostics/diagnostic.ts";
import { createFindings } from "../../server/diagnostics/findings.ts";
import { render } from "../../server/diagnostics/render.ts";
import * as runtimeCel from "../../server/emit/runtime/cel.ts";
import * as runtimeBits from "../../server/emit/runtime/cel-bits.ts";
import * as runtimeDynamic from "../../server/emit/runtime/cel-dynamic.ts";
import * as runtimeFormat from "../../server/emit/runtime/cel-format.ts";
import * as runtimeMatch from "../../server/emit/runtime/cel-match.ts";
import * as runtimeText from "../../server/emit/runtime/cel-text.ts";
import * as runtimeTime from "../../server/emit/runtime/cel-time.ts";
import type { Environment } from "../../server/expressions/environment.ts";
import { compileValue } from "../../server/expressions/template.ts";
import type { Expression, Variable } from "../../server/ir/expression.ts";
import { typeOfSchema } from "../../server/ir/schema.ts";
import type { Type, TypeDeclaration } from "../../server/ir/types.ts";
import { parseJson } from "../../server/source/json.ts";
import { defaultLimits } from "../../server/source/limits.ts";
import type { Json, Tree } from "../../server/source/tree.ts";
import { printExpression } from "./print-expression.ts";

export function treeOf(value: Json): { text: string; tree: Tree } {
  const text = JSON.stringify(value);
  const findings = createFindings();
  const { root } = parseJson(text, defaultLimits, findings);
  if (root === null || findings.failed) throw new Error(`the fixture is no JSON: ${text}`);
  return { text, tree: root };
}

export interface Schemas {
  readonly [name: string]: Json;
}

/** The names of an expression, as variables of the types that schemas give. */
export function variablesOf(schemas: Schemas): {
  variables: ReadonlyMap<string, Variable>;
  declarations: readonly TypeDeclaration[];
} {
  const variables = new Map<string, Variable>();
  const declarations: TypeDeclaration[] = [];
  for (const [name, schema] of Object.entries(schemas)) {
    const findings = createFindings();
    const declare = (declaration: TypeDeclaration) => declarations.push(declaration);
    const type = typeOfSchema(treeOf(schema).tree, { findings, node: "", name, declare });
    if (findings.failed) throw new Error(JSON.stringify(findings.list));
    variables.set(name, { name, type, role: "input" });
  }
  return { variables, declarations };
}

export function environmentOf(variables: ReadonlyMap<string, Variable>, findings: Findings): Environment {
  return {
    findings,
    node: "step",
    names: variables.keys(),
    resolve(name, origin) {
      const variable = variables.get(name);
      return variable === undefined ? null : { kind: "variable", variable, type: variable.type, origin };
    },
  };
}

export interface Compiled {
  readonly expression: Expression | null;
  readonly type: Type | null;
  /** The expression as TypeScript; "" where there is none. */
  readonly code: string;
  /** Each as `CODE "text it points at" message`. */
  readonly problems: readonly string[];
  readonly findings: Findings;
  /** The JSON text that the value was given in. */
  readonly text: string;
}

/** Compiles a value with `${ }` in it, over variables of the types of these schemas. */
export function compile(value: Json, schemas: Schemas = {}): Compiled {
  const { text, tree } = treeOf(value);
  const findings = createFindings();
  const expression = compileValue(tree, environmentOf(variablesOf(schemas).variables, findings));
  const problems = render(findings.list, text).map(({ code, location, message }) => {
    const at = text.slice(location.column - 1, location.endColumn - 1);
    return `${code} ‹${at}› ${message}`;
  });
  return {
    expression,
    type: expression?.type ?? null,
    code: expression === null ? "" : printExpression(expression),
    problems,
    findings,
    text,
  };
}

export function cel(expression: string, schemas: Schemas = {}): Compiled {
  return compile(`\${${expression}}`, schemas);
}

/** By file in server/emit/runtime. */
export const runtimeFiles = {
  cel: runtimeCel,
  "cel-bits": runtimeBits,
  "cel-dynamic": runtimeDynamic,
  "cel-format": runtimeFormat,
  "cel-match": runtimeMatch,
  "cel-text": runtimeText,
  "cel-time": runtimeTime,
};

const runtime: Readonly<Record<string, unknown>> = Object.assign({}, ...Object.values(runtimeFiles));

/** Runs an expression as generated code would. */
export function evaluate(expression: Expression, values: Readonly<Record<string, unknown>> = {}): unknown {
  const names = [...Object.keys(runtime), ...Object.keys(values)];
  const run = new Function(...names, `return (${printExpression(expression)});`);
  return run(...Object.values(runtime), ...Object.values(values));
}

/** Compiles and runs; throws where the expression has problems. */
export function run(
  expression: string,
  schemas: Schemas = {},
  values: Readonly<Record<string, unknown>> = {},
): unknown {
  const compiled = cel(expression, schemas);
  if (compiled.expression === null) throw new Error(compiled.problems.join("\n"));
  return evaluate(compiled.expression, values);
}
