import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Network } from "./network.ts";
import type { ConfigMap, Container, EnvVar, Pod, Secret, Service } from "./objects.ts";
import { passes } from "./probes.ts";
import { resourceOf } from "./resources.ts";
import { listOf, now, type Storage } from "./storage.ts";

/** Runs pods as processes of this machine, each under an address of its own. */
export interface Kubelet {
  logsOf(pod: string, container: string): string;
  /** The process of a pod's container, for tests that harm it. */
  processOf(pod: string): ChildProcess | undefined;
  close(): Promise<void>;
}

export interface KubeletParts {
  readonly storage: Storage;
  readonly network: Network;
  /** Where an image's programs are on this machine: container commands run there. */
  readonly imageRoot: (image: string) => string;
  /** Added to what the container asks for, and counts before it. */
  readonly environment: Readonly<Record<string, string>>;
  /** How often probes look at a pod that is not ready, in milliseconds, whatever it asks for: tests do not wait ten seconds. */
  readonly probeMs: number;
}

const pods = resourceOf("Pod");
const configMaps = resourceOf("ConfigMap");
const secrets = resourceOf("Secret");
const services = resourceOf("Service");

/**
 * Pods end with the process of the tests, also where it is killed: one that was left would keep an address that the next cluster
 * gives to its own. Where Linux's tool for it is missing, they end with a cluster that closes.
 */
const leash: readonly string[] = existsSync("/usr/bin/setpriv") ? ["/usr/bin/setpriv", "--pdeathsig", "KILL"] : [];

interface Running {
  readonly folder: string;
  readonly logs: Map<string, string[]>;
  process: ChildProcess | undefined;
  ready: boolean;
  /** Set once the pod is asked to end; resolves when it has. */
  stopping: Promise<void> | undefined;
}

