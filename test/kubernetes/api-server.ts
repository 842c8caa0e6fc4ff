import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { parse } from "yaml";
import { discovery } from "./discovery.ts";
import { apply, mergePatch, strategicMerge } from "./merge.ts";
import { isObject, type KubeObject, parseSelector, type Secret, selects } from "./objects.ts";
import { decodeSecret } from "./protobuf.ts";
import { groupVersion, type Resource } from "./resources.ts";
import { ApiError, type Storage, type WatchEvent } from "./storage.ts";

export interface ApiServer {
  /** `http://127.0.0.1:PORT`, for a kubeconfig. */
  readonly url: string;
  close(): Promise<void>;
}

export interface ApiParts {
  readonly storage: Storage;
  readonly resources: readonly Resource[];
  /** What a pod has printed. */
  readonly logsOf: (pod: KubeObject, container: string) => string;
  /** Each request in a line, for whoever debugs a test. */
  readonly trace?: (line: string) => void;
}

/**
 * As much of the Kubernetes API as `helm` and `kubectl` use: discovery, reading, writing, watching, patches in all forms,
 * server-side apply, scale, logs and eviction. It authenticates nobody and validates little: that is for other tests.
 */
export async function startApiServer(parts: ApiParts): Promise<ApiServer> {
  const applied = new Map<string, Map<string, unknown>>();
  const server = createServer((request, response) => {
    response.on("finish", () => parts.trace?.(`${request.method} ${request.url} ${response.statusCode}`));
    answer(request, response, parts, applied).catch((fault: unknown) => refuse(response, fault));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Target {
  readonly resource: Resource;
  readonly namespace: string;
  /** "" for the collection. */
  readonly name: string;
  readonly subresource: string;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ApiParts,
  applied: Map<string, Map<string, unknown>>,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://cluster");
  const found = discovery(url.pathname, parts.resources);
  if (found !== undefined) return send(response, 200, found);
  if (url.pathname.endsWith("/selfsubjectaccessreviews")) return send(response, 201, { status: { allowed: true } });
  const target = targetOf(url.pathname, parts.resources);
  const { storage } = parts;
  const { resource, namespace, name, subresource } = target;
  const query = url.searchParams;
  if (request.method === "GET" && subresource === "log") {
    const pod = storage.get(resource, namespace, name);
    if (pod === undefined) throw new ApiError(404, "NotFound", `pods "${name}" not found`);
    response.writeHead(200, { "content-type": "text/plain" });
    response.end(parts.logsOf(pod, query.get("container") ?? ""));
    return;
  }
  if (request.method === "GET" && name === "") {
    if (query.get("watch") === "true" || query.get("watch") === "1") return watch(response, storage, target, query);
    return send(response, 200, listOf(storage, target, query));
  }
  if (request.method === "GET") return send(response, 200, view(storage, target));
  const body = await bodyOf(request);
  const dryRun = query.has("dryRun");
  switch (request.method) {
    case "POST": {
      if (subresource === "eviction") return send(response, 201, storage.remove(resource, namespace, name));
      const object = prepared(body as KubeObject);
      return send(response, 201, dryRun ? object : storage.create(resource, namespaceOf(target, object), object));
    }
    case "PUT":
      return send(response, 200, write(storage, target, body, dryRun));
    case "PATCH": {
      const next = patched(storage, target, body, request.headers["content-type"] ?? "", query, applied, dryRun);
      return send(response, next.created ? 201 : 200, next.object);
    }
    case "DELETE": {
      if (name === "") {
        const list = listOf(storage, target, query);
        for (const { metadata } of list.items) storage.remove(resource, metadata.namespace ?? "", metadata.name);
        return send(response, 200, list);
      }
      const atOnce = isObject(body) && body.gracePeriodSeconds === 0;
      applied.delete(keyOf(target));
      return send(response, 200, storage.remove(resource, namespace, name, atOnce && resource.plural !== "pods"));
    }
    default:
      throw new ApiError(405, "MethodNotAllowed", `${request.method} is not allowed here`);
  }
}

/** `/api/v1/namespaces/NS/pods/NAME/log`, `/apis/GROUP/VERSION/PLURAL` and the forms between. */
function targetOf(path: string, resources: readonly Resource[]): Target {
  const parts = path
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  const group = parts[0] === "api" ? "" : (parts[1] ?? "");
  const rest = parts.slice(parts[0] === "api" ? 1 : 2);
  const version = rest.shift() ?? "";
  const inNamespace = rest[0] === "namespaces" && rest.length > 2;
  const namespace = inNamespace ? (rest[1] ?? "") : "";
  const [plural = "", name = "", subresource = ""] = inNamespace ? rest.slice(2) : rest;
  const resource = resources.find(
    (entry) => entry.group === group && entry.version === version && entry.plural === plural,
  );
  if (resource === undefined) throw new ApiError(404, "NotFound", "the server could not find the requested resource");
  return { resource, namespace, name, subresource };
}

function keyOf({ resource, namespace, name }: Target): string {
  return [resource.group, resource.plural, namespace, name].join("\n");
}

/** Helm leaves the namespace out of what it puts; the path has it. */
function namespaceOf({ resource, namespace }: Target, object: KubeObject): string {
  return resource.namespaced ? namespace || (object.metadata.namespace ?? "default") : "";
}

function listOf(storage: Storage, { resource, namespace }: Target, query: URLSearchParams) {
  const items = storage.list(resource, namespace).filter((object) => matches(object, query));
  return {
    apiVersion: groupVersion(resource),
    kind: `${resource.kind}List`,
    metadata: { resourceVersion: String(storage.version) },
    items,
  };
}

function matches(object: KubeObject, query: URLSearchParams): boolean {
  const labels = query.get("labelSelector");
  if (labels !== null && labels !== "" && !selects(parseSelector(labels), object.metadata.labels)) return false;
  const fields = (query.get("fieldSelector") ?? "").split(",").filter((term) => term !== "");
  return fields.every((term) => {
    const [, path = "", operator, value] = /^([^!=]+)(!?=)=?(.*)$/.exec(term) ?? [];
    const found = path.split(".").reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), object);
    return (String(found ?? "") === value) === (operator === "=");
  });
}

function watch(
  response: ServerResponse,
  storage: Storage,
  { resource, namespace }: Target,
  query: URLSearchParams,
): void {
  response.writeHead(200, { "content-type": "application/json", "transfer-encoding": "chunked" });
  response.flushHeaders();
  const tell = (event: Pick<WatchEvent, "type" | "object" | "resource">): void => {
    const { metadata } = event.object;
    if (event.resource !== resource || !matches(event.object, query)) return;
    if (namespace !== "" && metadata.namespace !== namespace) return;
    response.write(`${JSON.stringify({ type: event.type, object: event.object })}\n`);
  };
  const since = Number(query.get("resourceVersion") ?? 0);
  if (since === 0) {
    for (const object of storage.list(resource, namespace)) tell({ type: "ADDED", resource, object });
    if (query.get("sendInitialEvents") === "true") response.write(`${JSON.stringify(bookmark(storage, resource))}\n`);
  }
  const stop = storage.watch(since === 0 ? storage.version : since, tell);
  const timer = setTimeout(() => response.end(), Number(query.get("timeoutSeconds") ?? 300) * 1_000);
  response.on("close", () => {
    clearTimeout(timer);
    stop();
  });
}

/** Tells a watcher that what is there has been told (KEP-3157, watch list). */
function bookmark(storage: Storage, resource: Resource) {
  const annotations = { "k8s.io/initial-events-end": "true" };
  const metadata = { resourceVersion: String(storage.version), annotations };
  return { type: "BOOKMARK", object: { apiVersion: groupVersion(resource), kind: resource.kind, metadata } };
}

function view(storage: Storage, { resource, namespace, name, subresource }: Target): unknown {
  const object = storage.get(resource, namespace, name);
  if (object === undefined) throw new ApiError(404, "NotFound", `${resource.plural} "${name}" not found`);
  return subresource === "scale" ? scaleOf(object) : object;
}

function scaleOf(object: KubeObject) {
  const spec = isObject(object.spec) ? object.spec : {};
  const status = isObject(object.status) ? object.status : {};
  return {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: object.metadata,
    spec: { replicas: spec.replicas ?? 1 },
    status: { replicas: status.replicas ?? 0 },
  };
}

function write(storage: Storage, target: Target, body: unknown, dryRun: boolean): unknown {
  const { resource, namespace, name, subresource } = target;
  const live = storage.get(resource, namespace, name);
  if (live === undefined) throw new ApiError(404, "NotFound", `${resource.plural} "${name}" not found`);
  if (subresource === "scale") {
    const replicas = isObject(body) && isObject(body.spec) ? body.spec.replicas : undefined;
    const next = { ...live, spec: { ...(isObject(live.spec) ? live.spec : {}), replicas } };
    return scaleOf(storage.update(resource, namespace, name, next));
  }
  const object = prepared(body as KubeObject);
  const next = subresource === "status" ? { ...live, status: object.status } : { status: live.status, ...object };
  return dryRun ? next : storage.update(resource, namespace, name, next);
}

function patched(
  storage: Storage,
  target: Target,
  body: unknown,
  contentType: string,
  query: URLSearchParams,
  applied: Map<string, Map<string, unknown>>,
  dryRun: boolean,
): { readonly object: unknown; readonly created: boolean } {
  const { resource, namespace, name, subresource } = target;
  const live = storage.get(resource, namespace, name);
  const isApply = contentType.startsWith("application/apply-patch");
  if (live === undefined && !isApply) throw new ApiError(404, "NotFound", `${resource.plural} "${name}" not found`);
  if (subresource === "scale" && live !== undefined)
    return { object: write(storage, target, body, dryRun), created: false };
  if (!isApply) {
    const next = patchBy(contentType, live, body);
    const object = dryRun ? next : storage.update(resource, namespace, name, prepared(next as KubeObject));
    return { object, created: false };
  }
  const manager = query.get("fieldManager") ?? "";
  const key = keyOf(target);
  const managers = applied.get(key) ?? new Map<string, unknown>();
  const configuration = prepared(body as KubeObject);
  if (!dryRun) applied.set(key, new Map([...managers, [manager, configuration]]));
  if (live === undefined) {
    const created = { ...configuration, metadata: { ...configuration.metadata, name } };
    return {
      object: dryRun ? created : storage.create(resource, namespaceOf(target, created), created),
      created: true,
    };
  }
  const others = [...managers].filter(([other]) => other !== manager).map(([, value]) => value);
  const next = apply(live, managers.get(manager) ?? {}, configuration, others) as KubeObject;
  return { object: dryRun ? next : storage.update(resource, namespace, name, next), created: false };
}

function patchBy(contentType: string, live: unknown, body: unknown): unknown {
  if (contentType.startsWith("application/merge-patch")) return mergePatch(live, body);
  if (contentType.startsWith("application/strategic-merge-patch")) return strategicMerge(live, body);
  if (contentType.startsWith("application/json-patch")) return jsonPatch(live, body);
  throw new ApiError(415, "UnsupportedMediaType", `there is no patch of type ${contentType}`);
}

/** RFC 6902: add, replace, remove and test, which is what `kubectl` sends. */
function jsonPatch(live: unknown, operations: unknown): unknown {
  const result: unknown = structuredClone(live);
  for (const operation of Array.isArray(operations) ? operations : []) {
    const { op, path, value } = operation as { op: string; path: string; value?: unknown };
    const keys = path
      .split("/")
      .slice(1)
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = keys.pop() ?? "";
    const parent = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], result);
    if (Array.isArray(parent)) {
      const index = last === "-" ? parent.length : Number(last);
      if (op === "remove") parent.splice(index, 1);
      else if (op !== "test") parent.splice(index, op === "add" ? 0 : 1, value);
    } else if (isObject(parent)) {
      if (op === "remove") delete parent[last];
      else if (op !== "test") parent[last] = value;
    } else throw new ApiError(422, "Invalid", `the patch's path ${path} leads nowhere`);
  }
  return result;
}

/** What the API server itself fills in. */
function prepared(object: KubeObject): KubeObject {
  if (!isObject(object) || !isObject(object.metadata)) throw new ApiError(400, "BadRequest", "this is no object");
  if (object.kind !== "Secret") return object;
  const { stringData, ...secret } = object as Secret;
  if (stringData === undefined) return object;
  const written = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  return { ...secret, data: { ...secret.data, ...Object.fromEntries(written) } };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const bytes = await buffer(request);
  if (bytes.length === 0) return undefined;
  const type = request.headers["content-type"] ?? "";
  if (type.includes("protobuf")) {
    // Only what Helm records is sent in this form; options of a deletion are, too, and say nothing that we need.
    return request.method === "DELETE" ? undefined : decodeSecret(bytes);
  }
  return type.includes("yaml") ? parse(bytes.toString("utf8")) : JSON.parse(bytes.toString("utf8"));
}

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, fault: unknown): void {
  const error = fault instanceof ApiError ? fault : new ApiError(500, "InternalError", String(fault));
  if (response.headersSent) {
    response.end();
    return;
  }
  const { code, reason, message } = error;
  send(response, code, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code });
}
