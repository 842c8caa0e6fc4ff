import type { Statement } from "./layout/syntax.ts";
import { createMemory } from "./parts/mentions.ts";

/**
 * A function's statements without a variable that is only returned: where each assignment of `let x: unknown` stands right
 * before `return x`, the value is returned instead. Only `unknown` is sure to be the same type in either form.
 */
export function withEarlyReturns(body: readonly Statement[], variable: string): readonly Statement[] {
  let isDeclared = false;
  let awaits = false;

  function shorten(statements: readonly Statement[]): readonly Statement[] {
    const kept: Statement[] = [];
    for (const statement of statements) {
      const before = kept.at(-1);
      if (statement.kind === "return" && isRead(statement, variable) && before?.kind === "assign") {
        if (before.target === variable) {
          kept.pop();
          awaits ||= before.value.kind === "await";
          kept.push({ ...statement, value: before.value, origin: before.origin });
          continue;
        }
      }
      if (isDeclaration(statement, variable)) isDeclared = true;
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
  return isGone && awaits ? shorter : body;
}

function isRead({ value }: Statement & { kind: "return" }, variable: string): boolean {
  return value?.kind === "name" && value.name === variable;
}

function isDeclaration(statement: Statement, variable: string): boolean {
  return (
    statement.kind === "declare" &&
    statement.value === null &&
    statement.target.kind === "name" &&
    statement.target.name === variable &&
    statement.type?.kind === "word" &&
    statement.type.text === "unknown"
  );
}
