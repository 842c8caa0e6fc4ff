import { reconcileEndpoints } from "./endpoints.ts";
import {
  type Condition,
  type Deployment,
  isOwnedBy,
  isReady,
  type Job,
  type KubeObject,
  ownerOf,
  type Pod,
  type PodTemplate,
  type ReplicaSet,
  type Service,
  shortHash,
} from "./objects.ts";
import { type Resource, resourceOf } from "./resources.ts";
import { listOf, now, type Storage } from "./storage.ts";

/** Brings what is in the storage nearer to what the objects ask for, after every change, until `stop`. */
export interface Controllers {
  stop(): void;
}

const HASH_LABEL = "pod-template-hash";
const REVISION = "deployment.kubernetes.io/revision";

const deployments = resourceOf("Deployment");
const replicaSets = resourceOf("ReplicaSet");
const pods = resourceOf("Pod");
const jobs = resourceOf("Job");
const services = resourceOf("Service");

export function startControllers(storage: Storage): Controllers {
  let scheduled = false;
  let stopped = false;
  const schedule = (): void => {
    if (scheduled || stopped) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (!stopped) reconcile();
    });
  };
  const reconcile = (): void => {
    for (const object of listOf<Deployment>(storage, deployments)) reconcileDeployment(storage, object);
    for (const object of listOf<ReplicaSet>(storage, replicaSets)) reconcileReplicaSet(storage, object);
    for (const object of listOf<Job>(storage, jobs)) reconcileJob(storage, object);
    for (const object of listOf<Service>(storage, services)) reconcileEndpoints(storage, object);
  };
  const stopWatching = storage.watch(0, schedule);
  // Deadlines pass without a change.
  const timer = setInterval(schedule, 1_000);
  schedule();
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
      stopWatching();
    },
  };
}

/**
 * Rolling updates as kube-controller-manager does them: a replica set per template, the new one grows by `maxSurge`, old ones
 * shrink while enough pods are available.
 */
function reconcileDeployment(storage: Storage, deployment: Deployment): void {
  const { namespace = "" } = deployment.metadata;
  const owned = listOf<ReplicaSet>(storage, replicaSets, namespace).filter((set) => isOwnedBy(set, deployment));
  const hash = shortHash(deployment.spec.template);
  const wanted = deployment.spec.replicas ?? 1;
  const current = owned.find(({ metadata }) => metadata.labels?.[HASH_LABEL] === hash);
  if (current === undefined) {
    if (deployment.spec.paused !== true) createReplicaSet(storage, deployment, hash, nextRevision(owned));
    return;
  }
  const newest = nextRevision(owned) - 1;
  if (revisionOf(current) < newest) {
    annotate(storage, replicaSets, current, REVISION, String(newest + 1));
    return;
  }
  if (deployment.metadata.annotations?.[REVISION] !== String(revisionOf(current))) {
    annotate(storage, deployments, deployment, REVISION, String(revisionOf(current)));
    return;
  }
  const old = owned.filter((set) => set !== current);
  if (deployment.spec.paused !== true) roll(storage, deployment, current, old, wanted);
  prune(storage, deployment, old);
  reportDeployment(storage, deployment, current, old, wanted);
}

function revisionOf(object: KubeObject): number {
  return Number(object.metadata.annotations?.[REVISION] ?? 0);
}

function nextRevision(sets: readonly ReplicaSet[]): number {
  return Math.max(0, ...sets.map(revisionOf)) + 1;
}

