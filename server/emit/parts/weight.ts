import type { Code, Statement } from "../layout/syntax.ts";

/** Counts statements, those in functions and blocks among them. What was counted once is not gone through again. */
export interface Scales {
  of(statement: Statement): number;
  ofAll(statements: readonly Statement[]): number;
  /** Of the statements before each index, the length of the list included. */
  upTo(statements: readonly Statement[]): Float64Array;
}

export function createScales(): Scales {
  const known = new Map<Statement, number>();

  function of(statement: Statement): number {
    let weight = known.get(statement);
    if (weight === undefined) {
      weight = 1 + inside(statement);
      known.set(statement, weight);
    }
    return weight;
  }

  function ofAll(statements: readonly Statement[]): number {
    return statements.reduce((sum, statement) => sum + of(statement), 0);
  }

  function inside(statement: Statement): number {
    switch (statement.kind) {
      case "declare":
      case "return":
        return statement.value === null ? 0 : inCode(statement.value);
      case "assign":
      case "expression":
      case "throw":
        return inCode(statement.value);
      case "if":
        return statement.cases.reduce(
          (sum, { test, then }) => sum + inCode(test) + ofAll(then),
          ofAll(statement.otherwise ?? []),
        );
      case "while":
      case "block":
        return ofAll(statement.body);
      case "try":
        return ofAll(statement.body) + ofAll(statement.handler?.body ?? []) + ofAll(statement.finalizer ?? []);
      case "break":
      case "continue":
        return 0;
      default:
        return statement satisfies never;
    }
  }

  function inCode(code: Code): number {
    switch (code.kind) {
      case "arrow":
        return "kind" in code.body ? 1 + inCode(code.body) : ofAll(code.body);
      case "await":
      case "unary":
        return inCode(code.argument);
      case "call":
        return code.args.reduce((sum, arg) => sum + inCode(arg), 0);
      case "array":
        return code.items.reduce((sum, item) => sum + inCode(item), 0);
      case "object":
        return code.properties.reduce(
          (sum, property) => sum + (property.kind === "shorthand" ? 0 : inCode(property.value)),
          0,
        );
      case "member":
        return inCode(code.of);
      case "index":
        return inCode(code.of) + inCode(code.key);
      case "binary":
        return inCode(code.left) + inCode(code.right);
      case "conditional":
        return inCode(code.test) + inCode(code.then) + inCode(code.otherwise);
      case "template":
        return code.values.reduce((sum, value) => sum + inCode(value), 0);
      case "name":
      case "keyword":
      case "number":
      case "string":
        return 0;
      default:
        return code satisfies never;
    }
  }

  function upTo(statements: readonly Statement[]): Float64Array {
    const weights = new Float64Array(statements.length + 1);
    for (const [index, statement] of statements.entries()) weights[index + 1] = (weights[index] ?? 0) + of(statement);
    return weights;
  }

  return { of, ofAll, upTo };
}
