import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Session } from "../command.ts";
import { CliError } from "../exit.ts";
import { safe } from "../layout.ts";

/** The real `helm` and `kubectl`, for the namespace and the cluster that the target names. */
export interface Programs {
  /** Gives stdout. @throws CliError with the program's own words. */
  helm(args: readonly string[], input?: string): Promise<string>;
  kubectl(args: readonly string[]): Promise<string>;
  /** The lines of its stdout as they come, until it ends. */
  kubectlLines(args: readonly string[]): AsyncIterable<string>;
  /** `kubectl port-forward` to a port of a service; gives the address on this machine. */
  forward(service: string, port: number): Promise<Forward>;
}

export interface Forward {
  readonly address: string;
  close(): void;
}

export function programsOf({ target, signal }: Pick<Session, "target" | "signal">): Programs {
  const { kubeContext, namespace } = target;
  const helm = process.env.WFOPS_HELM || "helm";
  const kubectl = process.env.WFOPS_KUBECTL || "kubectl";
  const context = (flag: string): readonly string[] => (kubeContext === "" ? [] : [flag, kubeContext]);
  const forHelm = ["--namespace", namespace, ...context("--kube-context")];
  const forKubectl = ["--namespace", namespace, ...context("--context")];
  return {
    helm: (args, input = "") => run("helm", helm, [...args, ...forHelm], signal, input),
    kubectl: (args) => run("kubectl", kubectl, [...forKubectl, ...args], signal, ""),
    kubectlLines: (args) => linesOf("kubectl", kubectl, [...forKubectl, ...args], signal),
    forward: (service, port) =>
      forward(kubectl, [...forKubectl, "port-forward", `service/${service}`, `:${port}`], signal),
  };
}

/** An interrupt is handed on, and waited for: Helm then notes that its work was not finished. */
async function run(
  name: string,
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  input: string,
): Promise<string> {
  signal.throwIfAborted();
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const stop = (): void => void child.kill("SIGINT");
  signal.addEventListener("abort", stop, { once: true });
  const out: Buffer[] = [];
  const problems: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => out.push(part));
  child.stderr.on("data", (part: Buffer) => problems.push(part));
  // A program that has ended reads no input; why it ended is told by its exit code.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => reject(missing(name, program, error)));
    child.once("close", resolve);
  }).finally(() => signal.removeEventListener("abort", stop));
  signal.throwIfAborted();
  if (code === 0) return Buffer.concat(out).toString();
  throw failed(name, args, Buffer.concat(problems).toString());
}

async function* linesOf(
  name: string,
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  signal.throwIfAborted();
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const stop = (): void => void child.kill("SIGINT");
  signal.addEventListener("abort", stop, { once: true });
  let problems = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    problems = `${problems}${text}`.slice(-MAX_PROBLEM);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => reject(missing(name, program, error)));
    child.once("close", resolve);
  });
  // Whoever stops to read does not wait for its end.
  ended.catch(() => {});
  try {
    yield* createInterface({ input: child.stdout });
    const code = await ended;
    signal.throwIfAborted();
    if (code !== 0) throw failed(name, args, problems);
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

function missing(name: string, program: string, error: Error): CliError {
  return new CliError("program", `${program} cannot be run: ${error.message}`, [
    `Install ${name}, or name it with WFOPS_${name.toUpperCase()}.`,
  ]);
}

const MAX_PROBLEM = 2_000;

function failed(name: string, [first = "", ...rest]: readonly string[], problems: string): CliError {
  const isVerb = (word: string, index: number): boolean =>
    /^[a-z]+$/.test(word) && !(rest[index - 1] ?? first).startsWith("--");
  const verb = first.startsWith("--") ? (rest.find(isVerb) ?? "") : first;
  // Their own logs, which say the same as their last lines.
  const own = problems.replace(/^(E\d{4} |level=WARN msg="(upgrade|Rollback .*) failed).*\n/gm, "");
  const said = safe(own.trim().replace(/^Error: /gm, "")).slice(-MAX_PROBLEM);
  return new CliError(name, `${name} ${verb} failed: ${said || "it said nothing"}`, nextSteps(said));
}

function nextSteps(said: string): readonly string[] {
  if (/another operation .* is in progress/.test(said)) {
    return [
      "Another helm is at work on this release, or one was killed in the middle of it.",
      "See `wfops history`; where nobody is at work, `wfops rollback` goes back to the last good revision.",
    ];
  }
  if (
    /cluster unreachable|connection refused|connect(ion)? to the server|no configuration has been provided/i.test(said)
  ) {
    return ["See that `kubectl get nodes` works, and that WFOPS_KUBE_CONTEXT names the right cluster."];
  }
  if (/release: not found/.test(said)) {
    return ["See `helm list --all-namespaces`; WFOPS_RELEASE and WFOPS_NAMESPACE say which release is meant."];
  }
  return /forbidden/i.test(said) ? ["Your role in the cluster does not allow it: ask for one that does."] : [];
}

async function forward(program: string, args: readonly string[], signal: AbortSignal): Promise<Forward> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const close = (): void => {
    signal.removeEventListener("abort", close);
    child.kill();
  };
  signal.addEventListener("abort", close, { once: true });
  let said = "";
  let problems = "";
  child.stderr.on("data", (part: Buffer) => {
    problems += part.toString();
  });
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (part: Buffer) => {
      said += part.toString();
      const [, port] = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said) ?? [];
      if (port !== undefined) resolve(`127.0.0.1:${port}`);
    });
    child.once("error", (error) => reject(missing("kubectl", program, error)));
    child.once("close", () => reject(signal.aborted ? signal.reason : failed("kubectl", args, problems)));
  });
  return { address, close };
}
