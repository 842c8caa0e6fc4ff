import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { isObject, type KubeObject } from "../kubernetes/objects.ts";
import { kubernetesTools } from "../kubernetes/tools.ts";

export const chart = new URL("../../helm/workflow-compiler", import.meta.url).pathname;

/** Values as a user writes them. */
export type Values = Readonly<Record<string, unknown>>;

/** The worked values files, by name without `.yaml`. */
export const valuesFiles: ReadonlyMap<string, string> = new Map(
  readdirSync(`${chart}/values`).map((file) => [file.replace(/\.yaml$/, ""), `${chart}/values/${file}`]),
);

export interface Rendered {
  readonly text: string;
  readonly objects: readonly KubeObject[];
  /** The one object of this kind and name (without the release's own); throws where there is none. */
  get(kind: string, suffix?: string): KubeObject;
  has(kind: string, suffix?: string): boolean;
  /** The pod template of slot a's deployment. */
  readonly pod: Part;
  /** What its containers get by the ConfigMap and by fixed values, besides those that come from elsewhere, which are "(ref)". */
  readonly environment: Readonly<Record<string, string>>;
}

/** A release that is named as the chart: objects are then named after it alone. */
const release = "workflow-compiler";

const cache = new Map<string, string>();

/** What `helm template` makes of values; equal values are rendered once. Throws with Helm's own words. */
export function render(values: Values = {}, ...args: readonly string[]): Rendered {
  const key = JSON.stringify([values, args]);
  const text =
    cache.get(key) ?? helm(["template", release, chart, "--namespace", "apps", "--values", "-", ...args], values);
  cache.set(key, text);
  return renderedFrom(text);
}

/** What Helm says against values. */
export function refusal(values: Values, ...args: readonly string[]): string {
  try {
    render(values, ...args);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("the chart refuses nothing of these values");
}

/** The notes that an install prints. */
export function notes(values: Values = {}): string {
  const text = helm(["install", release, chart, "--dry-run=client", "--namespace", "apps", "--values", "-"], values);
  return text.slice(text.indexOf("\nNOTES:\n") + 8);
}

export function helm(args: readonly string[], values?: Values): string {
  const { status, stdout, stderr } = spawnSync(kubernetesTools().helm, args, {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    ...(values === undefined ? {} : { input: JSON.stringify(values) }),
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function renderedFrom(text: string): Rendered {
  const objects = objectsIn(text);
  const find = (kind: string, suffix: string): KubeObject | undefined =>
    objects.find((object) => object.kind === kind && object.metadata.name === release + suffix);
  const get = (kind: string, suffix = ""): KubeObject => {
    const object = find(kind, suffix);
    if (object === undefined) throw new Error(`there is no ${kind} ${release}${suffix}`);
    return object;
  };
  return {
    text,
    objects,
    get,
    has: (kind, suffix = "") => find(kind, suffix) !== undefined,
    get pod() {
      return part(get("Deployment", "-a"), "spec", "template");
    },
    get environment() {
      const [server] = list(this.pod, "spec", "containers");
      const own = list(server, "env").map(({ name, value }) => [name, value ?? "(ref)"]);
      return Object.fromEntries([...Object.entries(part(get("ConfigMap"), "data")), ...own]);
    },
  };
}

/** Documents of which nothing is left but comments are none. */
export function objectsIn(text: string): readonly KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${document.errors[0]?.message}\n${text}`);
    const object: unknown = document.toJS();
    return isKubeObject(object) ? [object] : [];
  });
}

function isKubeObject(value: unknown): value is KubeObject {
  return isObject(value) && typeof value.kind === "string" && isObject(value.metadata);
}

export type Part = Readonly<Record<string, unknown>>;

/** What is inside of an object at a path; {} where nothing is. */
export function part(value: unknown, ...path: readonly string[]): Part {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

export function list(value: unknown, ...path: readonly string[]): readonly Part[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

/** Pods and what makes pods, each with what it is called. */
export function podSpecs(objects: readonly KubeObject[]): readonly (readonly [name: string, spec: Part])[] {
  return objects.flatMap((object) => {
    const spec = object.kind === "Pod" ? part(object, "spec") : part(object, "spec", "template", "spec");
    return Object.keys(spec).length === 0 ? [] : [[`${object.kind}/${object.metadata.name}`, spec] as const];
  });
}
