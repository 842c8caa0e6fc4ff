import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { chart, valuesFiles } from "./render.ts";

const readme = readFileSync(join(chart, "README.md"), "utf8");

test("the README's table of values is current; `npm run chart:readme` writes it", () => {
  const folder = mkdtempSync(join(tmpdir(), "readme-"));
  const copy = join(folder, "README.md");
  copyFileSync(join(chart, "README.md"), copy);
  execFileSync("readme-generator", ["--values", join(chart, "values.yaml"), "--readme", copy], { stdio: "pipe" });
  expect(readFileSync(copy, "utf8")).toBe(readme);
  rmSync(folder, { recursive: true });
});

test("the README names every worked values file", () => {
  for (const name of valuesFiles.keys()) expect(readme).toContain(`(values/${name}.yaml)`);
});
