import type { Expression } from "../ir/expression.ts";

/** Functions that give a value whatever their arguments are. `present` and `nonNull` stand where a test has gone before. */
const SAFE: ReadonlySet<string> = new Set(
  `absolute concat contains endsWith entries epochSeconds equals every exactlyOne filterList greatest has hasKey indexed isFiniteNumber
   isIn isInfinite isNotANumber isSet joinTexts keys least lookup lowerAscii mapList matches namedMembers nonNull ownMember present
   quoteText replaceText roundDown roundHalfAway roundUp signOf some splitText startsWith textSize timestampPart trimText
   truncate upperAscii`.split(/\s+/),
);

/** Whether computing the expression can fail. Members are known to be there, and numbers never overflow. */
export function mayFail(expression: Expression): boolean {
  switch (expression.kind) {
    case "literal":
    case "variable":
      return false;
    case "array":
      return expression.items.some(mayFail);
    case "object":
      return expression.members.some(({ value }) => mayFail(value));
    case "member":
      return mayFail(expression.of);
    case "unary":
      return mayFail(expression.operand);
    case "binary":
      return mayFail(expression.left) || mayFail(expression.right);
    case "conditional":
      return mayFail(expression.test) || mayFail(expression.then) || mayFail(expression.otherwise);
    case "template":
      return expression.parts.some((part) => typeof part !== "string" && mayFail(part));
    case "call":
      return !SAFE.has(expression.fn) || expression.args.some(mayFail);
    case "lambda":
      return mayFail(expression.body);
    default:
      return expression satisfies never;
  }
}
