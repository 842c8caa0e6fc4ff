import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";

/** The edition of the standard library that generated modules are checked against. */
const edition = "es2023";

/**
 * What generated modules never use of it. Without these a check takes half the time, because the compiler merges the whole
 * library anew for each check.
 */
const unused = new Set(
  `Int8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array
   BigUint64Array DataView Atomics SharedArrayBuffer Proxy ProxyHandler WeakRef FinalizationRegistry Intl Reflect Generator
   GeneratorFunction AsyncGenerator AsyncGeneratorFunction BigInt`.split(/\s+/),
);

/** TypeScript's own declarations of the standard library as one text, without its unused part. Takes about 40 ms. */
export function standardLibrary(): string {
  const folder = libraryFolder();
  const declarations: string[] = [];
  for (const text of libraryTexts(folder)) {
    for (const statement of parseSync("library.d.ts", text).program.body) {
      const names = declaredNames(statement).map((name) => name.replace(/Constructor$/, ""));
      if (!names.some((name) => unused.has(name))) declarations.push(text.slice(statement.start, statement.end));
    }
  }
  return declarations.join("\n");
}

/** The files of the edition, each after those that it refers to. */
function libraryTexts(folder: string): readonly string[] {
  const seen = new Set<string>();
  const texts: string[] = [];
  const load = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = readFileSync(join(folder, `lib.${name}.d.ts`), "utf8");
    for (const [, reference = ""] of text.matchAll(/^\/\/\/ <reference lib="([^"]+)"/gm)) load(reference);
    texts.push(text);
  };
  load(edition);
  return texts;
}

type Statement = ReturnType<typeof parseSync>["program"]["body"][number];

function declaredNames(statement: Statement): readonly string[] {
  switch (statement.type) {
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      return [statement.id.name];
    case "TSModuleDeclaration":
      return statement.id.type === "Identifier" ? [statement.id.name] : [];
    case "VariableDeclaration":
      return statement.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
    default:
      return [];
  }
}

function libraryFolder(): string {
  const require = createRequire(import.meta.resolve("typescript/package.json"));
  const platform = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
  return join(dirname(require.resolve(platform)), "lib");
}
