import { createClient, ErrorReply, RESP_TYPES } from "@redis/client";
import type { Logger } from "pino";
import { createGuard, type Guard, pauseMs } from "./guard.ts";
import type { RedisScript } from "./redis-script.ts";

/**
 * A connection to Redis 6 or newer that the service can do without. It is made in the background and made again whenever
 * it is lost; while it is away every command fails at once.
 */
export interface RedisConnection {
  /** Its circuit, for health and metrics. */
  readonly guard: Guard;
  /** Sends one command. Strings of the answer come as Buffers. */
  command(...args: readonly RedisArgument[]): Promise<unknown>;
  /** Runs a script, which Redis keeps by its digest. */
  script(script: RedisScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown>;
  /** Calls `listener` with each message of a channel. Messages that are sent while the connection is away are lost. */
  subscribe(channel: string, listener: (message: string) => void): void;
  /** Called each time that the connection is there; at once where it is there already. */
  onReady(listener: () => void): void;
  /** Rejects where Redis does not answer. */
  check(): Promise<void>;
  close(): void;
}

export type RedisArgument = string | Buffer;

export interface RedisOptions {
  readonly log: Pick<Logger, "info" | "warn">;
  /** How long a command may take, in milliseconds. Default: 250. */
  readonly timeoutMs?: number;
  /** How long an open circuit stays open, in milliseconds. Default: 60,000. */
  readonly openMs?: number;
}

/** How long to wait for a connection to be made, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/** How many commands may wait for their answers. */
const MAX_WAITING = 10_000;

type Client = ReturnType<typeof newClient>;

/**
 * Returns at once, whether Redis is there or not.
 *
 * @param url `redis:` or, for TLS, `rediss:`. Neither it nor the password in it is logged.
 */
export function connectRedis(url: string, { log, timeoutMs = 250, openMs = 60_000 }: RedisOptions): RedisConnection {
  const { host } = new URL(url);
  const guard = createGuard("redis", { timeoutMs, openMs, isFault });
  const subscriptions = new Map<string, (message: string) => void>();
  const readyListeners: (() => void)[] = [];
  let away = false;
  let closed = false;
  let client = start();

  function start(): Client {
    const started = newClient(url);
    started.on("error", (error: unknown) => {
      // Each failed attempt to connect again comes here too: one line for the whole outage is enough.
      if (!away && !closed) log.warn({ host, reason: error instanceof Error ? error.message : "" }, "redis is away");
      away = true;
    });
    started.on("ready", () => {
      away = false;
      log.info({ host }, "redis is connected");
      for (const [channel, listener] of subscriptions) subscribe(started, channel, listener);
      for (const listener of readyListeners) listener();
    });
    started.connect().catch(ignore);
    return started;
  }

  // A peer that vanished without a word leaves a connection that looks alive, and commands in it that wait for ever.
  guard.onState((state) => {
    log.warn({ host, state }, "redis circuit");
    if (state !== "open" || closed) return;
    client.destroy();
    client = start();
  });

  const send = (args: readonly RedisArgument[], signal: AbortSignal): Promise<unknown> =>
    client.sendCommand([...args], { typeMapping: asBuffers, abortSignal: signal });

  return {
    guard,
    command: (...args) => guard.run((signal) => send(args, signal)),
    script: ({ text, sha1 }, keys, args) =>
      guard.run(async (signal) => {
        const operands = [String(keys.length), ...keys, ...args];
        try {
          return await send(["EVALSHA", sha1, ...operands], signal);
        } catch (error) {
          if (!(error instanceof ErrorReply && error.message.startsWith("NOSCRIPT"))) throw error;
          return send(["EVAL", text, ...operands], signal);
        }
      }),
    subscribe(channel, listener) {
      subscriptions.set(channel, listener);
      if (client.isReady) subscribe(client, channel, listener);
    },
    onReady(listener) {
      readyListeners.push(listener);
      if (client.isReady) listener();
    },
    async check() {
      await guard.run((signal) => send(["PING"], signal));
    },
    close() {
      closed = true;
      client.destroy();
    },
  };
}

const asBuffers = { [RESP_TYPES.BLOB_STRING]: Buffer };

function newClient(url: string) {
  return createClient({
    url,
    name: "workflow-compiler",
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING,
    maintNotifications: "disabled",
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: (retries) => pauseMs(retries + 1) },
  });
}

/** Redis's answer that a command was wrong is our fault, or that of whoever else writes to it; it is well itself. */
function isFault(error: unknown): boolean {
  return !(error instanceof ErrorReply && /^(ERR|WRONGTYPE|NOSCRIPT) /.test(error.message));
}

function subscribe(client: Client, channel: string, listener: (message: string) => void): void {
  client.subscribe(channel, listener).catch(ignore);
}

/** What is lost with the connection comes back with the next one. */
function ignore(): void {}