function createReplicaSet(storage: Storage, deployment: Deployment, hash: string, revision: number): void {
  const { name, namespace = "", labels = {} } = deployment.metadata;
  const { template, selector } = deployment.spec;
  const own = { [HASH_LABEL]: hash };
  storage.create(replicaSets, namespace, {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${hash}`,
      labels: { ...labels, ...template.metadata?.labels, ...own },
      annotations: { ...deployment.metadata.annotations, [REVISION]: String(revision) },
      ownerReferences: [ownerOf(deployment)],
    },
    spec: {
      replicas: 0,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, ...own } },
      template: { ...template, metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...own } } },
    },
  });
}

function annotate(storage: Storage, resource: Resource, object: KubeObject, key: string, value: string): void {
  const metadata = { ...object.metadata, annotations: { ...object.metadata.annotations, [key]: value } };
  storage.update(resource, metadata.namespace ?? "", metadata.name, { ...object, metadata });
}

function roll(
  storage: Storage,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
  wanted: number,
): void {
  const { strategy } = deployment.spec;
  const size = (set: ReplicaSet): number => set.spec.replicas ?? 0;
  const oldTotal = old.reduce((sum, set) => sum + size(set), 0);
  if (strategy?.type === "Recreate") {
    for (const set of old) scale(storage, set, 0);
    const gone = old.every((set) => (set.status?.replicas ?? 0) === 0);
    if (gone) scale(storage, current, wanted);
    return;
  }
  const surge = portion(strategy?.rollingUpdate?.maxSurge ?? "25%", wanted, Math.ceil);
  const unavailable = portion(strategy?.rollingUpdate?.maxUnavailable ?? "25%", wanted, Math.floor);
  const room = wanted + (surge === 0 && unavailable === 0 ? 1 : surge) - oldTotal;
  scale(storage, current, oldTotal === 0 ? wanted : Math.max(size(current), Math.min(wanted, room)));
  shrink(storage, current, old, wanted - unavailable);
}

/** As `reconcileOldReplicaSets` of kube-controller-manager: by what is asked for, too, because the status lags behind. */
function shrink(storage: Storage, current: ReplicaSet, old: readonly ReplicaSet[], least: number): void {
  const sets = [current, ...old];
  const size = (set: ReplicaSet): number => set.spec.replicas ?? 0;
  const available = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
  const asked = sets.reduce((sum, set) => sum + size(set), 0);
  const starting = Math.max(0, size(current) - available(current));
  const spare = asked - least - starting;
  let free = Math.min(spare, sets.reduce((sum, set) => sum + available(set), 0) - least);
  let broken = spare;
  for (const set of old) {
    // Pods that are not available serve nobody: they go first.
    const unhealthy = Math.max(0, Math.min(broken, size(set) - available(set)));
    broken -= unhealthy;
    const healthy = Math.max(0, Math.min(free, size(set) - unhealthy));
    free -= healthy;
    if (unhealthy + healthy > 0) scale(storage, set, size(set) - unhealthy - healthy);
  }
}

function portion(value: number | string, whole: number, round: (value: number) => number): number {
  return typeof value === "number" ? value : round((Number.parseFloat(value) / 100) * whole);
}

function scale(storage: Storage, set: ReplicaSet, replicas: number): void {
  if (set.spec.replicas === replicas) return;
  const { namespace = "", name } = set.metadata;
  storage.update(replicaSets, namespace, name, { ...set, spec: { ...set.spec, replicas } });
}

function prune(storage: Storage, deployment: Deployment, old: readonly ReplicaSet[]): void {
  const idle = old.filter((set) => (set.spec.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0);
  const surplus = idle.length - (deployment.spec.revisionHistoryLimit ?? 10);
  const oldest = idle.sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, surplus));
  for (const { metadata } of oldest) storage.remove(replicaSets, metadata.namespace ?? "", metadata.name);
}

function reportDeployment(
  storage: Storage,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
  wanted: number,
): void {
  const total = (read: (set: ReplicaSet) => number | undefined) =>
    [current, ...old].reduce((sum, set) => sum + (read(set) ?? 0), 0);
  const replicas = total(({ status }) => status?.replicas);
  const readyReplicas = total(({ status }) => status?.readyReplicas);
  const availableReplicas = total(({ status }) => status?.availableReplicas);
  const updatedReplicas = current.status?.replicas ?? 0;
  const complete = updatedReplicas === wanted && replicas === wanted && availableReplicas >= wanted;
  const unavailable = portion(deployment.spec.strategy?.rollingUpdate?.maxUnavailable ?? "25%", wanted, Math.floor);
  const before = deployment.status?.conditions ?? [];
  const progress = before.find(({ type }) => type === "Progressing");
  const changed =
    progress?.message !== progressMessage(current, updatedReplicas, availableReplicas) ||
    progress.reason === "NewReplicaSetAvailable" ||
    deployment.status?.observedGeneration !== deployment.metadata.generation;
  const since = changed ? now() : (progress?.lastUpdateTime ?? now());
  const late = Date.now() - Date.parse(since) > (deployment.spec.progressDeadlineSeconds ?? 600) * 1_000;
  const reason = complete ? "NewReplicaSetAvailable" : late ? "ProgressDeadlineExceeded" : "ReplicaSetUpdated";
  const conditions: Condition[] = [
    condition("Available", availableReplicas >= wanted - unavailable, "MinimumReplicasAvailable", "", before),
    {
      ...condition(
        "Progressing",
        complete || !late,
        reason,
        progressMessage(current, updatedReplicas, availableReplicas),
        before,
      ),
      lastUpdateTime: since,
    },
  ];
  const status = {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas,
    updatedReplicas,
    readyReplicas,
    availableReplicas,
    unavailableReplicas: Math.max(0, wanted - availableReplicas),
    conditions,
  };
  setStatus(storage, deployments, deployment, status);
}

function progressMessage(current: ReplicaSet, updated: number, available: number): string {
  return `ReplicaSet "${current.metadata.name}": ${updated} updated, ${available} available`;
}

function condition(
  type: string,
  holds: boolean,
  reason: string,
  message: string,
  before: readonly Condition[],
): Condition {
  const status = holds ? "True" : "False";
  const same = before.find((entry) => entry.type === type && entry.status === status);
  return { type, status, reason, message, lastTransitionTime: same?.lastTransitionTime ?? now() };
}

/** A change of nothing is no change, and wakes nobody. */
function setStatus(storage: Storage, resource: Resource, object: KubeObject, status: unknown): void {
  const { namespace = "", name } = object.metadata;
  const live = storage.get(resource, namespace, name);
  if (live !== undefined) storage.update(resource, namespace, name, { ...live, status });
}

function reconcileReplicaSet(storage: Storage, set: ReplicaSet): void {
  const { namespace = "", name } = set.metadata;
  const owned = listOf<Pod>(storage, pods, namespace).filter((pod) => isOwnedBy(pod, set));
  const living = owned.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const wanted = set.spec.replicas ?? 1;
  for (let index = living.length; index < wanted; index++) createPod(storage, namespace, name, set, set.spec.template);
  const surplus = Math.max(0, living.length - wanted);
  const least = [...living].sort((a, b) => Number(isReady(a)) - Number(isReady(b))).slice(0, surplus);
  for (const { metadata } of least) storage.remove(pods, namespace, metadata.name);
  const left = living.filter((pod) => !least.includes(pod));
  const ready = left.filter(isReady).length;
  setStatus(storage, replicaSets, set, {
    replicas: left.length,
    readyReplicas: ready,
    availableReplicas: ready,
    fullyLabeledReplicas: left.length,
    observedGeneration: set.metadata.generation ?? 1,
  });
}

function createPod(
  storage: Storage,
  namespace: string,
  prefix: string,
  owner: KubeObject,
  template: PodTemplate,
): void {
  storage.create(pods, namespace, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${prefix}-${Math.random().toString(36).slice(2, 7)}`,
      labels: { ...template.metadata?.labels },
      annotations: { ...template.metadata?.annotations },
      ownerReferences: [ownerOf(owner)],
    },
    spec: template.spec,
    status: { phase: "Pending" },
  });
}

function reconcileJob(storage: Storage, job: Job): void {
  const { namespace = "", name } = job.metadata;
  if ((job.status?.conditions ?? []).length > 0) return;
  const owned = listOf<Pod>(storage, pods, namespace).filter((pod) => isOwnedBy(pod, job));
  const inPhase = (phase: string): number => owned.filter(({ status }) => status?.phase === phase).length;
  const succeeded = inPhase("Succeeded");
  const failed = inPhase("Failed");
  const over = succeeded > 0 || failed > (job.spec.backoffLimit ?? 6);
  if (!over && owned.length === succeeded + failed) createPod(storage, namespace, name, job, job.spec.template);
  const verdict = succeeded > 0 ? "Complete" : "Failed";
  const conditions = over ? [condition(verdict, true, verdict, "", [])] : [];
  const done = over ? { completionTime: now() } : {};
  setStatus(storage, jobs, job, {
    succeeded,
    failed,
    active: owned.length - succeeded - failed,
    startTime: job.metadata.creationTimestamp,
    conditions,
    ...done,
  });
}
