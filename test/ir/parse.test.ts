import { describe, expect, test } from "vitest";
import { parseProgram } from "../../server/ir/parse.ts";
import { printProgram } from "../../server/ir/print.ts";

function programWith(body: string, top = ""): string {
  return `workflow "w" version "1" {\n${top}  input %input: unknown\n  output unknown\n  body {\n${body}\n  }\n}\n`;
}

describe("a program", () => {
  test("has each variable once, whichever of its mentions comes first", () => {
    const { body } = parseProgram(
      programWith(`    visit "a"
    evaluate {first: %x: integer, second: %x.2: string}
    %x = 1
    %x.2 = "b"
    finish %x`),
    );
    const [, read, first, second, last] = body.kind === "sequence" ? body.steps : [];
    const members = read?.kind === "evaluate" && read.value.kind === "object" ? read.value.members : [];
    const [x, x2] = members.map(({ value }) => (value.kind === "variable" ? value.variable : null));
    expect(x).toEqual({ name: "x", type: { kind: "integer" }, role: "local" });
    expect(x2).not.toBe(x);
    expect(first?.kind === "assign" && first.variable).toBe(x);
    expect(second?.kind === "assign" && second.variable).toBe(x2);
    expect(last?.kind === "finish" && last.value?.kind === "variable" && last.value.variable).toBe(x);
  });

  test("gives its expressions the types of the printer", () => {
    const { body } = parseProgram(
      programWith(`    %x: { a: integer; b?: string } = {a: 1, b: "b"}
    finish [(%x.a + 1), (%x.b as "b")]`),
    );
    const last = body.kind === "sequence" ? body.steps.at(-1) : undefined;
    expect(last?.kind === "finish" && last.value?.type).toEqual({
      kind: "array",
      element: { kind: "union", of: [{ kind: "integer" }, { kind: "literal", value: "b" }] },
    });
  });

  test("can hold types that refer to each other", () => {
    const { declarations, inputVariable } = parseProgram(
      `workflow "w" version "1" {
  type Tree = { children: Leaves }
  type Leaves = (Tree | string)[]
  input %input: Tree
  output unknown
  body {
  }
}`,
    );
    const [tree, leaves] = declarations;
    expect(inputVariable.type).toEqual({ kind: "named", declaration: tree });
    const children = tree?.type.kind === "object" ? tree.type.members.get("children")?.type : undefined;
    expect(children?.kind === "named" && children.declaration).toBe(leaves);
    const element =
      leaves?.type.kind === "array" && leaves.type.element.kind === "union" ? leaves.type.element.of[0] : null;
    expect(element?.kind === "named" && element.declaration).toBe(tree);
  });

  test("says where its steps come from, if the text does", () => {
    const text = programWith(
      '    visit "a" @ "/spec/nodes/0"\n    if true { @ "/spec/nodes/1"\n      visit "b" @ "/spec/nodes/1/nodes/0"\n    }',
    );
    const { body } = parseProgram(text);
    const steps = body.kind === "sequence" ? body.steps : [];
    expect(steps.map((step) => step.origin.pointer)).toEqual(["/spec/nodes/0", "/spec/nodes/1"]);
    expect(printProgram(parseProgram(text), { origins: true })).toBe(text);
  });
});

describe("a text that is wrong says where", () => {
  test.each([
    ["", "1:1: expected workflow, found the end"],
    ["workflow 1", "1:10: expected a string, found 1"],
    [programWith('    vist "a"'), "5:5: expected a step, found vist"],
    [programWith("    %x = 1"), "5:5: %x needs its type where it stands first"],
    [programWith("    evaluate (1 1)"), "5:17: expected an operator, found 1"],
    [programWith("    evaluate f<text>()"), "5:16: type text is not declared"],
    [programWith("    evaluate f<#1>()"), "5:16: there is no shape #1 above"],
    [programWith('    call "a" template "t" with null'), '5:23: there is no template "t" above'],
    [programWith("    finish ~"), '5:12: "~" has no meaning here'],
    [programWith('    visit "\\x"'), '5:11: "\\x" is not a string in JSON'],
    [programWith("    finish"), "", "}"],
    [programWith("", "  type A = string\n  type A = string\n"), "3:8: type A is declared already"],
    [programWith("    finish (() => 1, 2)"), "5:13: a parameter is a variable"],
  ])("%j", (text, problem, cut = "") => {
    if (cut === "") expect(() => parseProgram(text)).toThrow(problem);
    else expect(() => parseProgram(text.slice(0, text.lastIndexOf(cut)))).toThrow(/expected }, found the end/);
  });
});
