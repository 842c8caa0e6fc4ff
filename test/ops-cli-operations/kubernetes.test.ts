import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Cluster, startCluster } from "../kubernetes/cluster.ts";
import type { Deployment } from "../kubernetes/objects.ts";
import { kubernetesTools } from "../kubernetes/tools.ts";
import { expectSchema, type Ran, wfops } from "../ops-cli/wfops.ts";

/** `logs` with the real kubectl, against an API server whose pods are processes. */

let cluster: Cluster;
let folder: string;
let env: Readonly<Record<string, string>>;

const labels = { "app.kubernetes.io/instance": "workflow-compiler", "app.kubernetes.io/component": "server" };

/** Pods that log as the service does. */
const deployment = () => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "workflow-compiler-a", labels },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "server", image: "service:1", command: ["node", join(folder, "pod.mjs")] }],
      },
    },
  },
});

const lines = [
  {
    timestamp: "2030-01-02T03:04:05.678Z",
    level: "info",
    message: "call",
    requestId: "r-1",
    principal: "ci",
    code: "OK",
  },
  {
    timestamp: "2030-01-02T03:04:06.678Z",
    level: "error",
    message: "fault",
    correlationId: "c-1",
    err: { type: "Error" },
  },
  {
    timestamp: "2030-01-02T03:04:07.678Z",
    level: "info",
    message: "call",
    requestId: "r-2",
    principal: "other",
    code: "OK",
  },
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wfops-kubernetes-"));
  const said = [...lines.map((line) => JSON.stringify(line)), "no JSON at all"].join("\n");
  writeFileSync(
    join(folder, "pod.mjs"),
    `process.stdout.write(${JSON.stringify(`${said}\n`)});\nsetInterval(() => {}, 1000);\nprocess.on("SIGTERM", () => process.exit(0));\n`,
  );
  cluster = await startCluster();
  env = {
    KUBECONFIG: cluster.kubeconfig,
    PATH: `${dirname(kubernetesTools().kubectl)}:${process.env.PATH}`,
  };
  const file = join(folder, "object.json");
  writeFileSync(file, JSON.stringify(deployment()));
  await cluster.kubectl("apply", "--filename", file);
  await vi.waitFor(() => expect(ready()).toBe(2), { timeout: 50_000, interval: 100 });
});
afterAll(async () => {
  await cluster?.close();
  rmSync(folder, { recursive: true });
});

const ready = (): number =>
  cluster.get<Deployment & { status?: { readyReplicas?: number } }>("Deployment", "workflow-compiler-a")?.status
    ?.readyReplicas ?? 0;

const run = (...args: readonly string[]): Promise<Ran> => wfops(args, { env });

test("logs shows lines of all pods, filtered by level, request id, principal and text", async () => {
  const all = await run("logs", "--json");
  const entries = all.stdout
    .trim()
    .split("\n")
    .map((line) => expectSchema("logs", JSON.parse(line)));
  expect([all.code, entries.length]).toEqual([0, 8]);
  expect(new Set(entries.map((entry) => (entry as { pod: string }).pod)).size).toBe(2);
  const count = async (...flags: readonly string[]) =>
    (await run("logs", "--json", ...flags)).stdout
      .split("\n")
      .flatMap((line) => (line === "" ? [] : [JSON.parse(line).message]));
  // What is no JSON is never left out for its level.
  expect((await count("--level", "error")).sort()).toEqual(["fault", "fault", "no JSON at all", "no JSON at all"]);
  expect(await count("--request-id", "r-1")).toEqual(["call", "call"]);
  expect(await count("--principal", "other")).toEqual(["call", "call"]);
  expect(await count("--grep", "c-1")).toEqual(["fault", "fault"]);
  const shown = await run("logs", "--request-id", "r-1");
  expect(shown.stdout).toMatch(
    /2030-01-02T03:04:05\.678Z info +workflow-compiler-a-\S+ call requestId=r-1 principal=ci code=OK/,
  );
});

test("without kubectl, or without a cluster, it says so", async () => {
  const missing = await wfops(["logs"], { env: { ...env, WFOPS_KUBECTL: "/nowhere/kubectl" } });
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("Install kubectl")]);
  const away = await wfops(["logs"], { env: { ...env, KUBECONFIG: "/nowhere" } });
  expect([away.code, away.stderr]).toEqual([1, expect.stringContaining("kubectl logs failed")]);
});
