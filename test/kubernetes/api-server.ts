import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { parse } from "yaml";
import { discovery } from "./discovery.ts";
import { createFieldOwners, type FieldOwners } from "./field-owners.ts";
import { isObject, type KubeObject, parseSelector, type Secret, selects } from "./objects.ts";
import { patchBy } from "./patches.ts";
import { decodeSecret } from "./protobuf.ts";
import { groupVersion, type Resource } from "./resources.ts";
import { ApiError, type Storage, type WatchEvent } from "./storage.ts";
import { changesRefused, faultsOf } from "./validation/objects.ts";

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
 * server-side apply with owners of fields, scale, logs and eviction. It authenticates nobody. It refuses what `validation/` knows; types
 * and unknown fields are for the tests of the chart.
 */
export async function startApiServer(parts: ApiParts): Promise<ApiServer> {
  const owners = createFieldOwners();
  const server = createServer((request, response) => {
    response.on("finish", () => parts.trace?.(`${request.method} ${request.url} ${response.statusCode}`));
    answer(request, response, parts, owners).catch((fault: unknown) => refuse(response, fault));
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
  owners: FieldOwners,
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
  const writing = { storage, target, owners, manager: managerOf(request, query), dryRun: query.has("dryRun") };
  switch (request.method) {
    case "POST": {
      if (subresource === "eviction") return send(response, 201, storage.remove(resource, namespace, name));
      return send(response, 201, created(writing, prepared(body as KubeObject)));
    }
    case "PUT":
      return send(response, 200, put(writing, body));
    case "PATCH": {
      const isNew = storage.get(resource, namespace, name) === undefined;
      const next = patched(writing, body, request.headers["content-type"] ?? "", query.get("force") === "true");
      return send(response, isNew ? 201 : 200, next);
    }
    case "DELETE": {
      if (name === "") {
        const list = listOf(storage, target, query);
        for (const { metadata } of list.items) storage.remove(resource, metadata.namespace ?? "", metadata.name);
        return send(response, 200, list);
      }
      const atOnce = isObject(body) && body.gracePeriodSeconds === 0;
      owners.forget(keyOf(target));
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

/** Who writes, as owners of fields are called: the query says it, or the program. */
function managerOf(request: IncomingMessage, query: URLSearchParams): string {
  return query.get("fieldManager") ?? (request.headers["user-agent"] ?? "").split("/")[0] ?? "";
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

interface Writing {
  readonly storage: Storage;
  readonly target: Target;
  readonly owners: FieldOwners;
  readonly manager: string;
  readonly dryRun: boolean;
}

function created({ storage, target, dryRun }: Writing, object: KubeObject): KubeObject {
  refuseFaults(object, faultsOf(object));
  return dryRun ? object : storage.create(target.resource, namespaceOf(target, object), object);
}

function updated({ storage, target, dryRun }: Writing, live: KubeObject, next: KubeObject): KubeObject {
  refuseFaults(next, [...faultsOf(next), ...changesRefused(live, next)]);
  return dryRun ? next : storage.update(target.resource, target.namespace, target.name, next);
}

function refuseFaults({ kind, metadata }: KubeObject, faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw new ApiError(422, "Invalid", `${kind} "${metadata.name}" is invalid: ${faults.join("; ")}`);
}

/** Any write but an apply. */
function replaced(writing: Writing, live: KubeObject, next: KubeObject): KubeObject {
  const result = updated(writing, live, next);
  if (!writing.dryRun) writing.owners.updated(keyOf(writing.target), live, result, writing.manager);
  return result;
}

function liveOf({ storage, target: { resource, namespace, name } }: Writing): KubeObject {
  const live = storage.get(resource, namespace, name);
  if (live === undefined) throw new ApiError(404, "NotFound", `${resource.plural} "${name}" not found`);
  return live;
}

function put(writing: Writing, body: unknown): unknown {
  const live = liveOf(writing);
  const { subresource } = writing.target;
  if (subresource === "scale") {
    const replicas = isObject(body) && isObject(body.spec) ? body.spec.replicas : undefined;
    return scaleOf(replaced(writing, live, { ...live, spec: { ...(isObject(live.spec) ? live.spec : {}), replicas } }));
  }
  const object = prepared(body as KubeObject);
  return replaced(
    writing,
    live,
    subresource === "status" ? { ...live, status: object.status } : { status: live.status, ...object },
  );
}

function patched(writing: Writing, body: unknown, contentType: string, force: boolean): unknown {
  const { storage, target, owners, manager, dryRun } = writing;
  if (target.subresource === "scale") return put(writing, body);
  if (!contentType.startsWith("application/apply-patch")) {
    const live = liveOf(writing);
    return replaced(writing, live, prepared(patchBy(contentType, live, body) as KubeObject));
  }
  const configuration = prepared(body as KubeObject);
  const live = storage.get(target.resource, target.namespace, target.name);
  const next =
    live === undefined
      ? created(writing, { ...configuration, metadata: { ...configuration.metadata, name: target.name } })
      : updated(writing, live, owners.apply(keyOf(target), live, configuration, manager, force));
  if (!dryRun) owners.applied(keyOf(target), live, configuration, manager);
  return next;
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
