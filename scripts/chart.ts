import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { settings } from "../server/config/settings.ts";

/**
 * What of the chart is written from something else: which settings `config` takes, from the service's own table, and the
 * README's table of values, from the comments in values.yaml.
 *
 *     npm run chart:readme     writes them; a test proves that they are current
 */

/** What the chart itself sets, and by which values. */
export const chartOwned: Readonly<Record<string, string>> = {
  WFC_GRPC_ADDR: "service.ports.grpc",
  WFC_OPERATIONS_ADDR: "service.ports.operations, operations.enabled",
  WFC_HTTP_ADDR: "service.ports.http",
  WFC_REPLICA: "(the pod's name)",
  WFC_COMPONENTS_DIR: "components",
  WFC_TLS_CERT: "tls.existingSecret",
  WFC_TLS_KEY: "tls.existingSecret",
  WFC_TLS_CLIENT_CA: "tls.clientCa",
  WFC_REDIS_URL: "redis.existingSecret, redis.enabled",
  WFC_SLOT: "rollout.active",
};

/** By the name that `config` has for it: `WFC_RATE_LIMIT` is `rateLimit`. */
export function settingsMap(): Readonly<Record<string, string>> {
  const own = Object.values(settings).filter(({ variable }) => !Object.hasOwn(chartOwned, variable));
  return Object.fromEntries(own.map(({ variable }) => [nameOf(variable), variable]));
}

function nameOf(variable: string): string {
  const words = variable.slice("WFC_".length).toLowerCase();
  return words.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The schema of `config`. The service itself checks the values at its start, and says what it takes. */
export function configSchema(): object {
  const types = ["string", "number"];
  const properties = Object.values(settings).flatMap(({ variable, meaning, allowed, fallback }) => {
    if (Object.hasOwn(chartOwned, variable)) return [];
    const description = `${meaning} ${allowed[0]?.toUpperCase()}${allowed.slice(1)}. Default: ${fallback || "(empty)"}.`;
    const type = variable === "WFC_OPERATORS" ? [...types, "array"] : types;
    return [[nameOf(variable), { type, description }] as const];
  });
  const old = { deprecated: true, description: "No longer a value of this chart: use `config.drain`." };
  return {
    type: "object",
    description: "Settings of the service, as in docs/configuration.md.",
    additionalProperties: false,
    properties: { ...Object.fromEntries(properties), drainMs: old },
  };
}

const folder = new URL("../helm/workflow-compiler/", import.meta.url).pathname;
export const schemaFile = `${folder}values.schema.json`;
export const settingsFile = `${folder}files/settings.json`;

if (import.meta.main) {
  const schema = JSON.parse(readFileSync(schemaFile, "utf8"));
  schema.properties.config = configSchema();
  writeFileSync(schemaFile, `${JSON.stringify(schema, null, 2)}\n`);
  writeFileSync(settingsFile, `${JSON.stringify(settingsMap(), null, 2)}\n`);
  execFileSync("readme-generator", ["--values", `${folder}values.yaml`, "--readme", `${folder}README.md`], {
    stdio: "inherit",
  });
}
