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
import type { Artifact } from "../../server/artifact.ts";
import type { Happening, Outcome } from "./execution.ts";
import { type Fields, historyOf } from "./protocol.ts";
import { startTemporalServer, type TemporalServer } from "./server.ts";

type Activities = Readonly<Record<string, (input: never) => unknown>>;

export interface RunSettings {
  readonly input: unknown;
  readonly parameters?: unknown;
  readonly activities: Activities;
  readonly happenings?: readonly Happening[];
  readonly hanging?: readonly string[];
}

/** The SDK's own bundler, worker and replay, for artifacts of the target Temporal. Close it after use. */
export interface TemporalHarness {
  /** What the bundler logged at level WARN or higher comes with the bundle. */
  bundle(artifact: Artifact): Promise<{ readonly bundle: WorkflowBundle; readonly warnings: readonly string[] }>;
  /** Runs the workflow in a real worker; each of its tasks is a replay of all before it, because nothing is cached. */
  run(bundle: WorkflowBundle, settings: RunSettings): Promise<Outcome>;
  /** Fails where the code does not do what the history says. */
  replay(bundle: WorkflowBundle, events: readonly Fields[]): Promise<void>;
  close(): Promise<void>;
}

const taskQueue = "test";

export async function startHarness(): Promise<TemporalHarness> {
  Runtime.install({
    logger: new DefaultLogger("ERROR"),
    telemetryOptions: { logging: { filter: "off", forward: {} } },
  });
  const server: TemporalServer = await startTemporalServer();
  const connection = await NativeConnection.connect({ address: server.address });
  return {
    async bundle(artifact) {
      const folder = writeArtifact(artifact);
      const logged: LogEntry[] = [];
      try {
        const logger = new DefaultLogger("WARN", (entry) => logged.push(entry));
        const bundle = await bundleWorkflowCode({ workflowsPath: join(folder, "workflow.ts"), logger });
        return { bundle, warnings: logged.map(({ level, message }) => `${level} ${message}`) };
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    async run(bundle, { input, parameters, activities, happenings = [], hanging = [] }) {
      const worker = await Worker.create({
        connection,
        namespace: "default",
        taskQueue,
        workflowBundle: bundle,
        activities,
        maxCachedWorkflows: 0,
        shutdownGraceTime: 0,
      });
      const args = parameters === undefined ? [input] : [input, parameters];
      return worker.runUntil(
        server.run({ workflowType: "run", args, taskQueue, happenings, hanging: new Set(hanging) }),
      );
    },
    replay: (bundle, events) =>
      Worker.runReplayHistory({ workflowBundle: bundle, replayName: "replay" }, historyOf(events), "workflow-1"),
    async close() {
      await connection.close();
      await server.close();
      await Runtime.instance().shutdown();
    },
  };
}

/** Writes the TypeScript of an artifact to a folder of its own, beside the packages that it may import. */
export function writeArtifact(artifact: Artifact): string {
  const folder = mkdtempSync(join(tmpdir(), "temporal-"));
  for (const { path, content } of artifact.files) writeFileSync(join(folder, path), content);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  mkdirSync(join(folder, "node_modules"));
  const packages = new URL("../../node_modules/@temporalio", import.meta.url).pathname;
  symlinkSync(packages, join(folder, "node_modules", "@temporalio"));
  return folder;
}
