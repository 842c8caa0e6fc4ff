import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { examples } from "./definitions.ts";
import { mutatedBytes, mutatedTrees } from "./mutations.ts";
import { expectSound } from "./sound.ts";

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

test.each(examples)("$name compiles, and its module holds no other names than it should", ({ text }) => {
  expect(expectSound(compiler, Buffer.from(text))).not.toBeNull();
});

test("examples with mutated bytes get an answer, and nothing escapes into the code", () => {
  fc.assert(
    fc.property(mutatedBytes, (content) => void expectSound(compiler, content)),
    { numRuns: 300 },
  );
});

test("examples with mutated values get an answer, and nothing escapes into the code", () => {
  let modules = 0;
  fc.assert(
    fc.property(mutatedTrees, (text) => {
      if (expectSound(compiler, Buffer.from(text)) !== null) modules++;
    }),
    { numRuns: 400 },
  );
  // Too few would mean that the mutants are too wild to reach the back half.
  expect(modules).toBeGreaterThan(20);
});
