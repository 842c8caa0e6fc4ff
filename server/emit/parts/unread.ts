import type { Code, Statement } from "../layout/syntax.ts";
import type { Memory } from "./mentions.ts";

/** The statements without variables of theirs that are only assigned, because all that read them has become a part. */
export function withoutUnread(statements: readonly Statement[], memory: Memory): readonly Statement[] {
  const unread = new Set<string>();
  for (const statement of statements) {
    if (statement.kind !== "declare" || statement.keyword !== "let" || statement.value !== null) continue;
    if (statement.target.kind === "name") unread.add(statement.target.name);
  }
  if (unread.size === 0) return statements;
  for (const statement of statements) for (const name of memory.of(statement).read) unread.delete(name);
  return unread.size === 0 ? statements : without(statements, unread);
}

function without(statements: readonly Statement[], unread: ReadonlySet<string>): readonly Statement[] {
  const block = (inner: readonly Statement[]): readonly Statement[] => without(inner, unread);
  return statements.flatMap((statement): readonly Statement[] => {
    const { origin } = statement;
    switch (statement.kind) {
      case "declare":
        return statement.target.kind === "name" && unread.has(statement.target.name) ? [] : [statement];
      case "assign":
        if (!unread.has(statement.target)) return [statement];
        return isPlain(statement.value) ? [] : [{ kind: "expression", value: statement.value, origin }];
      case "if":
        return [
          {
            ...statement,
            cases: statement.cases.map(({ test, then }) => ({ test, then: block(then) })),
            otherwise: statement.otherwise && block(statement.otherwise),
          },
        ];
      case "while":
      case "block":
        return [{ ...statement, body: block(statement.body) }];
      case "try": {
        const { body, handler, finalizer } = statement;
        return [
          {
            ...statement,
            body: block(body),
            handler: handler && { ...handler, body: block(handler.body) },
            finalizer: finalizer && block(finalizer),
          },
        ];
      }
      default:
        return [statement];
    }
  });
}

/** Whether nothing happens when the value is left out. */
function isPlain(value: Code): boolean {
  switch (value.kind) {
    case "name":
    case "keyword":
    case "number":
    case "string":
      return true;
    case "member":
      return isPlain(value.of);
    case "unary":
      return isPlain(value.argument);
    case "binary":
      return isPlain(value.left) && isPlain(value.right);
    case "conditional":
      return isPlain(value.test) && isPlain(value.then) && isPlain(value.otherwise);
    default:
      return false;
  }
}
