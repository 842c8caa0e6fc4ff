import * as models136 from "@kubernetes/client-node/dist/gen/models/all.js";
import * as argo from "@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1";
import * as secrets from "@kubernetes-models/external-secrets/external-secrets.io/v1";
import * as gateway from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1";
import * as monitoring from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import * as models132 from "kubernetes-client-1.32/dist/gen/models/all.js";
import * as apps from "kubernetes-models/apps/v1";
import * as autoscaling from "kubernetes-models/autoscaling/v2";
import * as batch from "kubernetes-models/batch/v1";
import * as networking from "kubernetes-models/networking.k8s.io/v1";
import * as policy from "kubernetes-models/policy/v1";
import * as rbac from "kubernetes-models/rbac.authorization.k8s.io/v1";
import * as scheduling from "kubernetes-models/scheduling.k8s.io/v1";
import * as core from "kubernetes-models/v1";
import { isObject, type KubeObject } from "../kubernetes/objects.ts";
import { watchFields } from "./unknown-fields.ts";

/** Says what is wrong with an object; nothing where it is right. */
export type Schema = (object: KubeObject) => readonly string[];

/**
 * Kubernetes in three versions. The client's type maps know every field and its type, but not which ones must be there; the
 * models' validators know those, but let unknown fields pass, so what they never look at is refused.
 */
export const kubernetesSchemas: ReadonlyMap<string, Schema> = new Map([
  ["1.32", typeMapSchema(models132)],
  ["1.34", modelSchema],
  ["1.36", typeMapSchema(models136)],
]);

const builtIn: Readonly<Record<string, object>> = {
  v1: core,
  "apps/v1": apps,
  "autoscaling/v2": autoscaling,
  "batch/v1": batch,
  "networking.k8s.io/v1": networking,
  "policy/v1": policy,
  "rbac.authorization.k8s.io/v1": rbac,
  "scheduling.k8s.io/v1": scheduling,
};

const custom: Readonly<Record<string, object>> = {
  "argoproj.io/v1alpha1": argo,
  "external-secrets.io/v1": secrets,
  "gateway.networking.k8s.io/v1": gateway,
  "monitoring.coreos.com/v1": monitoring,
};

export function isCustom({ apiVersion }: KubeObject): boolean {
  return Object.hasOwn(custom, apiVersion);
}

/** For custom resources too. */
export function modelSchema(object: KubeObject): readonly string[] {
  const name = `${object.apiVersion} ${object.kind}`;
  const Model: unknown = Reflect.get(builtIn[object.apiVersion] ?? custom[object.apiVersion] ?? {}, object.kind);
  if (typeof Model !== "function") return [`there is no ${name}`];
  const model: unknown = Reflect.construct(Model, [object]);
  if (!isObject(model) || typeof model.validate !== "function") return [`${name} cannot be validated`];
  const watched = watchFields(model);
  try {
    Reflect.apply(model.validate, watched.value, []);
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
  const unknown = watched.unread().filter((path) => !(lost[name] ?? []).includes(path));
  return unknown.map((path) => `${name}: ${path} is not a field`);
}

/** Fields of Kubernetes that the models' authors have lost. */
const lost: Readonly<Record<string, readonly string[]>> = { "scheduling.k8s.io/v1 PriorityClass": ["description"] };

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

function typeMapSchema(models: object): Schema {
  function check(value: unknown, type: string, path: string): readonly string[] {
    const item = /^Array<(.*)>$/.exec(type)?.[1];
    if (item !== undefined) {
      if (!Array.isArray(value)) return [`${path} must be a list`];
      return value.flatMap((entry, index) => check(entry, item, `${path}[${index}]`));
    }
    const member = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
    if (member !== undefined) {
      if (!isObject(value)) return [`${path} must be a map`];
      return Object.entries(value).flatMap(([key, entry]) => check(entry, member, `${path}.${key}`));
    }
    if (type === "any" || type === "object") return [];
    if (type === "IntOrString")
      return ["string", "number"].includes(typeof value) ? [] : [`${path} must be text or number`];
    if (type === "string" || type === "number" || type === "boolean")
      return typeof value === type ? [] : [`${path} is ${JSON.stringify(value)}; it must be a ${type}`];
    return members(value, type, path);
  }

  function members(value: unknown, type: string, path: string): readonly string[] {
    const attributes = attributesOf(models, type);
    if (attributes === undefined) return [`${path}: there is no type ${type}`];
    if (!isObject(value)) return [`${path} must be a ${type}`];
    return Object.entries(value).flatMap(([key, entry]) => {
      const known = attributes.find(({ baseName }) => baseName === key);
      return known === undefined
        ? [`${path}.${key} is not a field of ${type}`]
        : check(entry, known.type, `${path}.${key}`);
    });
  }

  return (object) => {
    const version = object.apiVersion.split("/").at(-1) ?? "";
    return members(object, `${version[0]?.toUpperCase()}${version.slice(1)}${object.kind}`, object.kind);
  };
}

function attributesOf(models: object, type: string): readonly Attribute[] | undefined {
  const model: unknown = Reflect.get(models, type);
  const read: unknown = typeof model === "function" ? Reflect.get(model, "getAttributeTypeMap") : undefined;
  return typeof read === "function" ? read.call(model) : undefined;
}
