import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Cluster, startCluster } from "./cluster.ts";
import type { ConfigMap, Deployment, Pod, Secret } from "./objects.ts";
import { resourceOf } from "./resources.ts";

const chart = new URL("./fixtures/echo", import.meta.url).pathname;
const root = new URL("../../", import.meta.url).pathname;

vi.setConfig({ testTimeout: 480_000, hookTimeout: 120_000 });

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

const upgrade = (...args: readonly string[]) =>
  cluster.helm("upgrade", "--install", "echo", chart, "--wait", "--timeout", "120s", ...args);

async function said(): Promise<string> {
  // A connection that is kept goes on leading to its pod, which may be about to close it.
  const answer = await fetch(`http://${cluster.addressOf("echo", "http")}/`, { headers: { connection: "close" } });
  return answer.text();
}

test("helm installs, upgrades, tests and rolls back, and kubectl agrees", async () => {
  await upgrade();
  expect(await said()).toBe("one");
  expect(cluster.list<Pod>("Pod")).toHaveLength(2);
  expect(cluster.list<Secret>("Secret").map(({ type }) => type)).toEqual(["helm.sh/release.v1"]);
  expect(await cluster.helm("test", "echo", "--timeout", "120s")).toContain("Succeeded");
  expect(await cluster.kubectl("logs", "echo-test")).toContain("one");

  await upgrade("--set", "word=two");
  expect(await said()).toBe("two");
  expect(await cluster.kubectl("rollout", "status", "deployment/echo")).toContain("successfully rolled out");
  // What a manager applies no more is gone.
  expect(cluster.get<ConfigMap>("ConfigMap", "echo-word")?.data).toEqual({ word: "two" });
  const [container] = cluster.get<Deployment>("Deployment", "echo")?.spec.template.spec.containers ?? [];
  expect(container?.env?.map(({ name }) => name)).toEqual(["WORD", "ADDRESS", "READY"]);

  const history = JSON.parse(await cluster.helm("history", "echo", "--output", "json"));
  expect(history.map(({ status }: { status: string }) => status)).toEqual(["superseded", "deployed"]);
  await cluster.helm("rollback", "echo", "1", "--wait", "--timeout", "120s");
  expect(await said()).toBe("one");
  expect(cluster.get<ConfigMap>("ConfigMap", "echo-word")?.data).toEqual({ word: "one", "only-first": "yes" });
});

test("a rollout keeps the service answering, and one that never gets ready keeps the old pods", async () => {
  let over = false;
  let asked = 0;
  const asking = (async () => {
    for (; !over; asked++) expect(await said()).toMatch(/one|three/);
  })();
  await upgrade("--set", "word=three");
  over = true;
  await asking;
  expect(asked).toBeGreaterThan(10);

  await expect(upgrade("--set", "word=four,ready=false", "--timeout", "5s")).rejects.toThrow();
  expect(await said()).toBe("three");
  await cluster.helm("rollback", "echo", "--wait", "--timeout", "120s");
  expect(await said()).toBe("three");
});

test("kubectl reads, scales, undoes, and deletes with what belongs to it", async () => {
  await cluster.kubectl("scale", "deployment/echo", "--replicas=3");
  await cluster.kubectl("rollout", "status", "deployment/echo", "--timeout=120s");
  expect(await cluster.kubectl("get", "pods", "--selector", "app=echo", "--output", "name")).toMatch(
    /^(pod\/\S+\n){3}$/,
  );
  await cluster.kubectl("set", "env", "deployment/echo", "WORD=five");
  await cluster.kubectl("rollout", "status", "deployment/echo", "--timeout=120s");
  expect(await said()).toBe("five");
  await cluster.kubectl("rollout", "undo", "deployment/echo");
  await cluster.kubectl("rollout", "status", "deployment/echo", "--timeout=120s");
  expect(await said()).toBe("three");
  await cluster.helm("uninstall", "echo", "--wait", "--timeout", "120s");
  expect(cluster.list("Deployment")).toEqual([]);
  expect(cluster.list("ReplicaSet")).toEqual([]);
});

const sleepy = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "sleepy" },
  spec: {
    terminationGracePeriodSeconds: 300,
    containers: [
      {
        name: "sleepy",
        image: "echo:1",
        command: ["node", "--eval", "setInterval(() => {}, 1000)"],
        lifecycle: { preStop: { sleep: { seconds: 300 } } },
      },
    ],
  },
};

test("a cluster that closes leaves no process behind, not even one that takes its time to end", async () => {
  const other = await startCluster();
  other.create(sleepy);
  const pod = other.kubelet.processOf("sleepy");
  expect(pod?.pid).toBeGreaterThan(0);
  other.storage.remove(resourceOf("Pod"), "default", "sleepy");
  await other.close();
  expect(pod?.signalCode).toBe("SIGKILL");
});

test.skipIf(!existsSync("/usr/bin/setpriv"))(
  "pods end with the process of the tests where that is killed",
  async () => {
    const program = `
    import { startCluster } from "./test/kubernetes/cluster.ts";
    const cluster = await startCluster();
    cluster.create(${JSON.stringify(sleepy)});
    console.log(cluster.kubelet.processOf("sleepy").pid);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { cwd: root });
    const [said]: Buffer[] = await once(child.stdout, "data");
    const pod = Number(said);
    expect(isRunning(pod)).toBe(true);
    child.kill("SIGKILL");
    await expect.poll(() => isRunning(pod), { timeout: 30_000 }).toBe(false);
  },
);

function isRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
}
