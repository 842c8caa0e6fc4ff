import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

/** The pipelines of .github: what they name exists, and what they may do is little. */
const root = new URL("../../", import.meta.url).pathname;
const files = globSync(".github/**/*.yaml", { cwd: root }).sort();
const { scripts, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly steps: readonly Step[];
  readonly needs?: string | readonly string[];
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs?: Readonly<Record<string, Job>>;
  readonly runs?: { readonly steps: readonly Step[] };
}

const workflows = files.map((file) => {
  const text = readFileSync(join(root, file), "utf8");
  const workflow: Workflow = parse(text, { merge: true });
  const jobs = Object.values(workflow.jobs ?? {});
  const steps = [...jobs.flatMap((job) => job.steps), ...(workflow.runs?.steps ?? [])];
  return { file, text, workflow, jobs, steps };
});

test("there is a pipeline for tests, image, chart and release", () => {
  for (const name of ["test", "image", "chart", "release"]) expect(files).toContain(`.github/workflows/${name}.yaml`);
});

test.each(workflows)("$file names only scripts, programs and files that exist", ({ steps }) => {
  const runs = steps.flatMap(({ run }) => run ?? []).join("\n");
  const called = [...runs.matchAll(/npm run (?:-s |--silent )?([\w:]+)/g)].map(([, name = ""]) => name);
  expect(called.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  const programs = [...runs.matchAll(/npx ([\w-]+)/g)].map(([, name = ""]) => name);
  expect(programs.filter((name) => !Object.hasOwn(devDependencies, name))).toEqual([]);
  const paths = [...runs.matchAll(/(?<=^|\s)(?:\.ci|helm|test|scripts|docs|server)\/[\w./-]+/gm)].map(([path]) => path);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test.each(workflows)("$file uses actions by their commits, or from this repository", ({ steps, text }) => {
  for (const uses of steps.flatMap((step) => step.uses ?? [])) {
    if (uses.startsWith("./")) expect(existsSync(join(root, uses, "action.yaml"))).toBe(true);
    else {
      expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      expect(text).toMatch(new RegExp(`${uses} # v\\d+\\.\\d+\\.\\d+`));
    }
  }
});

test.each(workflows.filter(({ workflow }) => workflow.jobs))(
  "$file may only read, unless a job says what for",
  ({ workflow, jobs, steps }) => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    for (const job of jobs) expect(job["timeout-minutes"]).toBeGreaterThan(0);
    for (const { uses, with: inputs } of steps) {
      if (uses?.startsWith("actions/checkout@")) expect(inputs?.["persist-credentials"]).toBe(false);
    }
  },
);

test("a release reaches production only through tests, signatures and staging, by 10, 50 and 100 percent", () => {
  const release = workflows.find(({ file }) => file.endsWith("/release.yaml"));
  const { check, publish, staging, production } = release?.workflow.jobs ?? {};
  expect(publish?.needs).toBe("check");
  expect(staging).toMatchObject({ needs: "publish", environment: "staging" });
  expect(production).toMatchObject({ needs: ["publish", "staging"], environment: "production" });
  expect(check?.steps.map(({ run }) => run)).toContain(".ci/run");
  for (const job of [staging, production]) {
    const runs = job?.steps.map(({ run }) => run ?? "") ?? [];
    const place = (word: string) => runs.findIndex((run) => run.includes(word));
    expect(place("npm run environment")).toBeGreaterThan(0);
    expect(place("cosign verify")).toBeGreaterThan(place("npm run environment"));
    expect(place("helm upgrade")).toBeGreaterThan(place("cosign verify"));
  }
  const canary = production?.steps.filter(({ uses }) => uses === "./.github/actions/canary-step") ?? [];
  expect(canary.map((step) => step.with?.weight)).toEqual([10, 50, 100]);
});

test("a version that is not everywhere the same is not released", () => {
  const notes = (tag: string) =>
    spawnSync(process.execPath, ["scripts/release-notes.ts", tag], { cwd: root, encoding: "utf8" });
  expect(notes("v99.0.0")).toMatchObject({ status: 1, stderr: expect.stringContaining("package.json is") });
  expect(notes("latest")).toMatchObject({ status: 2 });
});
