import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket, connect as tcpConnect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A real redis-server on a port of this machine, with nothing in it. */
export interface TestRedis {
  readonly port: number;
  readonly url: string;
  /** As a machine that fails: nothing is said to clients beforehand. */
  kill(): Promise<void>;
  /** On the same port, empty. */
  restart(): Promise<void>;
  /** Takes connections and answers none, as a machine that hangs; `resume` ends it. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  readonly password?: string;
  /** PEM files; the server then speaks TLS only. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
}

export async function startRedis({ password, tls }: TestRedisOptions = {}): Promise<TestRedis> {
  const port = await freePort();
  const secret = password === undefined ? [] : ["--requirepass", password];
  const listen =
    tls === undefined
      ? ["--port", `${port}`]
      : ["--port", "0", "--tls-port", `${port}`, "--tls-cert-file", tls.cert, "--tls-key-file", tls.key].concat([
          "--tls-ca-cert-file",
          tls.ca,
          "--tls-auth-clients",
          "no",
        ]);
  const start = async (): Promise<ChildProcess> => {
    const fixed = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--databases", "2"];
    const started = spawn("redis-server", [...fixed, ...listen, ...secret], { stdio: "ignore" });
    await untilListening(port, started);
    return started;
  };
  let server = await start();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
  };
  return {
    port,
    url: `${tls ? "rediss" : "redis"}://${password === undefined ? "" : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`,
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGKILL");
      server = await start();
    },
    pause: () => void server.kill("SIGSTOP"),
    resume: () => void server.kill("SIGCONT"),
    // SIGKILL ends a paused process too.
    stop: () => end("SIGKILL"),
  };
}

/** A port that nothing listens on at the moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("the probe has no port");
  return address.port;
}

/** Waits until `condition` holds; a test that waits in vain ends by its own time limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}

async function untilListening(port: number, server: ChildProcess): Promise<void> {
  while (!(await takesConnections(port))) {
    if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
    await sleep(10);
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = tcpConnect(port, "127.0.0.1");
    const answer = (result: boolean) => () => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", answer(true)).once("error", answer(false));
  });
}
