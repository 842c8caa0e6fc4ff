import { isInlined } from "./binary.ts";
import { canBreak, type Doc, group, indent, indentIfBroken, line, sequence } from "./document.ts";
import type { Code, TypeCode } from "./syntax.ts";
import { isHuggedUnion, layOutType } from "./types.ts";
import { widthOf } from "./width.ts";

/** A key is short where a value on its next line would stand hardly further left. */
const shortKeyWidth = 5;
/** A quarter of the print width: a lone argument that short is not worth a line of its own. */
const shortArgumentWidth = 20;

/** `left = right` or `key: right`: breaks inside the right side, or after the operator, as suits it. */
export function layOutAssignment(left: Doc, operator: string, right: Code, rightDoc: Doc, key: string | null): Doc {
  const isShort = key !== null && widthOf(key) < shortKeyWidth;
  if (breaksAfterOperator(right, isShort)) {
    return group(sequence([group(left), operator, group(indent(sequence([line, rightDoc])))]));
  }
  if (!canBreak(left) && (isShort || isUnbreakable(right)))
    return group(sequence([group(left), operator, " ", rightDoc]));
  const id = Symbol("assignment");
  return group(sequence([group(left), operator, group(indent(line), false, id), indentIfBroken(rightDoc, id)]));
}

function isUnbreakable(code: Code): boolean {
  return code.kind === "template" || code.kind === "number" || (code.kind === "keyword" && code.keyword !== "null");
}

function breaksAfterOperator(right: Code, isShort: boolean): boolean {
  if (right.kind === "binary") return !isInlined(right);
  if (right.kind === "conditional" && right.test.kind === "binary" && !isInlined(right.test)) return true;
  if (isShort) return false;
  let code: Code = right;
  while (code.kind === "unary" || code.kind === "await") code = code.argument;
  return code.kind === "string" || isHardToBreak(code, false);
}

/** Members and calls that have at most one short argument each. */
function isHardToBreak(code: Code, deep: boolean): boolean {
  switch (code.kind) {
    case "call":
      return code.args.length === 0 || (code.args.length === 1 && code.args.every(isShortArgument));
    case "member":
    case "index":
      return isHardToBreak(code.of, true);
    case "name":
      return deep;
    default:
      return false;
  }
}

function isShortArgument(code: Code): boolean {
  switch (code.kind) {
    case "name":
      return code.name.length <= shortArgumentWidth;
    case "string":
      return code.raw.length <= shortArgumentWidth;
    case "template":
      return code.values.length === 0 && (code.texts[0] ?? "").length <= shortArgumentWidth;
    case "unary":
      return isShortArgument(code.argument);
    case "call":
      return code.args.length === 0 && code.callee.length <= shortArgumentWidth - 2;
    case "number":
    case "keyword":
      return true;
    default:
      return false;
  }
}

/** `type Name = …;` */
export function layOutTypeAlias(left: string, type: TypeCode): Doc {
  if (type.kind === "union" && !isHuggedUnion(type.of)) {
    return sequence([group(sequence([left, " =", group(indent(sequence([line, layOutType(type, true)])))])), ";"]);
  }
  const id = Symbol("type");
  return sequence([
    group(sequence([left, " =", group(indent(line), false, id), indentIfBroken(layOutType(type), id)])),
    ";",
  ]);
}
