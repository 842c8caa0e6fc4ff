import { spawn } from "node:child_process";
import { once } from "node:events";
import { kubernetesTools } from "../kubernetes/tools.ts";

const bin = new URL("../../ops-cli/bin/wfops.ts", import.meta.url).pathname;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly done: Promise<Ran>;
  /** Waits until it has said this on stderr. */
  said(words: string): Promise<void>;
  interrupt(): void;
}

/** The real executable, with nobody at a terminal, and nothing of whoever runs the test. */
export function startWfops(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
  const { helm, kubectl } = kubernetesTools();
  const child = spawn(process.execPath, [bin, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      WFOPS_CONFIG: "/nonexistent",
      NODE_COMPILE_CACHE: new URL("../../.cache/node", import.meta.url).pathname,
      WFOPS_HELM: helm,
      WFOPS_KUBECTL: kubectl,
      ...environment,
    },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (part: Buffer) => {
    stdout += part.toString();
  });
  child.stderr.on("data", (part: Buffer) => {
    stderr += part.toString();
  });
  const done = once(child, "close").then(([code]): Ran => ({ code: Number(code ?? -1), stdout, stderr }));
  return {
    done,
    async said(words) {
      while (!stderr.includes(words)) {
        const first = await Promise.race([once(child.stderr, "data"), done]);
        if (!Array.isArray(first) && !stderr.includes(words)) throw new Error(`it never said ${words}: ${stderr}`);
      }
    },
    interrupt: () => void child.kill("SIGINT"),
  };
}

export function wfops(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return startWfops(args, environment).done;
}
