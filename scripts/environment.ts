import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse } from "yaml";

/**
 * `npm run environment -- --namespace NAME --values FILE`: whether a cluster is ready for a release with these values, asked
 * with `kubectl` and `helm` as they are set up. Changes nothing. Each row states the good state. Exit code 0: ready. 1: not. 2: usage.
 */
const { namespace, values: file } = options();
const values = parse(readFileSync(file, "utf8")) ?? {};
const chart = new URL("../helm/workflow-compiler", import.meta.url).pathname;

/** What stands in a values file under a path, or undefined. */
function value(path: string): unknown {
  return path.split(".").reduce<unknown>((found, name) => Object(found)[name], values);
}

const secrets: readonly (readonly [path: string, keys: readonly string[]])[] = [
  ["postgres.existingSecret", [String(value("postgres.key") ?? "url")]],
  ["redis.existingSecret", [String(value("redis.key") ?? "url")]],
  ["tls.existingSecret", ["tls.crt", "tls.key", ...(value("tls.clientCa") === true ? ["ca.crt"] : [])]],
  ["tests.clientSecret", ["tls.crt", "tls.key"]],
  ["tests.tokenSecret", [String(value("tests.tokenKey") ?? "token")]],
];
const kinds: readonly (readonly [path: string, resource: string])[] = [
  ["monitoring.serviceMonitor.enabled", "servicemonitors.monitoring.coreos.com"],
  ["monitoring.podMonitor.enabled", "podmonitors.monitoring.coreos.com"],
  ["monitoring.rules.enabled", "prometheusrules.monitoring.coreos.com"],
  ["rollout.gateway.enabled", "grpcroutes.gateway.networking.k8s.io"],
  ["rollout.argo.enabled", "rollouts.argoproj.io"],
  ["externalSecrets.enabled", "externalsecrets.external-secrets.io"],
];

const kubectl = (...args: readonly string[]): string => call("kubectl", args);

check("the cluster answers, with Kubernetes 1.32 or newer", () => {
  const { major, minor } = JSON.parse(kubectl("version", "--output", "json")).serverVersion;
  const isOld = Number(major) === 1 && Number.parseInt(minor, 10) < 32;
  if (isOld) throw new Error(`it is ${major}.${minor}: the chart's preStop sleep is not known there`);
});
check(`the namespace ${namespace} exists`, () => void kubectl("get", "namespace", namespace, "--output", "name"));
for (const [path, keys] of secrets) {
  const name = value(path);
  if (typeof name === "string" && name !== "")
    check(`the secret ${name} has ${keys.join(", ")}`, () => hasKeys(name, keys));
}
for (const [path, resource] of kinds) {
  if (value(path) === true) check(`${resource} is known (${path})`, () => isKnown(resource));
}
check("the chart renders with the values, and the cluster takes it", () => {
  const args = ["upgrade", "--install", "workflow-compiler", chart, "--namespace", namespace, "--values", file];
  call("helm", [...args, "--dry-run=server", "--hide-secret"]);
});

function hasKeys(name: string, keys: readonly string[]): void {
  const { data } = JSON.parse(kubectl("get", "secret", name, "--namespace", namespace, "--output", "json"));
  const missing = keys.filter((key) => !Object.hasOwn(Object(data), key));
  if (missing.length > 0) throw new Error(`it has no ${missing.join(", ")}`);
}

function isKnown(resource: string): void {
  const known = kubectl("api-resources", "--output", "name", "--cached=false").split("\n");
  if (!known.includes(resource)) throw new Error("it is not installed");
}

function check(state: string, look: () => void): void {
  try {
    look();
    process.stdout.write(`√ ${state}\n`);
  } catch (error) {
    process.stdout.write(`× ${state}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** Gives stdout; throws with the last line of stderr. */
function call(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new Error(stderr.split("\n").at(-1) || `${program} could not be run`, { cause: error });
  }
}

function options(): { readonly namespace: string; readonly values: string } {
  try {
    const { values } = parseArgs({ options: { namespace: { type: "string" }, values: { type: "string" } } });
    if (values.namespace && values.values) return { namespace: values.namespace, values: values.values };
  } catch {
    // The same words serve.
  }
  process.stderr.write("usage: npm run environment -- --namespace NAME --values FILE\n");
  process.exit(2);
}
