import { expect, test } from "vitest";
import { createCompiler } from "../../server/compile.ts";
import { createCatalogue } from "../../server/components/catalogue.ts";
import { createEmitter } from "../../server/emit/emit.ts";
import { createPool } from "../../server/pool.ts";
import { defaultLimits } from "../../server/source/limits.ts";
import { runtimeSources } from "../modules/compiler.ts";

const source = {
  format: null,
  content: Buffer.from('{ "StartAt": "Done", "States": { "Done": { "Type": "Succeed" } } }'),
  name: "done.json",
} as const;
const options = { target: "module", allowInlineCode: false } as const;

test("WF_COMPILE_002: nothing of a module that TypeScript refuses is returned", () => {
  const compiler = createCompiler({
    version: "0.0.0",
    limits: defaultLimits,
    components: createCatalogue(new Map()),
    emitter: createEmitter(runtimeSources()),
    checker: {
      processId: 0,
      check: () => [
        { file: "workflow.ts", offset: 0, code: 2322, message: "Type 'string' is not assignable to type 'number'." },
      ],
      close: () => {},
    },
  });
  const { artifact, diagnostics } = compiler.compile(source, options);
  expect(artifact).toBeNull();
  expect(diagnostics).toMatchObject([
    { code: "WF_COMPILE_002", category: "internal", message: expect.stringContaining("TS2322") },
  ]);
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
