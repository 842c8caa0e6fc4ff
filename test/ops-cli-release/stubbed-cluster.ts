import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Cluster, type ClusterOptions, startCluster } from "../kubernetes/cluster.ts";
import type { Pod } from "../kubernetes/objects.ts";
import { kubernetesTools } from "../kubernetes/tools.ts";
import { ended, expectSchema, type Ran, startWfops } from "../ops-cli/wfops.ts";
import { startForwardingApi } from "./port-forward.ts";

/** A cluster whose pods run the stubs of `images`, and wfops for it. */
export interface StubbedCluster {
  readonly cluster: Cluster;
  /** The address of callers, once there is a release. */
  address(suffix?: string): string;
  run(...args: readonly string[]): Promise<Ran>;
  start(...args: readonly string[]): Running;
  /** With `--json`; what it printed, found to be as the command's schema says. */
  ask(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
  /** Ports of pods that `kubectl port-forward` has led to: `POD:PORT`. */
  readonly forwarded: readonly string[];
  /** URL that tells a Prometheus which pods there are, with the labels that a PodMonitor gives them. */
  readonly discovery: string;
  close(): Promise<void>;
}

/** A command that is under way. */
export interface Running {
  readonly done: Promise<Ran>;
  /** Waits until it has said this on stderr. */
  said(words: string): Promise<void>;
  interrupt(): void;
}

/** What wfops has to know of a cluster. */
export function environmentFor({ kubeconfig }: Pick<Cluster, "kubeconfig">): Readonly<Record<string, string>> {
  const { helm, kubectl } = kubernetesTools();
  const home = `${kubeconfig}-helm`;
  return {
    KUBECONFIG: kubeconfig,
    WFOPS_HELM: helm,
    WFOPS_KUBECTL: kubectl,
    HELM_CACHE_HOME: home,
    HELM_CONFIG_HOME: home,
    HELM_DATA_HOME: home,
  };
}

export async function startStubbedCluster(options: Pick<ClusterOptions, "groups"> = {}): Promise<StubbedCluster> {
  const images = new URL("./images/", import.meta.url).pathname;
  const root = new URL("../../", import.meta.url).pathname;
  const cluster = await startCluster({
    ...options,
    environment: { NODE_COMPILE_CACHE: `${root}.cache/node` },
    imageRoot: (image) => `${images}${image.split(":").at(-1)}`,
  });
  const api = await startForwardingApi(cluster.kubeconfig);
  const discovery = createServer((_request, response) => {
    const targets = cluster
      .list<Pod>("Pod")
      .flatMap(({ metadata, status }) =>
        status?.podIP === undefined
          ? []
          : [{ targets: [`${status.podIP}:8080`], labels: { namespace: "default", pod: metadata.name } }],
      );
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(targets));
  });
  await new Promise<void>((listening) => discovery.listen(0, "127.0.0.1", listening));
  const { port } = discovery.address() as AddressInfo;
  const address = (suffix = ""): string => cluster.addressOf(`workflow-compiler${suffix}`, "grpc");
  const start = (...args: readonly string[]): Running => {
    const service = cluster.get("Service", "workflow-compiler");
    const server = service === undefined ? {} : { WFOPS_SERVER: address() };
    return watch(startWfops(args, { env: { ...environmentFor(api), ...server } }));
  };
  return {
    cluster,
    address,
    start,
    run: (...args) => start(...args).done,
    async ask(...args) {
      const { code, stdout, stderr } = await start(...args, "--json").done;
      if (code !== 0) throw new Error(`wfops ${args.join(" ")} ended with ${code}: ${stdout}${stderr}`);
      const data = JSON.parse(stdout);
      expectSchema(args.slice(0, args[0] === "rollout" ? 2 : 1).join(" "), data);
      return data;
    },
    forwarded: api.forwarded,
    discovery: `http://127.0.0.1:${port}`,
    async close() {
      await api.close();
      const closed = new Promise((resolve) => discovery.close(resolve));
      discovery.closeAllConnections();
      await closed;
      await cluster.close();
    },
  };
}

function watch(child: ChildProcess): Running {
  const done = ended(child);
  let stderr = "";
  child.stderr?.on("data", (part: Buffer) => {
    stderr += part.toString();
  });
  return {
    done,
    async said(words) {
      while (!stderr.includes(words)) {
        if (child.exitCode !== null || child.stderr === null) throw new Error(`it never said ${words}: ${stderr}`);
        await Promise.race([once(child.stderr, "data"), once(child, "close")]);
      }
    },
    interrupt: () => void child.kill("SIGINT"),
  };
}

/** Small and quick to stop. */
export const quickValues = [
  "replicaCount=2",
  "config.drain=2s",
  "config.drainGrace=100ms",
  "lifecycle.preStopSeconds=1",
  "lifecycle.terminationGracePeriodSeconds=10",
].flatMap((pair) => ["--set", pair]);
