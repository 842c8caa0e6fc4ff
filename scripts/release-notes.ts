import { readFileSync } from "node:fs";
import { parse } from "yaml";

/**
 * `npm run release:notes -- v1.2.3`: the changelog's section of a release, on stdout. Refuses a version that package.json, the
 * chart and the changelog do not all name. Exit code 0: printed. 1: refused. 2: usage.
 */
const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const [tag = ""] = process.argv.slice(2);
const [, version] = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(tag) ?? [];
if (version === undefined) fail(2, "usage: npm run release:notes -- vMAJOR.MINOR.PATCH");

const chart = parse(read("helm/workflow-compiler/Chart.yaml"));
const named = {
  "package.json": JSON.parse(read("package.json")).version,
  "version of helm/workflow-compiler/Chart.yaml": chart.version,
  "appVersion of helm/workflow-compiler/Chart.yaml": chart.appVersion,
};
for (const [place, found] of Object.entries(named)) {
  if (found !== version) fail(1, `${tag} cannot be released: ${place} is ${found}`);
}
const sections = read("CHANGELOG.md").split(/^## /m).slice(1);
const section = sections.find((text) => text.split(/\s/, 1)[0]?.replace(/[[\]]/g, "") === version);
if (section === undefined) fail(1, `${tag} cannot be released: CHANGELOG.md has no section "## ${version}"`);
process.stdout.write(`${section.slice(section.indexOf("\n")).trim()}\n`);

function fail(code: number, text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}
