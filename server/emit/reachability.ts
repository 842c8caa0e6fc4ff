import type { Statement } from "./layout/syntax.ts";

/** Whether nothing after the statements is reached, as TypeScript sees it. */
export function leaves(statements: readonly Statement[]): boolean {
  const last = statements.at(-1);
  switch (last?.kind) {
    case "return":
    case "throw":
    case "break":
    case "continue":
      return true;
    case "if":
      return last.otherwise !== null && leaves(last.otherwise) && last.cases.every(({ then }) => leaves(then));
    case "while":
      return last.test.kind === "keyword" && last.test.keyword === "true" && !hasBreak(last.body, last.label, true);
    case "block":
      return leaves(last.body) && !hasBreak(last.body, last.label, false);
    case "try":
      return (
        (last.finalizer !== null && leaves(last.finalizer)) ||
        (leaves(last.body) && (last.handler === null || leaves(last.handler.body)))
      );
    default:
      return false;
  }
}

function hasBreak(statements: readonly Statement[], label: string | null, isDirect: boolean): boolean {
  return statements.some((statement) => {
    switch (statement.kind) {
      case "break":
        return statement.label === null ? isDirect : statement.label === label;
      case "if":
        return (
          statement.cases.some(({ then }) => hasBreak(then, label, isDirect)) ||
          (statement.otherwise !== null && hasBreak(statement.otherwise, label, isDirect))
        );
      case "while":
        return hasBreak(statement.body, label, false);
      case "block":
        return hasBreak(statement.body, label, isDirect);
      case "try":
        return [statement.body, statement.handler?.body ?? [], statement.finalizer ?? []].some((body) =>
          hasBreak(body, label, isDirect),
        );
      default:
        return false;
    }
  });
}
