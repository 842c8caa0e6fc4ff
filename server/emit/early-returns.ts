import type { Statement } from "./layout/syntax.ts";
import { createMemory } from "./parts/mentions.ts";

/**
 * A function's statements without a variable that is only returned: where each assignment of `let x: unknown` stands right
 * before `return x`, the value is returned instead. Only `unknown` is sure to be the same type in either form.
 */
export function withEarlyReturns(body: readonly Statement[], variable: string): readonly Statement[] {
  let isDeclared = false;
  /** Whether what is returned at one place is `unknown` all by itself. */
  let isUnknown = false;
  const unknowns = new Set<string>();

  function shorten(statements: readonly Statement[]): readonly Statement[] {
    const kept: Statement[] = [];
    for (const statement of statements) {
      const before = kept.at(-1);
      if (statement.kind === "return" && isRead(statement, variable) && before?.kind === "assign") {
        if (before.target === variable) {
          kept.pop();
          const { value } = before;
          isUnknown ||= value.kind === "await" || (value.kind === "name" && unknowns.has(value.name));
          kept.push({ ...statement, value: before.value, origin: before.origin });
          continue;
        }
      }
      const declared = unknownBy(statement);
      if (declared !== null) unknowns.add(declared);
      if (declared === variable && statement.kind === "declare" && statement.value === null) isDeclared = true;
      else kept.push(within(statement));
    }
    return kept;
  }

  /** A `finally` sees what was assigned before it. */
  function within(statement: Statement): Statement {
    switch (statement.kind) {
      case "if":
        return {
          ...statement,
          cases: statement.cases.map(({ test, then }) => ({ test, then: shorten(then) })),
          otherwise: statement.otherwise && shorten(statement.otherwise),
        };
      case "while":
      case "block":
        return { ...statement, body: shorten(statement.body) };
      case "try": {
        const { body, handler, finalizer } = statement;
        if (finalizer !== null) return statement;
        return {
          ...statement,
          body: shorten(body),
          handler: handler && { ...handler, body: shorten(handler.body) },
        };
      }
      default:
        return statement;
    }
  }

  const shorter = shorten(body);
  const memory = createMemory();
  const isGone = isDeclared && shorter.every((statement) => !memory.of(statement).names.has(variable));
  return isGone && isUnknown ? shorter : body;
}

function isRead({ value }: Statement & { kind: "return" }, variable: string): boolean {
  return value?.kind === "name" && value.name === variable;
}

/** The name that a statement declares as `unknown`. */
function unknownBy(statement: Statement): string | null {
  if (statement.kind !== "declare" || statement.target.kind !== "name") return null;
  return statement.type?.kind === "word" && statement.type.text === "unknown" ? statement.target.name : null;
}