export function startKubelet(parts: KubeletParts): Kubelet {
  const { storage } = parts;
  const running = new Map<string, Running>();
  let closed = false;

  function start(pod: Pod): void {
    const podIP = parts.network.podAddress();
    const state: Running = {
      folder: mkdtempSync(join(tmpdir(), "pod-")),
      logs: new Map(),
      process: undefined,
      ready: false,
      stopping: undefined,
    };
    running.set(pod.metadata.name, state);
    report(pod.metadata, { phase: "Pending", podIP, hostIP: "127.0.0.1", startTime: now() });
    run(pod, podIP, state).catch((fault: unknown) => {
      log(state, "", `${fault}\n`);
      report(pod.metadata, { phase: "Failed", message: String(fault) });
    });
  }

  /** Init containers one after the other, then the containers; a pod of ours has one. */
  async function run(pod: Pod, podIP: string, state: Running): Promise<void> {
    for (const container of pod.spec.initContainers ?? []) {
      state.process = launch(pod, container, podIP, state);
      const code = await exitOf(state.process);
      if (state.stopping !== undefined) return;
      if (code !== 0) throw new Error(`init container ${container.name} ended with ${code}`);
    }
    const [container] = pod.spec.containers;
    if (container === undefined) throw new Error("the pod has no containers");
    for (let restarts = 0; state.stopping === undefined; restarts++) {
      const child = launch(pod, container, podIP, state);
      state.process = child;
      report(pod.metadata, { phase: "Running", ...readiness(container, false, restarts) });
      const ended = exitOf(child);
      const stopProbing = probe(pod, container, podIP, state, restarts);
      const code = await ended;
      stopProbing();
      state.ready = false;
      const policy = pod.spec.restartPolicy ?? "Always";
      if (state.stopping !== undefined) return;
      if (policy === "Never" || (policy === "OnFailure" && code === 0)) {
        report(pod.metadata, { phase: code === 0 ? "Succeeded" : "Failed", ...readiness(container, false, restarts) });
        return;
      }
      report(pod.metadata, readiness(container, false, restarts + 1));
      await new Promise((resolve) => setTimeout(resolve, Math.min(250 * 2 ** restarts, 5_000)));
    }
  }

  function launch(pod: Pod, container: Container, podIP: string, state: Running): ChildProcess {
    const mounts = mountsOf(pod, container, state.folder);
    const place = (text: string): string =>
      withNames(withMounts(ownAddress(text, podIP), mounts), pod.metadata.namespace ?? "");
    const environment = Object.fromEntries(
      environmentOf(pod, container, podIP).map(([name, value]) => [name, place(value)]),
    );
    const [program = "", ...args] = [...(container.command ?? []), ...(container.args ?? [])].map((word) =>
      place(word.replace(/\$\((\w+)\)/g, (all, name) => environment[name] ?? all)),
    );
    const [command = "", ...rest] = [...leash, program === "node" ? process.execPath : program, ...args];
    const child = spawn(command, rest, {
      cwd: parts.imageRoot(container.image),
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: tmpdir(), ...environment, ...parts.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.on("error", (error) => log(state, container.name, `${error}\n`));
    child.stdout?.on("data", (data: Buffer) => log(state, container.name, data.toString()));
    child.stderr?.on("data", (data: Buffer) => log(state, container.name, data.toString()));
    return child;
  }

  /** A stand-in for the cluster's DNS: names of services become their addresses. */
  function withNames(text: string, namespace: string): string {
    let result = text;
    const known = [...listOf<Service>(storage, services)].sort(
      (a, b) => b.metadata.name.length - a.metadata.name.length,
    );
    for (const { metadata, spec } of known) {
      if (spec.clusterIP === undefined || spec.clusterIP === "None") continue;
      const qualified = [".svc.cluster.local", ".svc", ""].map((end) => `${metadata.name}.${metadata.namespace}${end}`);
      const names = metadata.namespace === namespace ? [...qualified, metadata.name] : qualified;
      for (const name of names) result = replaceName(result, name, spec.clusterIP);
    }
    return result;
  }

  function environmentOf(pod: Pod, container: Container, podIP: string): readonly (readonly [string, string])[] {
    const namespace = pod.metadata.namespace ?? "";
    const fromSources = (container.envFrom ?? []).flatMap(({ configMapRef, secretRef, prefix = "" }) => {
      const data = configMapRef ? configOf(namespace, configMapRef.name) : secretOf(namespace, secretRef?.name ?? "");
      return Object.entries(data ?? {}).map(([key, value]) => [`${prefix}${key}`, value] as const);
    });
    const single = (container.env ?? []).flatMap((entry) => {
      const value = entry.value ?? valueFrom(entry, pod, podIP);
      return value === undefined ? [] : [[entry.name, value] as const];
    });
    return [...fromSources, ...single];
  }

  function valueFrom({ name, valueFrom: source }: EnvVar, pod: Pod, podIP: string): string | undefined {
    const namespace = pod.metadata.namespace ?? "";
    if (source?.fieldRef) return fieldOf(pod, podIP, source.fieldRef.fieldPath);
    const reference = source?.configMapKeyRef ?? source?.secretKeyRef;
    if (reference === undefined) return "";
    const data = source?.configMapKeyRef ? configOf(namespace, reference.name) : secretOf(namespace, reference.name);
    const value = data?.[reference.key];
    if (value === undefined && reference.optional !== true) {
      throw new Error(`${name}: there is no key ${reference.key} in ${reference.name}`);
    }
    return value;
  }

  function configOf(namespace: string, name: string): Record<string, string> | undefined {
    const map = storage.get(configMaps, namespace, name) as ConfigMap | undefined;
    return map?.data;
  }

  function secretOf(namespace: string, name: string): Record<string, string> | undefined {
    const secret = storage.get(secrets, namespace, name) as Secret | undefined;
    const entries = Object.entries(secret?.data ?? {});
    return secret && Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
  }

  /** Volumes as folders; gives where each mount path is. */
  function mountsOf(pod: Pod, container: Container, folder: string): ReadonlyMap<string, string> {
    const namespace = pod.metadata.namespace ?? "";
    const mounts = new Map<string, string>();
    for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
      const volume = pod.spec.volumes?.find((entry) => entry.name === name);
      const path = join(folder, name);
      mkdirSync(path, { recursive: true });
      const files = volume?.configMap
        ? configOf(namespace, volume.configMap.name)
        : volume?.secret
          ? secretOf(namespace, volume.secret.secretName)
          : {};
      const optional = volume?.configMap?.optional ?? volume?.secret?.optional ?? false;
      if (files === undefined && !optional) throw new Error(`the volume ${name} has no source`);
      for (const [file, content] of Object.entries(files ?? {})) {
        mkdirSync(dirname(join(path, file)), { recursive: true });
        writeFileSync(join(path, file), content);
      }
      mounts.set(mountPath, subPath === undefined ? path : join(path, subPath));
    }
    return mounts;
  }

  function probe(pod: Pod, container: Container, podIP: string, state: Running, restarts: number): () => void {
    let over = false;
    let misses = 0;
    const look = async (): Promise<void> => {
      const child = state.process;
      const readinessProbe = container.readinessProbe ?? container.startupProbe;
      const passed = readinessProbe === undefined || (await passes(readinessProbe, container, podIP));
      if (over || state.process !== child) return;
      misses = passed ? 0 : misses + 1;
      const ready = passed || (state.ready && misses < (readinessProbe?.failureThreshold ?? 3));
      if (ready !== state.ready) {
        state.ready = ready;
        report(pod.metadata, readiness(container, ready, restarts));
      }
      // One that serves is looked at less often: the looks of many pods fill a small machine.
      if (!over) setTimeout(look, ready ? 5 * parts.probeMs : parts.probeMs);
    };
    void look();
    return () => {
      over = true;
    };
  }

  function report(metadata: Pod["metadata"], status: object): void {
    const live = storage.get(pods, metadata.namespace ?? "", metadata.name);
    if (live === undefined || closed) return;
    const before = typeof live.status === "object" ? live.status : {};
    storage.update(pods, metadata.namespace ?? "", metadata.name, { ...live, status: { ...before, ...status } });
  }

  function stop(pod: Pod, state: Running): Promise<void> {
    state.stopping ??= end(pod, state);
    return state.stopping;
  }

  /** As the platform does it: out of the services at once, preStop, SIGTERM, and SIGKILL when the grace is over. */
  async function end(pod: Pod, state: Running): Promise<void> {
    const graceMs = (pod.spec.terminationGracePeriodSeconds ?? 30) * 1_000;
    const sleepSeconds = pod.spec.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;
    const child = state.process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = exitOf(child);
      const killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      if (!closed) await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, sleepSeconds * 1_000))]);
      child.kill(closed ? "SIGKILL" : "SIGTERM");
      await ended;
      clearTimeout(killer);
    }
    running.delete(pod.metadata.name);
    rmSync(state.folder, { recursive: true, force: true });
    const { namespace = "", name } = pod.metadata;
    if (!closed && storage.get(pods, namespace, name) !== undefined) storage.remove(pods, namespace, name, true);
  }

  const stopWatching = storage.watch(0, ({ type, resource, object }) => {
    if (resource.kind !== "Pod") return;
    const pod = object as Pod;
    const state = running.get(pod.metadata.name);
    if (type === "ADDED" && state === undefined) start(pod);
    if (pod.metadata.deletionTimestamp !== undefined && state !== undefined) void stop(pod, state);
  });

  return {
    logsOf(pod, container) {
      const logs = running.get(pod)?.logs ?? new Map<string, string[]>();
      return container === "" ? [...logs.values()].flat().join("") : (logs.get(container) ?? []).join("");
    },
    processOf: (pod) => running.get(pod)?.process,
    async close() {
      closed = true;
      stopWatching();
      const left = listOf<Pod>(storage, pods).map((pod) => [pod, running.get(pod.metadata.name)] as const);
      // One that is in its grace would outlive the test, and keep an address that another cluster gives to its own.
      for (const [, state] of left) if (state?.stopping !== undefined) state.process?.kill("SIGKILL");
      await Promise.all(left.map(([pod, state]) => (state === undefined ? undefined : stop(pod, state))));
    },
  };
}

