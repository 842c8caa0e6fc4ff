import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { freePort } from "../dependencies/redis.ts";

/** A real Prometheus with what it has scraped so far. */
export interface Prometheus {
  readonly url: string;
  /** Of an instant query. @throws Error with Prometheus's own words where it cannot be evaluated. */
  query(expression: string): Promise<readonly Sample[]>;
  rules(): Promise<readonly Rule[]>;
  stop(): Promise<void>;
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

export interface Rule {
  readonly name: string;
  readonly health: "ok" | "err" | "unknown";
  readonly lastError?: string;
  readonly state: "inactive" | "pending" | "firing";
  readonly labels: Readonly<Record<string, string>>;
  readonly alerts: readonly {
    readonly state: "pending" | "firing";
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

export interface PrometheusOptions {
  /** HOST:PORT of each that is scraped, or the URL that tells them (`http_sd_configs`), asked each second. */
  readonly targets: readonly string[] | string;
  /** Texts of rule files. */
  readonly rules: readonly string[];
  /** HOST:PORT of the Alertmanager that it tells. Default: none. */
  readonly alertmanager?: string;
  /** How often it scrapes and evaluates, such as `500ms`. */
  readonly interval: string;
}

export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const { targets, rules, alertmanager, interval } = options;
  const program = await start("prometheus", (folder, address) => {
    rules.forEach((text, index) => {
      writeFileSync(join(folder, `rules-${index}.yaml`), text);
    });
    const configFile = join(folder, "prometheus.yaml");
    writeFileSync(
      configFile,
      stringify({
        global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
        rule_files: [join(folder, "rules-*.yaml")],
        alerting: {
          alertmanagers: alertmanager === undefined ? [] : [{ static_configs: [{ targets: [alertmanager] }] }],
        },
        scrape_configs: [
          {
            job_name: "workflow-compiler",
            ...(typeof targets === "string"
              ? { http_sd_configs: [{ url: targets, refresh_interval: "1s" }] }
              : { static_configs: [{ targets }] }),
          },
        ],
      }),
    );
    return [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--log.level=error",
      // Tells the Alertmanager again at once: it is a test.
      "--rules.alert.resend-delay=1s",
    ];
  });
  return {
    url: program.url,
    async query(expression) {
      const data = await ask<{ result: readonly Sample[]; resultType: string }>(
        `${program.url}/api/v1/query?query=${encodeURIComponent(expression)}`,
      );
      return data.result;
    },
    async rules() {
      const { groups } = await ask<{ groups: readonly { rules: readonly Rule[] }[] }>(`${program.url}/api/v1/rules`);
      return groups.flatMap((group) => group.rules);
    },
    stop: program.stop,
  };
}

/** A real Alertmanager. */
export interface Alertmanager {
  /** HOST:PORT. */
  readonly address: string;
  /** What was taken in, and why nobody is told of it, where nobody is. */
  alerts(): Promise<readonly ReceivedAlert[]>;
  stop(): Promise<void>;
}

export interface ReceivedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly inhibitedBy: readonly string[] };
}

export async function startAlertmanager(config: object): Promise<Alertmanager> {
  const program = await start("prometheus-alertmanager", (folder, address) => {
    const configFile = join(folder, "alertmanager.yaml");
    writeFileSync(configFile, stringify(config));
    return [
      `--config.file=${configFile}`,
      `--storage.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--cluster.listen-address=",
      "--log.level=error",
    ];
  });
  return {
    address: program.url.replace("http://", ""),
    async alerts() {
      const response = await fetch(`${program.url}/api/v2/alerts`);
      return JSON.parse(await response.text());
    },
    stop: program.stop,
  };
}

interface Program {
  readonly url: string;
  stop(): Promise<void>;
}

type Configure = (folder: string, address: string) => readonly string[];

/** A port that was free a moment ago may be taken: then it ends at once, and another one is tried. */
async function start(name: string, configure: Configure): Promise<Program> {
  for (let attempt = 1; ; attempt++) {
    const program = await startOnce(name, configure).catch((error: Error) => error);
    if (!(program instanceof Error)) return program;
    if (attempt === 3) throw program;
  }
}

/** Starts it on a free port with a folder of its own, and waits until it says that it is ready. */
async function startOnce(name: string, configure: Configure): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const child = spawn(name, configure(folder, address), { stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(child, "exit");
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    await sleep(20);
  }
  return {
    url,
    async stop() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}

async function ask<Data>(url: string): Promise<Data> {
  const response = await fetch(url);
  const answer: { status: string; error?: string; data: Data } = JSON.parse(await response.text());
  if (answer.status !== "success") throw new Error(answer.error ?? answer.status);
  return answer.data;
}
