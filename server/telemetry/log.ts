import { type DestinationStream, destination, type LogFn, type Logger, pino } from "pino";
import type { Call, CallEnd } from "../admission/call.ts";
import { type LogLevel, logLevels } from "../config/settings.ts";
import { scrubbed, scrubText } from "./scrub.ts";

/** JSON lines. What a line may say is declared in docs/telemetry.yaml. */
export interface Log {
  /** For all but calls. Secrets in its fields are masked, errors are cut down to what holds nothing of a definition. */
  readonly logger: Logger;
  /** Listens to the end of each call: one line, at `info`. */
  callEnded(
    call: Pick<Call, "requestId" | "traceId" | "principal" | "address" | "method" | "notes">,
    end: CallEnd,
  ): void;
  level(): LogLevel;
  /** From the next line on. */
  setLevel(level: LogLevel): void;
  /** Writes what is waiting, at once: for the end of the process. */
  flush(): void;
}

/** Where lines go. `flushSync` writes what is waiting. */
export interface LogTarget extends DestinationStream {
  flushSync?(): void;
}

/** Lines wait for others up to this many bytes and milliseconds: a write for each line costs more than the line. */
const BATCH_BYTES = 32_768;
const BATCH_MS = 200;

/** When nobody reads stderr, lines beyond this are dropped. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** @param target default: stderr, in batches, which a `kill -9` loses up to 200 ms of. */
export function createLog(level: LogLevel, target: LogTarget = standardError()): Log {
  const options = {
    level,
    messageKey: "message",
    base: null,
    timestamp: () => `,"timestamp":"${isoTime(Date.now())}"`,
    formatters: { level: (name: string) => ({ level: name }) },
    // `scrubbed` has done it by then.
    serializers: { err: (error: unknown) => error },
  };
  // Fields of calls are ours and known, so that they need no looking through.
  const calls = pino(options, target);
  const logger = pino(
    { ...options, formatters: { ...options.formatters, log: scrubbed }, hooks: { logMethod: scrubMessage } },
    target,
  );
  return {
    logger,
    callEnded({ requestId, traceId, principal, address, method, notes }, { code, durationMs, errorCode }) {
      if (!calls.isLevelEnabled("info")) return;
      const line = { requestId, traceId, principal: principal.name, address, method, code, durationMs, errorCode };
      calls.info({ ...line, ...notes }, "call");
    },
    level: () => levelOf(logger),
    setLevel(next) {
      calls.level = next;
      logger.level = next;
    },
    flush: () => target.flushSync?.(),
  };
}

function standardError(): LogTarget {
  const target = destination({
    dest: 2,
    sync: false,
    minLength: BATCH_BYTES,
    maxWrite: 2 * BATCH_BYTES,
    periodicFlush: BATCH_MS,
    maxLength: MAX_WAITING_BYTES,
  });
  // Nobody reads any more. The service goes on.
  target.on("error", () => {});
  return target;
}

/** Called without a message, pino would take an error's own. */
function scrubMessage(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  const [first, second] = args;
  const [fields, message] = typeof first === "string" ? [{}, first] : [first, second];
  const text = typeof message === "string" ? message : "fault";
  method.call(this, fields instanceof Error ? { err: fields } : fields, scrubText(text));
}

let second = 0;
let upToSecond = "";

/** ISO 8601. Made anew once a second only: it is half of what a line costs. */
function isoTime(now: number): string {
  const ms = now % 1_000;
  if (now - ms !== second || upToSecond === "") {
    second = now - ms;
    upToSecond = new Date(second).toISOString().slice(0, 20);
  }
  return `${upToSecond}${String(ms).padStart(3, "0")}Z`;
}

function levelOf({ level }: Logger): LogLevel {
  return logLevels.find((name) => name === level) ?? "info";
}
