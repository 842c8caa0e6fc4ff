import { type Around, isChain, isLogical, type LayOut } from "./around.ts";
import { type Doc, group, indent, line, sequence, softLine } from "./document.ts";
import type { Code } from "./syntax.ts";

type Binary = Code & { kind: "binary" };

/** Operators of one precedence stand in one group, so that all of them break or none. */
export function layOutBinary(code: Binary, around: Around, layOut: LayOut): Doc {
  const { parent, key, up } = around;
  const isCondition = key === "test" && (parent.kind === "if" || parent.kind === "while");
  const parts = binaryParts(code, around, isCondition, layOut);
  if (isCondition) return sequence(parts);
  if (parent.kind === "unary" || (key === "object" && parent.kind === "member")) {
    return group(sequence([indent(sequence([softLine, ...parts])), softLine]));
  }
  const inline = isInlined(code);
  const { left } = code;
  const continues = left.kind === "binary" && isChain(code.operator, left.operator) && !isInlined(left);
  const isAssigned = parent.kind === "declare" || parent.kind === "assign" || parent.kind === "property";
  if (isAligned(around, up) || (inline ? !continues : isAssigned)) return group(sequence(parts));
  const firstGroup = parts.findIndex((part) => typeof part !== "string" && part.kind === "group");
  const head = parts.slice(0, Math.max(firstGroup, 0) + 1);
  return group(sequence([...head, indent(sequence(parts.slice(head.length)))]));
}

/** Where further lines stand under the first one: what is around them indents already. */
function isAligned({ parent, key }: Around, up: Around | null): boolean {
  if (parent.kind === "return" || parent.kind === "throw") return true;
  if (parent.kind === "arrow") return key === "body";
  if (parent.kind === "template") return true;
  if (parent.kind !== "conditional") return false;
  const above = up?.parent.kind;
  return above !== "return" && above !== "throw" && above !== "call";
}

function binaryParts(code: Binary, around: Around, isCondition: boolean, layOut: LayOut): Doc[] {
  const { left, right, operator } = code;
  const inside = (key: "left" | "right"): Around => ({ parent: code, key, up: around });
  const parts: Doc[] =
    left.kind === "binary" && isChain(operator, left.operator)
      ? binaryParts(left, inside("left"), isCondition, layOut)
      : [group(layOut(left, inside("left")))];
  const rightDoc = sequence([operator, isInlined(code) ? " " : line, layOut(right, inside("right"))]);
  const same = (other: { readonly kind: string; readonly operator?: string }): boolean =>
    other.kind === "binary" && isLogical(other.operator ?? "") === isLogical(operator);
  const isAlone = !(isCondition && isLogical(operator)) && !same(around.parent) && !same(left) && !same(right);
  parts.push(" ", isAlone ? group(rightDoc) : rightDoc);
  return parts;
}

/** `a || { … }`: the object follows the operator on the same line. */
export function isInlined({ operator, right }: Binary): boolean {
  if (!isLogical(operator)) return false;
  return (right.kind === "object" && right.properties.length > 0) || (right.kind === "array" && right.items.length > 0);
}
