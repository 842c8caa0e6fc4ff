import { createHash } from "node:crypto";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { fileVariable, readConfig, showConfig } from "./config/read.ts";
import type { Config } from "./config/settings.ts";
import { startReplica } from "./replica.ts";
import { createLog, type Log } from "./telemetry/log.ts";

/**
 * Starts the service. Lines on stdout tell its addresses, the last one when it is ready; the log, JSON lines, goes to stderr.
 * Exit code 0: stopped by SIGTERM or SIGINT. 1: it could not run, or a second signal ended it. 2: the configuration is wrong.
 */
// A busy process is about 20 MB smaller with a small young generation (`npm run soak`), and a cached Compile costs the same
// (`npm run bench:admission`). Steps of 40% save 30 MB more, and cost it up to a fifth more CPU.
setFlagsFromString("--max-semi-space-size=4");
setFlagsFromString("--heap-growing-percent=70");
const file = readConfigFile(process.env[fileVariable]);
const { config, faults, warnings } = readConfig(process.env, file);
if (config === null) {
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.exit(2);
}
const log = createLog(config.logLevel);
for (const warning of warnings) log.logger.warn(warning);
process.on("uncaughtException", (error) => giveUp(error, "a fault that nothing caught"));
try {
  await run(config, log);
} catch (error) {
  giveUp(error, "the service cannot run");
}

async function run(settings: Config, { logger, flush }: Log): Promise<void> {
  const { version } = readJson("./package.json");
  const replica = await startReplica({
    config: settings,
    log,
    version,
    typescriptVersion: readJson(import.meta.resolve("typescript/package.json")).version,
    build: digestOfSources(),
    replicaId: settings.replica || hostname(),
    components: readComponents(settings.componentsDir),
    descriptorSet: readFileSync(new URL(import.meta.resolve("@workflow-compiler/proto/gen/descriptors.binpb"))),
    shownConfig: () => showConfig(process.env, file),
    onStopAsked: () => stop("an operator"),
  });

  let stopping = false;
  function stop(by: string): void {
    // Whoever asks twice does not want to wait.
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ by }, "stopping");
    replica.stop().then(() => {
      logger.info("stopped");
      flush();
      process.exit(0);
    }, giveUp);
  }
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("SIGHUP", replica.reload);
  process.stdout.write(`Metrics and health at http://${replica.httpAddress}\n`);
  process.stdout.write(`Operations at ${replica.operationsAddress}\n`);
  process.stdout.write(`Workflow Compiler ${version} listening on ${replica.grpcAddress}\n`);
}

/** The state of the process is not known any more: the platform starts a new one. */
function giveUp(error: unknown, what = "the service failed while it stopped"): never {
  log.logger.fatal({ err: error }, what);
  log.flush();
  process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** null where no file is named. One that cannot be read ends the process as a wrong setting does. */
function readConfigFile(path: string | undefined): string | null {
  if (path === undefined || path === "") return null;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    process.stderr.write(`${fileVariable}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}

/** Component files by path, in the order of their names, which no file system promises by itself. */
function readComponents(folder: string): ReadonlyMap<string, string> {
  if (folder === "") return new Map();
  const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  return new Map(names.sort().map((name) => [join(folder, name), readFileSync(join(folder, name), "utf8")]));
}

function readJson(path: string): { readonly version: string } {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
}

/** Of what decides about answers, so that no build takes another's answers out of a shared cache. About 10 ms. */
function digestOfSources(): string {
  const cwd = new URL(".", import.meta.url).pathname;
  const digest = createHash("sha256");
  for (const path of globSync("**/*.ts", { cwd, exclude: ["node_modules/**"] }).sort()) {
    digest.update(path).update(readFileSync(join(cwd, path)));
  }
  return digest.digest("hex");
}
