import { type Around, isChain, isLogical, precedenceOf } from "./around.ts";
import type { Code } from "./syntax.ts";

/** Whether code needs parentheses where it stands, or has them by Prettier's habit of showing how operators mix. */
export function needsParentheses(code: Code, around: Around): boolean {
  const { parent, key } = around;
  const isTarget = key === "object" || key === "callee";
  switch (code.kind) {
    case "binary":
      return isTarget || parent.kind === "unary" || parent.kind === "await" || mixesOperators(code, around);
    case "conditional":
      return (
        isTarget ||
        parent.kind === "unary" ||
        parent.kind === "await" ||
        parent.kind === "binary" ||
        (parent.kind === "conditional" && key === "test")
      );
    case "arrow":
      return (
        isTarget ||
        parent.kind === "binary" ||
        parent.kind === "unary" ||
        parent.kind === "await" ||
        (parent.kind === "conditional" && key === "test")
      );
    case "await":
      return (
        isTarget ||
        parent.kind === "binary" ||
        parent.kind === "unary" ||
        (parent.kind === "conditional" && key === "test")
      );
    case "unary":
      return isTarget || (parent.kind === "unary" && parent.operator === code.operator && code.operator === "-");
    case "object":
      return startsArrowBody(code, around);
    case "number":
      return key === "object";
    default:
      return false;
  }
}

function mixesOperators(code: Code & { kind: "binary" }, around: Around): boolean {
  const { parent, key } = around;
  if (parent.kind === "conditional") return code.operator === "??";
  if (parent.kind !== "binary") return false;
  if (isLogical(code.operator) && isLogical(parent.operator)) return code.operator !== parent.operator;
  const inner = precedenceOf(code.operator);
  const outer = precedenceOf(parent.operator);
  return outer > inner || (outer === inner && (key === "right" || !isChain(parent.operator, code.operator)));
}

/** An object as the first thing of an arrow function's body would be read as a block. */
function startsArrowBody(code: Code, around: Around): boolean {
  let child = code;
  for (let at: Around | null = around; at !== null; at = at.up) {
    const { parent } = at;
    if (parent.kind === "arrow") return parent.body === child && at.key === "body";
    if (
      parent.kind === "binary"
        ? parent.left !== child
        : parent.kind === "conditional"
          ? parent.test !== child
          : at.key !== "object"
    )
      return false;
    if (parent.kind === "property") return false;
    child = parent as Code;
  }
  return false;
}

/** Whether the text of an expression begins with an object. */
export function startsWithObject(code: Code): boolean {
  switch (code.kind) {
    case "object":
      return true;
    case "binary":
      return startsWithObject(code.left);
    case "conditional":
      return startsWithObject(code.test);
    case "member":
    case "index":
      return startsWithObject(code.of);
    default:
      return false;
  }
}
