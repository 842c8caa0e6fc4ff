import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bundleWorkflowCode,
  DefaultLogger,
  type LogEntry,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from "@temporalio/worker";
import { type ActivityContext, temporalActivities } from "../../docs/examples/temporal-worker/temporal-activities.ts";
import type { Artifact } from "../../server/artifact.ts";
import type { Work } from "./activity-table.ts";
import type { Happening, Outcome } from "./execution.ts";
import { type Fields, historyOf } from "./protocol.ts";
import { startTemporalServer, type TemporalServer } from "./server.ts";

type Activities = Readonly<Record<string, (input: never, context: ActivityContext) => unknown>>;

export interface RunSettings {
  readonly input: unknown;
  readonly parameters?: unknown;
  readonly happenings?: readonly Happening[];
  readonly hanging?: readonly string[];
  readonly work?: Work;
  /** Default: run. */
  readonly workflowType?: string;
}

export interface RunningWorker {
  run(settings: RunSettings): Promise<Outcome>;
  stop(): Promise<void>;
}

export interface Bundled {
  readonly bundle: WorkflowBundle;
  readonly warnings: readonly string[];
}

/** The SDK's own bundler, worker and replay, for artifacts of the target Temporal. Close it after use. */
export interface TemporalHarness {
  /** What the bundler logged at level WARN or higher comes with the bundle. */
  bundle(artifact: Artifact): Promise<Bundled>;
  /** Several workflows in one bundle, by the names that they get. */
  bundleAll(artifacts: ReadonlyMap<string, Artifact>): Promise<Bundled>;
  /** A real worker. Each task of a workflow is a replay of all before it, because nothing is cached. */
  startWorker(bundle: WorkflowBundle, activities: Activities): Promise<RunningWorker>;
  /** Runs one workflow in a worker of its own. */
  run(bundle: WorkflowBundle, settings: RunSettings & { readonly activities: Activities }): Promise<Outcome>;
  /** Fails where the code does not do what a history says. */
  replay(bundle: WorkflowBundle, ...histories: readonly (readonly Fields[])[]): Promise<void>;
  close(): Promise<void>;
}

export async function startHarness(): Promise<TemporalHarness> {
  Runtime.install({
    logger: new DefaultLogger("ERROR"),
    telemetryOptions: { logging: { filter: "off", forward: {} } },
  });
  const server: TemporalServer = await startTemporalServer();
  const connection = await NativeConnection.connect({ address: server.address });
  let workers = 0;

  async function startWorker(bundle: WorkflowBundle, activities: Activities): Promise<RunningWorker> {
    const taskQueue = `test-${++workers}`;
    const worker = await Worker.create({
      connection,
      namespace: "default",
      taskQueue,
      workflowBundle: bundle,
      activities: temporalActivities(activities),
      maxCachedWorkflows: 0,
      shutdownGraceTime: 0,
    });
    const running = worker.run();
    return {
      run({ input, parameters, happenings = [], hanging = [], work = null, workflowType = "run" }) {
        const args = parameters === undefined ? [input] : [input, parameters];
        return server.run({ workflowType, args, taskQueue, happenings, hanging: new Set(hanging), work });
      },
      async stop() {
        worker.shutdown();
        await running;
      },
    };
  }

  return {
    bundle: (artifact) => bundled((folder) => writeArtifactIn(folder, artifact)),
    bundleAll: (artifacts) =>
      bundled((folder) => {
        for (const [name, artifact] of artifacts) writeArtifactIn(join(folder, name), artifact);
        const exports = Array.from(
          artifacts.keys(),
          (name) => `export { run as ${name} } from "./${name}/workflow.js";`,
        );
        writeFileSync(join(folder, "workflow.ts"), exports.join("\n"));
      }),
    startWorker,
    async run(bundle, { activities, ...settings }) {
      const worker = await startWorker(bundle, activities);
      try {
        return await worker.run(settings);
      } finally {
        await worker.stop();
      }
    },
    async replay(bundle, ...histories) {
      const options = { workflowBundle: bundle, replayName: "replay" };
      const replays = histories.map((events) => ({ workflowId: "workflow-1", history: historyOf(events) }));
      for await (const { error } of Worker.runReplayHistories(options, replays)) if (error) throw error;
    },
    async close() {
      await connection.close();
      await server.close();
      await Runtime.instance().shutdown();
    },
  };
}

/** Bundles `workflow.ts` in a folder of its own, beside the SDK that it imports. */
async function bundled(write: (folder: string) => void): Promise<Bundled> {
  const folder = mkdtempSync(join(tmpdir(), "temporal-"));
  const logged: LogEntry[] = [];
  try {
    write(folder);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    symlinkSync(new URL("../../node_modules", import.meta.url).pathname, join(folder, "node_modules"));
    const logger = new DefaultLogger("WARN", (entry) => logged.push(entry));
    const bundle = await bundleWorkflowCode({ workflowsPath: join(folder, "workflow.ts"), logger });
    return { bundle, warnings: logged.map(({ level, message }) => `${level} ${message}`) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function writeArtifactIn(folder: string, artifact: Artifact): void {
  mkdirSync(folder, { recursive: true });
  for (const { path, content } of artifact.files) writeFileSync(join(folder, path), content);
}
