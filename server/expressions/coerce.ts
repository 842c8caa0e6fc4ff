import type { Findings } from "../diagnostics/diagnostic.ts";
import { isAssignable } from "../ir/assignable.ts";
import type { Expression } from "../ir/expression.ts";
import { showType } from "../ir/show-type.ts";
import type { Type } from "../ir/types.ts";

/** The expression where a `to` is wanted; reports WF_TYPE_001 where it is none. `what` begins the message: "`amount` of `charge`". */
export function coerce(expression: Expression, to: Type, what: string, findings: Findings): Expression {
  const mismatch = isAssignable(expression.type, to);
  if (mismatch !== null) findings.report("WF_TYPE_001", expression.origin, { what, found: showType(expression.type), expected: showType(to), member: "" });
  return expression;
}
