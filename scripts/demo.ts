import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Artifact } from "@workflow-compiler/proto/gen/workflow/compiler/v1/artifact.ts";
import { CompilerServiceService as Contract } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format, type Source } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { type LocalService, startLocalService } from "./local-service.ts";

/** `npm run demo`: starts the service, compiles an example through gRPC, runs the module, and breaks the definition. */
const example = new URL("../docs/examples/order-fulfilment/", import.meta.url);
const definition = readFileSync(new URL("workflow.yaml", example), "utf8");
/** Lines of the example, and what they are mistaken for: a component, a type, a node. */
const mistakes: readonly (readonly [right: string, wrong: string])[] = [
  ["type: review.manual\n      with:", "type: review.manuel\n      with:"],
  ['amount: "${ price.out }"', 'amount: "${ input.currency }"'],
  ["{ from: refund, to: rejected }", "{ from: refnd, to: rejected }"],
];
const say = (text = ""): void => void process.stdout.write(`${text}\n`);
const heading = (text: string): void => say(`\n── ${text} ${"─".repeat(Math.max(0, 100 - text.length))}\n`);

const service = await startLocalService();
say(`The service listens on ${service.address}.`);
const folder = mkdtempSync(join(tmpdir(), "workflow-demo-"));
try {
  const artifact = await compileExample(service);
  write(artifact);
  runModule(artifact);
  await breakDefinition(service);
} finally {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
}

function sourceOf(text: string): Source {
  return { format: Format.FORMAT_UNSPECIFIED, content: Buffer.from(text), name: "workflow.yaml" };
}

async function compileExample({ call }: LocalService): Promise<Artifact> {
  const started = performance.now();
  const { artifact, diagnostics } = await call(Contract.compile, { source: sourceOf(definition), options: undefined });
  const tookMs = performance.now() - started;
  if (artifact === undefined) {
    throw new Error(`the example does not compile: ${diagnostics.map(({ message }) => message).join("; ")}`);
  }
  heading("docs/examples/order-fulfilment/workflow.yaml has become this module");
  say(artifact.files.find(({ path }) => path === "workflow.ts")?.content);
  say(`// compiled and type-checked in ${tookMs.toFixed(1)} ms; ${artifact.files.map(({ path }) => path).join(", ")}`);
  say(`// digest ${artifact.digest}`);
  return artifact;
}

function write(artifact: Artifact): void {
  for (const { path, content } of artifact.files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}

/** In a fresh process, which knows nothing of the compiler. */
function runModule({ entrypoint }: Artifact): void {
  const runner = join(folder, "run.mjs");
  writeFileSync(
    runner,
    `import { readFileSync } from "node:fs";
import { run } from "./${entrypoint}";
import { activities } from ${JSON.stringify(new URL("activities.ts", example).href)};

const input = JSON.parse(readFileSync(${JSON.stringify(new URL("input.json", example).pathname)}, "utf8"));
const onEvent = ({ type, step }) => console.log(\`  \${type.padEnd(8)} \${step}\`);
console.log("result:", JSON.stringify(await run(input, activities, { onEvent }), null, 2));
`,
  );
  heading("and runs by itself, in a fresh Node process");
  const { status } = spawnSync(process.execPath, [runner], { stdio: "inherit" });
  if (status !== 0) throw new Error("the module failed");
}

/** A definition with three mistakes gets three answers, each at its place. */
async function breakDefinition({ call }: LocalService): Promise<void> {
  heading("with three mistakes in it, Validate says");
  const broken = mistakes.reduce((text, [right, wrong]) => {
    if (!text.includes(right)) throw new Error(`the example no longer holds: ${right}`);
    return text.replace(right, wrong);
  }, definition);
  const { valid, diagnostics } = await call(Contract.validate, {
    source: sourceOf(broken),
    profile: false,
    allowInlineCode: false,
    fix: false,
  });
  if (valid) throw new Error("the broken definition is valid");
  for (const { code, message, location, suggestions, fixes } of diagnostics) {
    say(`workflow.yaml:${location?.line}:${location?.column} ${code}`);
    say(`  ${message}`);
    say(`  | ${location?.snippet.trim()}`);
    for (const suggestion of suggestions) say(`  - ${suggestion}`);
    for (const { title, jsonPatch } of fixes) say(`  fix: ${title} ${jsonPatch}`);
    say();
  }
}
