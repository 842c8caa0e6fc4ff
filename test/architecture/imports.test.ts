import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { checkImports, modulesOf, units } from "./check-imports.ts";

const root = new URL("../../", import.meta.url).pathname;
const isOurs = (path: string) => !path.includes("node_modules");
const read = (pattern: string) =>
  new Map(
    globSync(pattern, { cwd: root })
      .filter(isOurs)
      .map((path) => [path, readFileSync(`${root}${path}`, "utf8")]),
  );

const server = read("server/**/*.ts");

test("the server's imports go in their direction", () => {
  expect(server.size).toBeGreaterThan(20);
  expect(checkImports(server)).toEqual([]);
});

test("the table names nothing that is gone", () => {
  const present = new Set([...server.keys()].map((path) => path.split("/")[1]?.replace(/\.ts$/, "")));
  expect(Object.keys(units).filter((unit) => !present.has(unit))).toEqual([]);
});

test("the table itself has no circle", () => {
  const reach = (unit: string, seen: Set<string>): Set<string> => {
    for (const next of units[unit]?.imports ?? []) if (!seen.has(next)) reach(next, seen.add(next));
    return seen;
  };
  expect(Object.keys(units).filter((unit) => reach(unit, new Set()).has(unit))).toEqual([]);
});

test("the contract imports nothing of the server", () => {
  for (const [path, text] of read("proto/**/*.ts")) {
    expect([path, modulesOf(path, text).filter((module) => /server|test|scripts/.test(module))]).toEqual([path, []]);
  }
});

test("wfops knows the server by its contract only", () => {
  const files = read("ops-cli/**/*.ts");
  expect(files.size).toBeGreaterThan(20);
  for (const [path, text] of files) {
    const outside = modulesOf(path, text).filter((module) => {
      const target = module.startsWith(".") ? posix.join(posix.dirname(path), module) : module;
      return module.startsWith(".") ? !target.startsWith("ops-cli/") : /workflow-compiler\/server/.test(module);
    });
    expect([path, outside]).toEqual([path, []]);
  }
});

test("only the terminal prints in wfops", () => {
  const printing = [...read("ops-cli/**/*.ts")].filter(([, text]) =>
    /process\.std(out|err)\.write|console\./.test(text),
  );
  expect(printing.map(([path]) => path)).toEqual([]);
});

test("helpers of tests and scripts have names that say what they are", () => {
  const others = [...read("test/**/*.ts").keys(), ...read("scripts/**/*.ts").keys()];
  expect(others.filter((path) => /(^|\/)(utils?|helpers?|common|shared|misc|managers?)(\.|\/)/.test(path))).toEqual([]);
});

describe("the check catches", () => {
  const catches = (file: string, text: string) => checkImports(new Map([[file, text]])).map(({ what }) => what);

  test.each([
    [
      "an import that goes up",
      "server/ir/types.ts",
      'import { a } from "../emit/emit.ts";',
      "imports server/emit/emit.ts",
    ],
    [
      "one that goes sideways",
      "server/checks/a.ts",
      'import type { A } from "../structure/structure.ts";',
      "imports server/structure/structure.ts",
    ],
    ["a re-export", "server/source/a.ts", 'export { a } from "../ir/types.ts";', "imports server/ir/types.ts"],
    ["a star export", "server/source/a.ts", 'export * from "../ir/types.ts";', "imports server/ir/types.ts"],
    ["a dynamic import", "server/source/a.ts", 'await import("../ir/types.ts");', "imports server/ir/types.ts"],
    [
      "Node's I/O in the compiler",
      "server/frontends/graph/a.ts",
      'import { readFileSync } from "node:fs";',
      "imports node:fs",
    ],
    [
      "gRPC in the compiler",
      "server/expressions/a.ts",
      'import type { status } from "@grpc/grpc-js";',
      "imports @grpc/grpc-js",
    ],
    [
      "the contract in the compiler",
      "server/compile.ts",
      'import "@workflow-compiler/proto/gen/x.ts";',
      "imports @workflow-compiler/proto/gen/x.ts",
    ],
    [
      "an import from the tests",
      "server/service.ts",
      'import { a } from "../test/service/harness.ts";',
      "imports test/service/harness.ts",
    ],
    ["a path without its ending", "server/service.ts", 'import { a } from "./artifact";', "imports ./artifact"],
    ["a catch-all", "server/ir/utils.ts", "export {};", "its name is a catch-all"],
    ["a part without a place", "server/parser/parser.ts", "export {};", "`parser` is not in the table of imports"],
  ])("%s", (_what, file, text, expected) => {
    expect(catches(file, text)).toEqual([expected]);
  });

  test("and lets through what is allowed", () => {
    expect(
      catches(
        "server/emit/a.ts",
        'import { b } from "../ir/types.ts"; import { c } from "./c.ts"; import { createHash } from "node:crypto";',
      ),
    ).toEqual([]);
  });
});
