import type { Statement } from "../layout/syntax.ts";
import { leaves } from "../reachability.ts";

/** Whether a variable certainly has a value after the statement, however control goes through it: never more than TypeScript sees. */
export function assigns(statement: Statement, name: string): boolean {
  switch (statement.kind) {
    case "assign":
      return statement.target === name;
    case "if":
      return (
        statement.otherwise !== null &&
        [...statement.cases.map(({ then }) => then), statement.otherwise].every((arm) => assignsOrLeaves(arm, name))
      );
    case "try":
      if (statement.finalizer?.some((inner) => assigns(inner, name))) return true;
      return (
        assignsOrLeaves(statement.body, name) &&
        (statement.handler === null || assignsOrLeaves(statement.handler.body, name))
      );
    default:
      return false;
  }
}

function assignsOrLeaves(statements: readonly Statement[], name: string): boolean {
  return leaves(statements) || statements.some((statement) => assigns(statement, name));
}
