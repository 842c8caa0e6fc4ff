import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createTestCompiler } from "./compiler.ts";

test("the README shows a real definition, the module that comes of it, and a real diagnostic", () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const readme = read("README.md");
  const [definition = "", module = ""] = [...readme.matchAll(/```(?:yaml|ts)\n([\s\S]*?)```/g)].map(
    ([, code = ""]) => code,
  );
  const source = read("docs/examples/refund/workflow.yaml");
  expect(source).toContain(definition);
  const compiler = createTestCompiler();
  try {
    expect(compiler.artifactOf(source).files[0]?.content).toContain(module);
    const { diagnostics } = compiler.compileText(source.replace("refund.receipt }", "refund.reciept }"));
    const [first] = diagnostics;
    expect(readme).toContain(`workflow.yaml:${first?.location.line}:${first?.location.column} ${first?.code} `);
    expect(first?.message).toContain("did you mean `receipt`?");
  } finally {
    compiler.close();
  }
});
