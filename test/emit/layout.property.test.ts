import fc from "fast-check";
import { format } from "prettier";
import { expect, test } from "vitest";
import { print } from "../../server/emit/layout/print.ts";
import { createLayout } from "../../server/emit/layout/statements.ts";
import type { Statement } from "../../server/emit/layout/syntax.ts";
import { randomFrom } from "./random-programs.ts";
import { randomStatements } from "./random-syntax.ts";

test("our layout of any statements is Prettier's", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0 }), async (seed) => {
      const body = randomStatements(randomFrom(seed), 4);
      const statement: Statement = {
        kind: "expression",
        value: { kind: "call", callee: "run", args: [{ kind: "arrow", async: true, parameters: ["scope"], body }] },
        origin: null,
      };
      const text = `${print(createLayout()([statement])).text}\n`;
      expect(await format(text, { parser: "typescript" })).toBe(text);
    }),
    { numRuns: 500 },
  );
});
