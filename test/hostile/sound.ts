import { expect } from "vitest";
import type { Artifact } from "../../server/artifact.ts";
import type { Diagnostic } from "../../server/diagnostics/diagnostic.ts";
import { isCode } from "../../server/diagnostics/explain.ts";
import type { TestCompiler } from "../modules/compiler.ts";
import { wordsOf } from "./definitions.ts";
import { namesOf, readTypeScript } from "./inspect.ts";

/** Whatever the bytes are: an answer, with places, that says the same to Validate and Compile. Gives the module, if any. */
export function expectSound(compiler: TestCompiler, content: Uint8Array): Artifact | null {
  const source = { format: null, content, name: "mutant" } as const;
  const { valid, diagnostics: found } = compiler.validate(source);
  const { artifact, diagnostics } = compiler.compile(source, { target: "module", allowInlineCode: false });
  const text = new TextDecoder().decode(content);
  const lines = text.split(/\r\n|\n|\r/);
  for (const diagnostic of diagnostics) expectPlaced(diagnostic, lines);
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual(
    found.map(({ code, message }) => `${code} ${message}`),
  );
  const failed = diagnostics.some(({ severity }) => severity === "error");
  expect({ valid, compiled: artifact !== null }).toEqual({ valid: !failed, compiled: !failed });
  if (artifact !== null) expectNoEscape(artifact, text);
  return artifact;
}

function expectPlaced({ code, message, location }: Diagnostic, lines: readonly string[]): void {
  expect(isCode(code)).toBe(true);
  expect(code).not.toBe("WF_COMPILE_002");
  expect(message.trim()).not.toBe("");
  const { line, column, endLine, endColumn } = location;
  expect(line).toBeGreaterThanOrEqual(1);
  expect(line).toBeLessThanOrEqual(lines.length);
  expect(column).toBeGreaterThanOrEqual(1);
  expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
  expect(endLine).toBeLessThanOrEqual(lines.length);
  expect(endLine * 1e9 + endColumn).toBeGreaterThanOrEqual(line * 1e9 + column);
}

/** Members of the runtime's own objects, which no definition names. */
const ownMembers: ReadonlySet<string> = new Set(
  `Cause Error heartbeatMs initialMs jitter key length maxMs message multiplier name parameters retries retry timeoutError timeoutMs when`.split(
    " ",
  ),
);
/** Globals that a module may use. */
const globals: ReadonlySet<string> = new Set(["undefined", "Number"]);
const safeName = /^[A-Za-z_][A-Za-z0-9_]{0,60}$/;
/** The syntax that modules are made of: no classes, no `import()`, no tagged templates, no `with`. */
const kinds: ReadonlySet<string> = new Set(
  `ArrayExpression ArrayPattern ArrowFunctionExpression AssignmentExpression AssignmentPattern AwaitExpression BinaryExpression BlockStatement
   BreakStatement CallExpression CatchClause ConditionalExpression ContinueStatement ExportNamedDeclaration ExpressionStatement ForOfStatement
   FunctionDeclaration Identifier IfStatement ImportDeclaration ImportSpecifier LabeledStatement Literal LogicalExpression MemberExpression ObjectExpression
   ObjectPattern Property ReturnStatement SpreadElement TemplateElement TemplateLiteral ThrowStatement TryStatement UnaryExpression UpdateExpression
   VariableDeclaration VariableDeclarator WhileStatement`.split(/\s+/),
);

/** The module holds only names that the symbol table made, and text of the definition only as text. */
function expectNoEscape(artifact: Artifact, definition: string): void {
  const names = namesOf(artifact);
  const words = wordsOf(definition);
  const known = (name: string): boolean => ownMembers.has(name) || names.bound.has(name) || words.has(name);
  expect({
    bound: [...names.bound].filter((name) => !safeName.test(name)),
    free: [...names.free].filter((name) => !globals.has(name)),
    properties: [...names.properties].filter((name) => !known(name) || name === "__proto__"),
    kinds: [...names.kinds].filter((kind) => !kinds.has(kind)),
    top: [...names.top].filter(
      (kind) => !["ImportDeclaration", "ExportNamedDeclaration", "FunctionDeclaration"].includes(kind),
    ),
    imports: [...names.imports].filter((name) => name !== "./runtime.js"),
  }).toEqual({ bound: [], free: [], properties: [], kinds: [], top: [], imports: [] });
  const typescript = readTypeScript(artifact);
  expect([...typescript.identifiers].filter((name) => !isExpected(name, known))).toEqual([]);
  expect(typescript.comments.filter((comment) => /\*\/|@ts-|sourceMappingURL=/.test(comment))).toEqual([]);
  for (const { path, content } of artifact.files) {
    if (!path.endsWith(".map"))
      expect({ path, hidden: hidden.exec(content)?.[0] }).toEqual({ path, hidden: undefined });
  }
}

/** Characters that cannot be seen, or make text look like other text. */
const hidden = /[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|[\p{Cc}--[\n\t]]/v;

/** Types and members of types. */
const typeNames =
  /^(?:Activities|ActivityContext|Array|Input|Output|Parameters|Promise|Record|RunOptions|context|input|const)$/;

function isExpected(name: string, known: (name: string) => boolean): boolean {
  return known(name) || globals.has(name) || typeNames.test(name) || /^[A-Z][A-Za-z0-9_]{0,60}$/.test(name);
}
