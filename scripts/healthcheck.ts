import { readFileSync } from "node:fs";
import { fileVariable, readConfig } from "../server/config/read.ts";

/**
 * Whether the service of this container is alive, for engines that ask by a command (`HEALTHCHECK`): Kubernetes asks over the
 * network instead. Asks `/health/live` where the service's own settings say that it is served. Exit code 0: alive. 1: not.
 */
const path = process.env[fileVariable];
const { config } = readConfig(process.env, path ? readFileSync(path, "utf8") : null);
if (config === null) {
  process.stderr.write("the settings are wrong: the service's log says which\n");
  process.exit(1);
}
const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(config.httpAddress) ?? [];
const isAny = host === "0.0.0.0" || host === "[::]";
try {
  const url = `http://${isAny ? "127.0.0.1" : host}:${port}/health/live`;
  const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  if (!ok) process.stderr.write(`${url} answers ${status}\n`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
