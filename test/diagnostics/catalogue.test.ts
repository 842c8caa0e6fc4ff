import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codes, explain } from "../../server/diagnostics/explain.ts";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { madeDefinitions, testedElsewhere, withInlineCode } from "./made.ts";
import { reportedCodes } from "./reported-codes.ts";

/**
 * Catalogue, pages, failing definitions and the code that reports are proven equal. `UPDATE=1` writes what the compiler
 * says about each example into its page, to be read in the diff.
 */
const root = new URL("../../", import.meta.url).pathname;
const pageOf = (code: string) => `${root}docs/errors/${code}.md`;

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

function fileOf(code: string): string | null {
  return (
    ["yaml", "json"].map((ending) => `${root}test/diagnostics/${code}/definition.${ending}`).find(existsSync) ?? null
  );
}

function diagnose(code: string, content: Uint8Array) {
  const options = { target: "module", allowInlineCode: withInlineCode.has(code) } as const;
  return compiler.compile({ format: null, content, name: code }, options).diagnostics;
}

test("every code has a page, and every page a code", () => {
  const pages = readdirSync(`${root}docs/errors`).filter((name) => /^WF_/.test(name));
  expect(pages.sort()).toEqual(codes.map((code) => `${code}.md`).sort());
});

test("every code has a failing definition or says where it is tested, and none has two", () => {
  const folders = readdirSync(`${root}test/diagnostics`).filter((name) => /^WF_/.test(name));
  const all = [...folders, ...madeDefinitions.keys(), ...testedElsewhere.keys()];
  expect(all.sort()).toEqual([...codes].sort());
});

test("every code is reported somewhere, and no code is reported that the catalogue does not have", () => {
  const sources = globSync("server/**/*.ts", { cwd: root }).filter((path) => !/node_modules|catalogue\.ts$/.test(path));
  const reported = new Set(sources.flatMap((path) => reportedCodes(path, readFileSync(root + path, "utf8"))));
  expect([...reported].sort()).toEqual([...codes].sort());
});

test("the search for reported codes sees code and no comments", () => {
  const text = 'findings.report("WF_TYPE_001", origin); // "WF_TYPE_002"\nconst why = `see WF_TYPE_003`;';
  expect(reportedCodes("a.ts", text)).toEqual(["WF_TYPE_001"]);
});

describe("the definition gives its code, and nothing else", () => {
  test.each(codes.filter((code) => fileOf(code) !== null))("%s", (code) => {
    const path = fileOf(code) ?? "";
    const text = readFileSync(path, "utf8");
    const diagnostics = diagnose(code, Buffer.from(text));
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    const [said] = diagnostics.map(({ location, message }) => `${location.line}:${location.column} ${code} ${message}`);
    const example = `\`\`\`${path.split(".").at(-1)}\n${text}\`\`\`\n\n\`\`\`text\n${said}\n\`\`\`\n`;
    if (process.env.UPDATE) update(code, example);
    expect(readFileSync(pageOf(code), "utf8")).toContain(`## Example\n\n${example}\n## `);
  });

  test.each([...madeDefinitions])("%s, made", (code, content) => {
    expect(diagnose(code, content).map((diagnostic) => diagnostic.code)).toEqual([code]);
  });
});

describe("the page has the catalogue's title, severity and category", () => {
  test.each(codes)("%s", (code) => {
    const { title, severity, category } = explain(code);
    const page = readFileSync(pageOf(code), "utf8");
    expect(page.startsWith(`# ${code}: ${title}\n\nSeverity ${severity}, category ${category}.\n`)).toBe(true);
    expect(page).toContain("\n## Mend\n");
  });
});

function update(code: string, example: string): void {
  const page = readFileSync(pageOf(code), "utf8");
  writeFileSync(
    pageOf(code),
    page.replace(/## Example\n[\s\S]*?\n(?=## )/, () => `## Example\n\n${example}\n`),
  );
}
