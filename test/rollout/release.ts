import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chart, type Values } from "../chart/render.ts";
import { type Cluster, type ClusterOptions, startCluster } from "../kubernetes/cluster.ts";
import type { Deployment, Pod } from "../kubernetes/objects.ts";
import type { Load } from "./load.ts";

/** The chart as a release of a cluster whose pods are real processes of the service. */
export interface Release {
  readonly cluster: Cluster;
  /** `helm upgrade --install --wait` with these values on top of those that all of a test's upgrades have. */
  upgrade(values: Values, ...flags: readonly string[]): Promise<void>;
  rollback(revision?: number): Promise<void>;
  /** Address of a service's gRPC port. */
  address(suffix?: string): string;
  /** Ready replicas of each slot. */
  replicas(): Readonly<Record<string, number>>;
  /** How many calls of Compile each slot has had since its replicas started. */
  calls(): Promise<ReadonlyMap<string, number>>;
  /** Resolves when only these slots answer the calls of a load, each of them. */
  served(load: Load, ...slots: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const name = "workflow-compiler";
const root = new URL("../../", import.meta.url).pathname;

/** For Helm; a machine that does other things, too, starts a replica in half a minute. */
const PATIENCE = "200s";

/** Small and quick: one worker each, short ways to stop, and connections that end soon, so that callers follow a switch. */
const quick = {
  replicaCount: 2,
  config: { rateLimit: "off", connectionAge: "2s", drain: "5s", drainGrace: "500ms", workers: 1, logLevel: "warn" },
  lifecycle: { preStopSeconds: 1, terminationGracePeriodSeconds: 20 },
};

export async function startRelease(common: Values = {}, options: ClusterOptions = {}): Promise<Release> {
  const cluster = await startCluster({ environment: { NODE_COMPILE_CACHE: join(root, ".cache/node") }, ...options });
  const folder = mkdtempSync(join(tmpdir(), "values-"));
  const file = join(folder, "values.json");

  /** What the pods say explains most failures. */
  async function told(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      const logs = cluster.list<Pod>("Pod").map(({ metadata, status }) => {
        const text = cluster.kubelet.logsOf(metadata.name, "").slice(-500);
        return `${metadata.name} ${status?.phase}: ${text}`;
      });
      throw new Error(`${error instanceof Error ? error.message : error}\n${logs.join("\n")}`);
    }
  }

  async function callsBySlot(): Promise<ReadonlyMap<string, number>> {
    const calls = new Map<string, number>();
    for (const { metadata, status } of cluster.list<Pod>("Pod")) {
      const slot = metadata.labels?.["workflow-compiler.dev/slot"];
      if (slot === undefined) continue;
      const answer = await fetch(`http://${status?.podIP}:8080/metrics`).catch(() => null);
      const lines = (await answer?.text())?.split("\n") ?? [];
      const counts = lines.filter((line) => line.startsWith("workflow_requests_total{") && line.includes('"Compile"'));
      const sum = counts.reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
      calls.set(slot, (calls.get(slot) ?? 0) + sum);
    }
    return calls;
  }

  return {
    cluster,
    async upgrade(values, ...flags) {
      writeFileSync(file, JSON.stringify({ ...quick, ...common, ...values }));
      const waiting = ["--wait", "--timeout", PATIENCE];
      await told(cluster.helm("upgrade", "--install", name, chart, "--values", file, ...waiting, ...flags));
    },
    async rollback(revision) {
      const to = revision === undefined ? [] : [String(revision)];
      await told(cluster.helm("rollback", name, ...to, "--wait", "--timeout", PATIENCE));
    },
    calls: callsBySlot,
    address: (suffix = "") => cluster.addressOf(`${name}${suffix}`, "grpc"),
    replicas() {
      const deployments = cluster.list<Deployment & { status?: { readyReplicas?: number } }>("Deployment");
      return Object.fromEntries(
        deployments.map(({ metadata, status }) => [metadata.name.slice(-1), status?.readyReplicas ?? 0]),
      );
    },
    async served(load, ...slots) {
      for (;;) {
        const before = await callsBySlot();
        await load.more(40);
        const after = await callsBySlot();
        const answering = [...after].flatMap(([slot, calls]) => (calls > (before.get(slot) ?? 0) ? [slot] : []));
        if (answering.sort().join() === [...slots].sort().join()) return;
      }
    },
    async close() {
      await cluster.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
