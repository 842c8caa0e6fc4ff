import type {
  GetConfigResponse,
  SetLogLevelRequest,
  SetLogLevelResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Call } from "../admission/call.ts";
import type { LimitName } from "../admission/rate-limit.ts";
import { type Config, type LogLevel, logLevels, settings } from "../config/settings.ts";
import { showRate } from "../config/syntax.ts";
import { checkRange, checkReason, refuse, wrong } from "./fields.ts";
import type { LogControl, OperationsParts } from "./parts.ts";

const settingOf = {
  call: "rateLimit",
  connection: "connectionRate",
  stream: "streamRate",
  global: "globalRate",
} as const satisfies Record<LimitName, keyof Config>;

export function getConfig({
  config,
  log,
  limits,
}: Pick<OperationsParts, "config" | "log" | "limits">): GetConfigResponse {
  const now = new Map<string, string>([[settings.logLevel.variable, log.level()]]);
  for (const { name, rate, configured } of limits.limits()) {
    const changed = showRate(rate) !== showRate(configured);
    if (changed) now.set(settings[settingOf[name]].variable, showRate(rate));
  }
  return {
    settings: config().map(({ variable, value, isDefault }) => {
      const current = now.get(variable) ?? value;
      return { variable, value, isDefault, changedTo: current === value ? "" : current };
    }),
  };
}

export interface LogLevelControl {
  set(request: SetLogLevelRequest, call: Pick<Call, "reason" | "resource">): SetLogLevelResponse;
  /** Forgets what it was going to change back. */
  close(): void;
}

const MAX_DURATION_S = 86_400;

/** A level that was set for a while goes back to the one before it, unless another was set since. */
export function createLogLevelControl({
  log,
  logger,
}: {
  log: LogControl;
  logger: Pick<OperationsParts["logger"], "info">;
}): LogLevelControl {
  let timer: NodeJS.Timeout | undefined;
  let lasting: LogLevel = log.level();
  return {
    set({ level, durationSeconds, reason }, call) {
      const next = logLevels.find((name) => name === level);
      refuse(
        next === undefined ? wrong("level", `must be one of ${logLevels.join(", ")}`) : [],
        checkRange("duration_seconds", durationSeconds, 0, MAX_DURATION_S),
        checkReason(reason),
      );
      const previousLevel = log.level();
      if (next === undefined) return { previousLevel };
      call.reason = reason;
      call.resource = next;
      if (timer === undefined) lasting = previousLevel;
      clearTimeout(timer);
      timer = undefined;
      log.setLevel(next);
      if (durationSeconds === 0) return { previousLevel };
      const back = lasting;
      timer = setTimeout(() => {
        timer = undefined;
        log.setLevel(back);
        logger.info({ logLevel: back }, "log level as before");
      }, durationSeconds * 1_000);
      timer.unref();
      return { previousLevel };
    },
    close: () => clearTimeout(timer),
  };
}
