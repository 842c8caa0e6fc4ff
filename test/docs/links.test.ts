import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { fileVariable } from "../../server/config/read.ts";
import { settings } from "../../server/config/settings.ts";

/** What the pages point to exists: files, headings, npm scripts, settings. */
const root = new URL("../../", import.meta.url).pathname;
const pages = ["README.md", ...globSync("docs/**/*.md", { cwd: root }), "helm/workflow-compiler/README.md"].sort();
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const read = (page: string): string => readFileSync(join(root, page), "utf8");
/** Code between fences or backticks holds no links. */
const prose = (page: string): string =>
  read(page)
    .replaceAll(/^```[\s\S]*?^```/gm, "")
    .replaceAll(/`[^`\n]*`/g, "code");

/** As GitHub names headings: lower case, without punctuation, blanks as hyphens; the second of a name gets `-1`. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of read(page)
    .replaceAll(/^```[\s\S]*?^```/gm, "")
    .matchAll(/^#{1,6} +(.*)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const base = text
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-");
    let anchor = base;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${base}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

test.each(pages)("%s: every relative link and anchor resolves", (page) => {
  const broken = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(root, target))) return [link];
    if (anchor === undefined) return [];
    return statSync(join(root, target)).isFile() && anchorsOf(target).has(anchor) ? [] : [link];
  });
  expect(broken).toEqual([]);
});

test("every npm script that a page names exists", () => {
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/npm run (?:-s |--silent )?([a-z][\w:-]*)/g)].map(([, script = ""]) => ({ page, script })),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
});

test("every setting that a page names exists", () => {
  const known = new Set([...Object.values(settings).map(({ variable }) => variable), fileVariable]);
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/\bWFC_[A-Z][A-Z0-9_]*\b/g)].map(([variable]) => ({ page, variable })),
  );
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ variable }) => !known.has(variable))).toEqual([]);
});

test("every metric that a page names is declared", () => {
  const declared = new Set(
    [...readFileSync(join(root, "docs/telemetry.yaml"), "utf8").matchAll(/^ {2}- name: (\w+)$/gm)].map(
      ([, name]) => name,
    ),
  );
  const named = pages.flatMap((page) =>
    [
      ...read(page).matchAll(
        /\bworkflow_[a-z_]+_(?:total|seconds|bytes|state|status|depth|size|letters|broken|busy|info)\b/g,
      ),
    ].map(([name]) => ({ page, name })),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ name }) => !declared.has(name))).toEqual([]);
});
