import { expect, test } from "vitest";
import type { Compilation } from "../../server/artifact.ts";
import { createCompiler } from "../../server/compile.ts";
import { createCatalogue } from "../../server/components/catalogue.ts";
import { createEmitter } from "../../server/emit/emit.ts";
import { createPool } from "../../server/pool.ts";
import { defaultLimits } from "../../server/source/limits.ts";
import { nestedOfSize } from "../bench/shapes.ts";
import { runtimeSources } from "../modules/compiler.ts";

const source = {
  format: null,
  content: Buffer.from('{ "StartAt": "Done", "States": { "Done": { "Type": "Succeed" } } }'),
  name: "done.json",
} as const;
const options = { target: "module", allowInlineCode: false } as const;

/** Compiles with a type-checker that always finds this one problem. */
function compileRefused(code: number, message: string): Compilation {
  const compiler = createCompiler({
    version: "0.0.0",
    limits: defaultLimits,
    components: createCatalogue(new Map()),
    emitter: createEmitter(runtimeSources()),
    checker: { processId: 0, check: () => [{ file: "workflow.ts", offset: 0, code, message }], close: () => {} },
  });
  return compiler.compile(source, options);
}

test("WF_COMPILE_002: nothing of a module that TypeScript refuses is returned", () => {
  const { artifact, diagnostics } = compileRefused(2322, "Type 'string' is not assignable to type 'number'.");
  expect(artifact).toBeNull();
  expect(diagnostics).toMatchObject([
    {
      code: "WF_COMPILE_002",
      category: "internal",
      message: expect.stringContaining("TS2322"),
      location: { generated: { path: "workflow.ts", line: 1, column: 1 } },
    },
  ]);
});

test("WF_COMPILE_004: a body too large for TypeScript's control-flow analysis is a limit and no defect", () => {
  const { artifact, diagnostics } = compileRefused(2563, "The containing function or module body is too large.");
  expect(artifact).toBeNull();
  expect(diagnostics).toMatchObject([{ code: "WF_COMPILE_004", category: "compilation" }]);
});

test("WF_COMPILE_004: a definition that takes too long is stopped", async () => {
  const parts = { version: "0.0.0", limits: defaultLimits, components: new Map<string, string>(), workers: 1 };
  const pool = createPool({ ...parts, jobLimitMs: 1 });
  try {
    const { artifact, diagnostics } = await pool.compile(source, options);
    expect(artifact).toBeNull();
    expect(diagnostics).toMatchObject([
      { code: "WF_COMPILE_004", message: "the compile stage was stopped at its limit of 1 ms" },
    ]);
  } finally {
    await pool.close();
  }
});

test("WF_COMPILE_004: a definition that takes too much memory is stopped, and the next one is served", async () => {
  const parts = { version: "0.0.0", limits: defaultLimits, components: new Map<string, string>(), workers: 1 };
  const restarts: string[] = [];
  const pool = createPool({ ...parts, jobLimitMs: 110_000, onRestart: (reason) => restarts.push(reason) });
  try {
    const large = { format: null, content: Buffer.from(nestedOfSize(5_000)), name: "large.yaml" };
    const { artifact, diagnostics } = await pool.compile(large, options);
    expect(artifact).toBeNull();
    expect(diagnostics).toMatchObject([
      { code: "WF_COMPILE_004", message: "the compile stage was stopped at its limit of 128 MB of memory" },
    ]);
    expect(restarts).toEqual(["memory_limit"]);
    expect((await pool.compile(source, options)).artifact).not.toBeNull();
  } finally {
    await pool.close();
  }
});
