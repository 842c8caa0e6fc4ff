import { randomUUID } from "node:crypto";
import { canonical, type KubeObject } from "./objects.ts";
import { groupVersion, type Resource } from "./resources.ts";

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: Resource;
  readonly object: KubeObject;
  readonly version: number;
}

/** A refusal as the API states it: `reason` is one of Kubernetes' own words. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** The objects of a cluster: every change has a version, and is told to watchers in order. */
export interface Storage {
  get(resource: Resource, namespace: string, name: string): KubeObject | undefined;
  /** All namespaces where `namespace` is "". */
  list(resource: Resource, namespace: string): readonly KubeObject[];
  create(resource: Resource, namespace: string, object: KubeObject): KubeObject;
  /** Refuses a `resourceVersion` that is not the present one. Raises `generation` where more than metadata and status changes. */
  update(resource: Resource, namespace: string, name: string, object: KubeObject): KubeObject;
  /** Pods stay until their kubelet has ended them; `now` removes them. Dependents go too. */
  remove(resource: Resource, namespace: string, name: string, now?: boolean): KubeObject;
  readonly version: number;
  /** Events after `version` come first; then those to come. Gives the way to end. */
  watch(version: number, listener: (event: WatchEvent) => void): () => void;
}

/** A watcher that comes back later than this many changes has to list again. */
const HISTORY = 5_000;

export function createStorage(resources: readonly Resource[]): Storage {
  const objects = new Map<string, KubeObject>();
  const history: WatchEvent[] = [];
  const listeners = new Set<(event: WatchEvent) => void>();
  let version = 1;
  const keyOf = (resource: Resource, namespace: string, name: string) =>
    [resource.group, resource.plural, resource.namespaced ? namespace : "", name].join("\n");

  function commit(type: WatchEvent["type"], resource: Resource, object: KubeObject): KubeObject {
    version++;
    const stored = structuredClone(object);
    stored.metadata.resourceVersion = String(version);
    const key = keyOf(resource, stored.metadata.namespace ?? "", stored.metadata.name);
    if (type === "DELETED") objects.delete(key);
    else objects.set(key, stored);
    const event: WatchEvent = { type, resource, object: stored, version };
    history.push(event);
    if (history.length > HISTORY) history.shift();
    for (const listener of [...listeners]) listener(event);
    return structuredClone(stored);
  }

  function present(resource: Resource, namespace: string, name: string): KubeObject {
    const object = objects.get(keyOf(resource, namespace, name));
    if (object === undefined) throw new ApiError(404, "NotFound", `${resource.plural} "${name}" not found`);
    return object;
  }

  function removeDependents(owner: KubeObject): void {
    for (const resource of resources) {
      for (const object of storage.list(resource, owner.metadata.namespace ?? "")) {
        const owners = object.metadata.ownerReferences ?? [];
        if (owners.some(({ uid }) => uid === owner.metadata.uid)) {
          storage.remove(resource, object.metadata.namespace ?? "", object.metadata.name);
        }
      }
    }
  }

  const storage: Storage = {
    get version() {
      return version;
    },
    get(resource, namespace, name) {
      const object = objects.get(keyOf(resource, namespace, name));
      return object === undefined ? undefined : structuredClone(object);
    },
    list(resource, namespace) {
      const prefix = [resource.group, resource.plural, ""].join("\n");
      const found = [...objects].filter(
        ([key, { metadata }]) =>
          key.startsWith(prefix) && (namespace === "" || !resource.namespaced || metadata.namespace === namespace),
      );
      return found.map(([, object]) => structuredClone(object));
    },
    create(resource, namespace, object) {
      const name = object.metadata.name ?? `${object.metadata.generateName ?? ""}${randomUUID().slice(0, 5)}`;
      if (objects.has(keyOf(resource, namespace, name))) {
        throw new ApiError(409, "AlreadyExists", `${resource.plural} "${name}" already exists`);
      }
      const metadata = {
        ...object.metadata,
        name,
        ...(resource.namespaced ? { namespace } : {}),
        uid: randomUUID(),
        creationTimestamp: now(),
        generation: 1,
      };
      return commit("ADDED", resource, {
        ...object,
        apiVersion: groupVersion(resource),
        kind: resource.kind,
        metadata,
      });
    },
    update(resource, namespace, name, object) {
      const old = present(resource, namespace, name);
      const { uid, creationTimestamp, generation = 1, resourceVersion } = old.metadata;
      const asked = object.metadata.resourceVersion;
      if (asked !== undefined && asked !== "" && asked !== resourceVersion) {
        throw new ApiError(409, "Conflict", `${resource.plural} "${name}" was changed meanwhile; read it again`);
      }
      const changed = canonical(withoutStatus(old)) !== canonical(withoutStatus(object));
      const { deletionTimestamp } = old.metadata;
      const metadata = {
        ...object.metadata,
        name,
        ...(resource.namespaced ? { namespace } : {}),
        ...(uid === undefined ? {} : { uid }),
        ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
        ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
        generation: changed ? generation + 1 : generation,
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      };
      const next = { ...object, apiVersion: old.apiVersion, kind: old.kind, metadata };
      if (canonical(next) === canonical(old)) return structuredClone(old);
      return commit("MODIFIED", resource, next);
    },
    remove(resource, namespace, name, atOnce = false) {
      const object = present(resource, namespace, name);
      if (resource.plural === "pods" && !atOnce) {
        if (object.metadata.deletionTimestamp !== undefined) return structuredClone(object);
        return commit("MODIFIED", resource, {
          ...object,
          metadata: { ...object.metadata, deletionTimestamp: now() },
        });
      }
      const gone = commit("DELETED", resource, object);
      removeDependents(object);
      return gone;
    },
    watch(after, listener) {
      for (const event of history) if (event.version > after) listener(event);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return storage;
}

export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}

function withoutStatus({ metadata: _metadata, status: _status, ...rest }: KubeObject): unknown {
  return rest;
}

/** The storage gives what was put in under a resource: an object of its kind. */
export function listOf<T extends KubeObject>(storage: Storage, resource: Resource, namespace = ""): readonly T[] {
  return storage.list(resource, namespace) as readonly T[];
}
