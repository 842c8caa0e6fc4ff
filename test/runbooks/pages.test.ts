import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { listRunbooks, parseRunbook, wordsOf } from "../../ops-cli/runbooks/runbook.ts";
import { expectJson, wfops } from "../ops-cli/wfops.ts";

const root = new URL("../../", import.meta.url);
const runbooks = listRunbooks();
const names = runbooks.map(({ name }) => name);

/** What all pages call, each once: the command with the flags it is given. */
function calledCommands(): ReadonlyMap<string, ReadonlySet<string>> {
  const called = new Map<string, Set<string>>();
  for (const { values, steps } of runbooks) {
    const known = new Map(values.map(({ name, fallback }) => [name, fallback || "x"] as const));
    for (const { line, changes } of steps.flatMap(({ commands }) => commands)) {
      const [program, ...words] = wordsOf(line, known);
      if (program !== "wfops") continue;
      const command = commandOf(words);
      const flags = [...words.filter((word) => word.startsWith("--")), ...(changes ? ["--yes"] : [])];
      called.set(command, new Set([...(called.get(command) ?? []), ...flags]));
    }
  }
  return called;
}

const commands = readdirSync(new URL("ops-cli/commands/", root), { recursive: true, encoding: "utf8" }).map((file) =>
  file.replace(/\.ts$/, "").replaceAll("/", " "),
);

function commandOf(words: readonly string[]): string {
  const found = commands.findLast((name) => name === words.slice(0, name.split(" ").length).join(" "));
  if (found === undefined) throw new Error(`there is no command in: wfops ${words.join(" ")}`);
  return found;
}

test("all thirteen are there, parse, and are listed on the overview", () => {
  expect(names).toHaveLength(13);
  const overview = readFileSync(new URL("docs/runbooks/README.md", root), "utf8");
  expect(names.filter((name) => !overview.includes(`[${name}](${name}.md)`))).toEqual([]);
  for (const { summary, steps } of runbooks) {
    expect(summary).not.toBe("");
    expect(steps.filter(({ phase }) => phase === "verify").flatMap((step) => step.commands)).not.toEqual([]);
  }
});

test("each alert leads to a page", () => {
  const { groups } = parse(readFileSync(new URL("helm/workflow-compiler/files/alerts.yaml", root), "utf8"));
  const links: readonly string[] = groups.flatMap(
    ({ rules }: { rules: readonly { annotations?: { runbook_url?: string } }[] }) =>
      rules.flatMap(({ annotations }) => annotations?.runbook_url ?? []),
  );
  const pages = links.map((link) => link.split("/").at(-1)?.replace(/\.md$/, ""));
  expect(pages.length).toBeGreaterThan(10);
  expect(pages.filter((page) => !names.includes(page ?? ""))).toEqual([]);
});

test("pages lead to pages that are there", () => {
  const links = runbooks.flatMap(({ text }) => [...text.matchAll(/\]\(([\w-]+)\.md\)/g)].map(([, page]) => page));
  expect(links.filter((page) => !names.includes(page ?? ""))).toEqual([]);
});

test("what the pages call is there, with these flags", async () => {
  for (const [command, flags] of calledCommands()) {
    const { code, stdout } = await wfops([...command.split(" "), "--help"]);
    expect([command, code]).toEqual([command, 0]);
    expect([command, [...flags].filter((flag) => !stdout.includes(flag))]).toEqual([command, []]);
  }
});

test("a page with another program, or without a part, is refused", async () => {
  expect(() => wordsOf("sh -c true", new Map())).toThrow("may call wfops, kubectl, helm");
  expect(() => parseRunbook("half", "# Half a page\n\nFor nothing.\n\n## Diagnose\n\nLook.\n")).toThrow(
    "decide, act, verify",
  );
  expectJson("runbook list", await wfops(["runbook", "list", "--json"]));
  expectJson("runbook show", await wfops(["runbook", "show", "high-latency", "--json"]));
  const { code, stderr } = await wfops(["runbook", "show", "high-latenzy"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("Did you mean high-latency?")]);
  const missing = await wfops(["runbook", "run", "restore-from-backup", "--yes"]);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("--set BACKUP=")]);
});
