import type { Origin } from "../../diagnostics/diagnostic.ts";
import { call, literal } from "../../expressions/jsonpath-values.ts";
import type { Expression, Variable } from "../../ir/expression.ts";
import type { ParameterDeclaration } from "../../ir/program.ts";
import { boolean, type MemberType, number, string, type Type } from "../../ir/types.ts";
import type { Tree } from "../../source/tree.ts";

/**
 * The `${placeholder}` substitutions of CloudFormation, SAM and Terraform: parameters of a run. One that stands alone
 * where a number or a boolean belongs has that type; all others are strings.
 */
export interface Substitutions {
  /** A text with its placeholders; a literal where it has none. */
  text(text: string, origin: Origin): Expression;
  readonly declared: readonly ParameterDeclaration[];
  /** Null while nothing is declared. */
  readonly variable: Variable | null;
}

const placeholder = /\$\{([A-Za-z_][\w.:-]{0,127})\}/g;
const wholePlaceholder = /^\$\{([A-Za-z_][\w.:-]{0,127})\}$/;

const numericField =
  /^(?:Seconds|TimeoutSeconds|HeartbeatSeconds|IntervalSeconds|MaxAttempts|BackoffRate|MaxDelaySeconds|MaxConcurrency|ToleratedFailure(?:Count|Percentage)|MaxItems(?:PerBatch)?|MaxInputBytesPerBatch|Numeric\w*(?<!Path))$/;

/** The name of the placeholder that a text is, or null. */
export function placeholderName(text: string): string | null {
  return wholePlaceholder.exec(text)?.[1] ?? null;
}

export function hasPlaceholder(text: string): boolean {
  return text.search(placeholder) >= 0;
}

export function createSubstitutions(root: Tree): Substitutions {
  const types = placeholderTypes(root);
  const members = new Map<string, MemberType>();
  const declared: ParameterDeclaration[] = [];
  const variable: Variable = {
    name: "parameters",
    type: { kind: "object", members, additional: null },
    role: "parameters",
  };

  function parameter(name: string, origin: Origin): Expression {
    const type = types.get(name) ?? string;
    if (!members.has(name)) {
      members.set(name, { type, required: true });
      declared.push({ name, type, origin });
    }
    const of: Expression = { kind: "variable", variable, type: variable.type, origin };
    return { kind: "member", of, name, optional: false, type, origin };
  }

  return {
    text(text, origin) {
      const whole = placeholderName(text);
      if (whole !== null) return parameter(whole, origin);
      const parts: (string | Expression)[] = [];
      let end = 0;
      for (const match of text.matchAll(placeholder)) {
        if (match.index > end) parts.push(text.slice(end, match.index));
        const value = parameter(match[1] ?? "", origin);
        parts.push(value.type.kind === "string" ? value : call("formatted", [value], string, origin));
        end = match.index + match[0].length;
      }
      if (parts.length === 0) return literal(text, origin);
      if (end < text.length) parts.push(text.slice(end));
      return { kind: "template", parts, type: string, origin };
    },
    declared,
    get variable() {
      return declared.length === 0 ? null : variable;
    },
  };
}

/** The types that places give to placeholders; a definition is searched once, before anything is made of it. */
function placeholderTypes(root: Tree): ReadonlyMap<string, Type> {
  const types = new Map<string, Type>();
  const open: Tree[] = [root];
  for (let tree = open.pop(); tree !== undefined; tree = open.pop()) {
    if (tree.kind === "array") for (const item of tree.items) open.push(item);
    if (tree.kind !== "object") continue;
    for (const { key, value } of tree.members) {
      open.push(value);
      const name = value.kind === "string" ? placeholderName(value.value) : null;
      if (name === null) continue;
      if (numericField.test(key)) types.set(name, number);
      else if (key === "BooleanEquals") types.set(name, boolean);
    }
  }
  return types;
}
