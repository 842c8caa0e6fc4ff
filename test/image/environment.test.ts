import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "../kubernetes/cluster.ts";
import { kubernetesTools } from "../kubernetes/tools.ts";

/** `npm run environment`, with the real tools, on the cluster of the tests. */
const root = new URL("../../", import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), "environment-"));
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ groups: ["monitoring.coreos.com"] });
});
afterAll(async () => {
  await cluster.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function check(
  namespace: string,
  values: object,
): Promise<{ readonly code: number; readonly rows: readonly string[] }> {
  const file = join(scratch, "values.yaml");
  writeFileSync(file, JSON.stringify(values));
  const PATH = `${dirname(kubernetesTools().helm)}${delimiter}${process.env.PATH}`;
  const args = ["scripts/environment.ts", "--namespace", namespace, "--values", file];
  const env = { ...process.env, PATH, KUBECONFIG: cluster.kubeconfig, HOME: scratch };
  const ended = promisify(execFile)(process.execPath, args, { cwd: root, env });
  const { code = 0, stdout } = await ended.then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => error,
  );
  return { code, rows: stdout.trim().split("\n") };
}

test("a cluster that has what the values ask for is ready", async () => {
  await cluster.kubectl("create", "secret", "generic", "db", "--from-literal=url=postgres://db.example.com/wfc");
  const ready = await check("default", {
    postgres: { existingSecret: "db" },
    monitoring: { rules: { enabled: true } },
  });
  expect(ready.rows.filter((row) => !row.startsWith("√"))).toEqual([]);
  expect(ready.rows).toHaveLength(5);
  expect(ready.code).toBe(0);
});

test("each thing that is missing is a row, and nothing is installed", async () => {
  const values = {
    redis: { existingSecret: "cache" },
    tls: { existingSecret: "db" },
    rollout: { strategy: "canary", argo: { enabled: true } },
  };
  const { code, rows } = await check("elsewhere", values);
  expect(code).toBe(1);
  const failed = rows.filter((row) => row.startsWith("×"));
  expect(failed.map((row) => row.split(":", 1)[0])).toEqual([
    "× the namespace elsewhere exists",
    "× the secret cache has url",
    "× the secret db has tls.crt, tls.key",
    "× rollouts.argoproj.io is known (rollout.argo.enabled)",
    "× the chart renders with the values, and the cluster takes it",
  ]);
  expect(cluster.list("Deployment")).toEqual([]);
});
