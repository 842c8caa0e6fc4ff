import type { Expression } from "../ir/expression.ts";
import { partsOf } from "../ir/visit.ts";

/** Functions that give a value whatever their arguments are. `present` and `nonNull` stand where a test has gone before. */
const SAFE: ReadonlySet<string> = new Set(
  `absolute concat contains endsWith entries epochSeconds equals every exactlyOne filterList greatest has hasKey indexed isFiniteNumber
   isIn isInfinite isNotANumber isSet joinTexts keys least lookup lowerAscii mapList matches namedMembers nonNull ownMember present
   quoteText replaceText roundDown roundHalfAway roundUp signOf some splitText startsWith textSize timestampPart trimText
   truncate upperAscii`.split(/\s+/),
);

/** Whether computing the expression can fail. Members are known to be there, and numbers never overflow. */
export function mayFail(expression: Expression): boolean {
  return (expression.kind === "call" && !SAFE.has(expression.fn)) || partsOf(expression).some(mayFail);
}

/** Whether an `&&` or `||` in it has an operand that can fail before one that could decide. */
export function hasRisk(expression: Expression): boolean {
  const isLogical = expression.kind === "binary" && (expression.operator === "&&" || expression.operator === "||");
  return (isLogical && mayFail(expression.left)) || partsOf(expression).some(hasRisk);
}