function log(state: Running, container: string, text: string): void {
  const lines = state.logs.get(container) ?? [];
  state.logs.set(container, [...lines.slice(-2_000), text]);
}

async function exitOf(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? 137;
  const [code] = await Promise.race([once(child, "exit"), once(child, "error").then(() => [127])]);
  return typeof code === "number" ? code : 137;
}

function readiness(container: Container, ready: boolean, restartCount: number): object {
  const status = ready ? "True" : "False";
  return {
    conditions: ["Initialized", "ContainersReady", "Ready", "PodScheduled"].map((type) => ({
      type,
      status: type === "Initialized" || type === "PodScheduled" ? "True" : status,
      lastTransitionTime: now(),
    })),
    containerStatuses: [
      { name: container.name, ready, restartCount, image: container.image, started: true, state: { running: {} } },
    ],
  };
}

function fieldOf(pod: Pod, podIP: string, path: string): string {
  const [, key] = /^metadata\.(?:labels|annotations)\['(.*)'\]$/.exec(path) ?? [];
  if (key !== undefined) return pod.metadata.labels?.[key] ?? pod.metadata.annotations?.[key] ?? "";
  const fields: Record<string, string> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace ?? "",
    "metadata.uid": pod.metadata.uid ?? "",
    "status.podIP": podIP,
    "status.hostIP": "127.0.0.1",
    "spec.nodeName": "node-1",
    "spec.serviceAccountName": pod.spec.serviceAccountName ?? "default",
  };
  return fields[path] ?? "";
}

/** Pods share this machine's network: all interfaces, and loopback, of a pod are its own address. */
function ownAddress(text: string, podIP: string): string {
  return text.replace(/^(0\.0\.0\.0|127\.0\.0\.1):/, `${podIP}:`);
}

/** Paths inside of a container become those of this machine; the longest mount counts. */
function withMounts(text: string, mounts: ReadonlyMap<string, string>): string {
  const longest = [...mounts].sort(([a], [b]) => b.length - a.length);
  for (const [mountPath, path] of longest) {
    const at = text.indexOf(mountPath);
    const end = at + mountPath.length;
    const whole =
      at >= 0 && (at === 0 || text[at - 1] === ":" || text[at - 1] === "=") && /^$|[/:]/.test(text[end] ?? "");
    if (whole) return text.slice(0, at) + path + text.slice(end);
  }
  return text;
}

function replaceName(text: string, name: string, address: string): string {
  let result = "";
  let from = 0;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, from)) {
    const whole = !/[\w.-]/.test(text[at - 1] ?? " ") && /^[:/]?$/.test(text[at + name.length] ?? "");
    result += text.slice(from, at) + (whole ? address : name);
    from = at + name.length;
  }
  return result + text.slice(from);
}
