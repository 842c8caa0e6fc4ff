import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";

const root = new URL("../../", import.meta.url).pathname;
const fresh = mkdtempSync(join(tmpdir(), "generated-"));
afterAll(() => rmSync(fresh, { recursive: true, force: true }));

const filesOf = (folder: string) =>
  new Map(
    globSync("**/*.{ts,binpb}", { cwd: folder })
      .sort()
      .map((path) => [path, readFileSync(join(folder, path)).toString("base64")]),
  );

test("proto/gen is what the contract generates: run `npm run generate` where this fails", () => {
  const template = parse(readFileSync(join(root, "buf.gen.yaml"), "utf8"));
  template.plugins[0].out = fresh;
  execFileSync("buf", ["generate", "--template", JSON.stringify({ ...template, clean: false })], { cwd: root });
  execFileSync("buf", ["build", "--as-file-descriptor-set", "-o", join(fresh, "descriptors.binpb")], { cwd: root });
  const expected = filesOf(fresh);
  const committed = filesOf(join(root, "proto/gen"));
  expect([...committed.keys()]).toEqual([...expected.keys()]);
  expect([...expected].filter(([path, text]) => committed.get(path) !== text).map(([path]) => path)).toEqual([]);
});
