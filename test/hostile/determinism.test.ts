import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import type { Artifact } from "../../server/artifact.ts";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { read } from "../source/reading.ts";
import { examples } from "./definitions.ts";

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

const run = promisify(execFile);

test("the same bytes give the same digest in any process, and again in the same one", async () => {
  const script = new URL("digests.ts", import.meta.url).pathname;
  const [first, second] = await Promise.all([run(process.execPath, [script]), run(process.execPath, [script])]);
  expect(first.stdout).toBe(second.stdout);
  const here = examples.map(({ text }) => compiler.artifactOf(text).digest);
  expect(JSON.parse(first.stdout)).toEqual([...here, ...here]);
  for (const digest of here) expect(digest).toMatch(/^[0-9a-f]{64}$/);
});

/** The files of a module, but for the digest of the definition's bytes, and for the map into the definition. */
function program(artifact: Artifact): readonly string[] {
  return artifact.files
    .filter(({ path }) => !path.endsWith(".map"))
    .map(({ path, content }) => `${path}\n${content.replaceAll(/\b[0-9a-f]{64}\b/g, "digest")}`);
}

test.each(examples)("$name gives the same program as JSON, as YAML and as minified JSON", ({ text }) => {
  const json = JSON.stringify(read(text).value);
  const value: unknown = JSON.parse(json);
  const expected = program(compiler.artifactOf(text));
  for (const written of [
    json,
    JSON.stringify(value, null, 2),
    stringify(value),
    `# YAML\n${json}`,
    stringify(value, { collectionStyle: "flow" }),
  ]) {
    expect(program(compiler.artifactOf(written))).toEqual(expected);
  }
});
