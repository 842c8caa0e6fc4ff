import type { Around, LayOut } from "./around.ts";
import { align, type Doc, group, ifBroken, indent, line, sequence, softLine } from "./document.ts";
import type { Code } from "./syntax.ts";

type Conditional = Code & { kind: "conditional" };

export function layOutConditional(code: Conditional, around: Around, layOut: LayOut): Doc {
  const inside = (key: "test" | "branch"): Around => ({ parent: code, key, up: around });
  const { parent, key } = around;
  const isNested = parent.kind === "conditional";
  const isTest = isNested && key === "test";
  const isAlternate = isNested && parent.otherwise === code;
  const nestedThen = code.then.kind === "conditional";
  const branches = sequence([
    line,
    "? ",
    nestedThen ? ifBroken("", "(") : "",
    align(2, layOut(code.then, inside("branch"))),
    nestedThen ? ifBroken("", ")") : "",
    line,
    ": ",
    align(2, layOut(code.otherwise, inside("branch"))),
  ]);
  const test = layOut(code.test, inside("test"));
  const isMemberOf = parent.kind === "member" && key === "object";
  const extra = isMemberOf && indentsMembers(around);
  const parts = sequence([
    isAlternate ? align(2, test) : test,
    isNested && !isTest ? branches : indent(branches),
    isMemberOf && !extra ? softLine : "",
  ]);
  const result = isNested && !isTest ? parts : group(parts);
  return isTest || extra ? group(sequence([indent(sequence([softLine, result])), softLine])) : result;
}

/** Whether the members of a conditional end in something that does not indent them by itself. */
function indentsMembers(around: Around): boolean {
  let at = around;
  while (at.key === "object" && at.up !== null) at = at.up;
  const { kind } = at.parent;
  return (
    kind === "assign" ||
    kind === "declare" ||
    kind === "return" ||
    kind === "throw" ||
    kind === "unary" ||
    kind === "await"
  );
}
