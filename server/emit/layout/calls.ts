import type { Around, LayOut } from "./around.ts";
import {
  breakParent,
  breaks,
  conditionalGroup,
  type Doc,
  group,
  ifBroken,
  indent,
  line,
  sequence,
  softLine,
} from "./document.ts";
import type { CallCode, Code } from "./syntax.ts";
import { layOutTypeArguments } from "./types.ts";

export function layOutCall(code: CallCode, around: Around, layOut: LayOut): Doc {
  return sequence([code.callee, layOutTypeArguments(code.typeArgs ?? []), layOutArguments(code, around, layOut)]);
}

function layOutArguments(code: CallCode, around: Around, layOut: LayOut): Doc {
  const { args } = code;
  const last = args.at(-1);
  if (last === undefined) return "()";
  const inside: Around = { parent: code, key: "argument", up: around };
  const printed = args.map((arg, index) => {
    const doc = layOut(arg, inside);
    return index === args.length - 1 ? doc : sequence([doc, ",", line]);
  });
  if (composesFunctions(args)) return brokenOut(printed);
  if (!hugsLast(args)) {
    const contents = sequence(["(", indent(sequence([softLine, ...printed])), ifBroken(","), softLine, ")"]);
    return group(contents, printed.some(breaks));
  }
  const head = printed.slice(0, -1);
  if (head.some(breaks)) return brokenOut(printed);
  const hugged = layOut(last, inside, true);
  const broken = sequence(["(", ...head, group(hugged, true), ")"]);
  if (breaks(hugged)) return sequence([breakParent, conditionalGroup([broken, brokenOut(printed)])]);
  return conditionalGroup([sequence(["(", ...head, hugged, ")"]), broken, brokenOut(printed)]);
}

function brokenOut(printed: readonly Doc[]): Doc {
  return group(sequence(["(", indent(sequence([line, ...printed])), ifBroken(","), line, ")"]), true);
}

/** Several functions, or a function inside another argument: each argument has its own line. */
function composesFunctions(args: readonly Code[]): boolean {
  if (args.length < 2) return false;
  let functions = 0;
  for (const arg of args) {
    if (arg.kind === "arrow") functions += 1;
    if (functions > 1) return true;
    if (arg.kind === "call" && arg.args.some((inner) => inner.kind === "arrow")) return true;
  }
  return false;
}

/** Whether the last argument opens on the line of the call: `f(a, {`. */
function hugsLast(args: readonly Code[]): boolean {
  const last = args.at(-1);
  const before = args.at(-2);
  if (last === undefined || !canHug(last) || before?.kind === last.kind) return false;
  if (args.length === 2 && before?.kind === "arrow" && last.kind === "array") return false;
  return !(args.length > 1 && last.kind === "array" && isNumberList(last.items));
}

function canHug(code: Code): boolean {
  if (code.kind === "object") return code.properties.length > 0;
  if (code.kind === "array") return code.items.length > 0;
  if (code.kind !== "arrow") return false;
  const { body } = code;
  return (
    !("kind" in body) ||
    body.kind === "object" ||
    body.kind === "array" ||
    body.kind === "conditional" ||
    body.kind === "call"
  );
}

/** Numbers alone are filled into lines. */
export function isNumberList(items: readonly Code[]): boolean {
  return (
    items.length > 0 &&
    items.every(
      (item) =>
        item.kind === "number" || (item.kind === "unary" && item.operator === "-" && item.argument.kind === "number"),
    )
  );
}
