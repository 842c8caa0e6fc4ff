import { type Comment, type Node, parse, parseExpressionAt } from "acorn";
import fc from "fast-check";
import { format } from "prettier";
import { describe, expect, test } from "vitest";
import { createSymbolTable } from "../../server/emit/names.ts";
import { commentLines, memberKey, propertyKey, stringLiteral, templateText } from "../../server/emit/text.ts";
import type { Variable } from "../../server/ir/expression.ts";
import { string, unknown } from "../../server/ir/types.ts";
import { build, call, finish, literal, local, object, program, read, seq, template, visit } from "./build.ts";
import { emit, freeIdentifiers } from "./emitting.ts";

/** Text that tries to break out, mixed with any other. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "*/",
        "/*",
        "//",
        "`",
        "${",
        "}",
        "\\",
        '"',
        "'",
        "\n",
        "\r\n",
        "\u2028",
        "\u2029",
        "\u202e",
        "\u2066",
        "\ud800",
        "\udc00",
        "</script>",
        "@ts-ignore",
        "constructor",
        "__proto__",
        "class",
        "await",
        "日本",
        "é",
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

/** What no editor shows as it is. */
const hidden = /[\p{C}\p{Zl}\p{Zp}]/u;

function expressionOf(code: string): Node & Readonly<Record<string, unknown>> {
  return parseExpressionAt(code, 0, { ecmaVersion: "latest" }) as Node & Readonly<Record<string, unknown>>;
}

describe("text of the definition", () => {
  test("comes back from a string literal as it was", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const printed = stringLiteral(text);
        expect(printed).not.toMatch(hidden);
        expect(expressionOf(printed)).toMatchObject({ type: "Literal", value: text, end: printed.length });
      }),
      { numRuns: 2_000 },
    );
  });

  test("comes back from a template literal as it was", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const printed = `\`${templateText(text)}\``;
        expect(printed).not.toMatch(hidden);
        expect(expressionOf(printed)).toMatchObject({
          type: "TemplateLiteral",
          expressions: [],
          quasis: [{ value: { cooked: text } }],
          end: printed.length,
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test("is a key as it was, and never the prototype", () => {
    fc.assert(
      fc.property(
        fc.oneof(hostileText, fc.constantFrom("__proto__", "constructor", "new", "get", "1", "größe")),
        (text) => {
          const made: unknown = new Function(`return { ${propertyKey(text)}: 1 };`)();
          expect(Object.entries(made ?? {})).toEqual([[text, 1]]);
          expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("has the quotes that Prettier leaves it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostileText, { minLength: 1, maxLength: 5 }), async (texts) => {
        const names = [...new Set(texts)];
        const values = names.map((name) => `  ${propertyKey(name)}: ${stringLiteral(name)},\n`).join("");
        const types = names.map((name) => `  ${memberKey(name)}: string;\n`).join("");
        const text = `type T = {\n${types}};\nconst a = {\n${values}};\n`;
        const width = 100_000;
        expect(await format(text, { parser: "typescript", printWidth: width })).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  test("neither closes a comment nor instructs a tool", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const lines = commentLines(text);
        for (const line of lines) expect(line).not.toMatch(hidden);
        expect(lines.join("\n")).not.toMatch(/@ts-|\*\//);
        const comments: Comment[] = [];
        const { body } = parse(
          `/**\n${lines.map((line) => ` * ${line}`).join("\n")}\n */\nx;\n// ${lines[0] ?? ""}\ny;`,
          { ecmaVersion: "latest", onComment: comments },
        );
        expect(body).toHaveLength(2);
        expect(comments).toHaveLength(2);
      }),
      { numRuns: 2_000 },
    );
  });

  test("makes names that are identifiers, and each its own", () => {
    fc.assert(
      fc.property(fc.array(hostileText, { maxLength: 40 }), (texts) => {
        const symbols = createSymbolTable(["call", "scope"]);
        const names = texts.flatMap((text) => [symbols.value(text, "value"), symbols.type(text)]);
        expect(new Set(names).size).toBe(names.length);
        for (const name of names) {
          expect(name).toMatch(/^[A-Za-z_]\w{0,48}$/);
          expect(() =>
            parse(`"use strict"; let ${name} = 1;`, { ecmaVersion: "latest", sourceType: "module" }),
          ).not.toThrow();
        }
        expect(names).not.toContain("call");
      }),
      { numRuns: 500 },
    );
  });

  test("does not escape from a module, wherever it stands", () => {
    fc.assert(
      fc.property(
        fc.array(hostileText, { minLength: 6, maxLength: 6 }),
        ([name = "", step = "", activity = "", value = "", title = "", key = ""]) => {
          const input: Variable = { name: "input", type: object({ text: string }), role: "input" };
          const result = local(name, unknown);
          const members = new Map([[key, { type: unknown, required: true, description: title }]]);
          const { text } = emit(
            program(
              input,
              { kind: "object", members, additional: null },
              { [`a${activity}`]: [unknown, unknown] },
              seq(
                visit(step),
                call(
                  step,
                  `a${activity}`,
                  build({ value: literal(value), text: template(value, read(input, "text")) }),
                  result,
                ),
                finish({
                  kind: "object",
                  members: [{ key, value: read(result) }],
                  type: unknown,
                  origin: visit(step).origin,
                }),
              ),
              { name, version: title, title, description: value },
            ),
          );
          expect(text).not.toMatch(/[\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u);
          expect([...freeIdentifiers(text)]).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
