import type {
  RateLimit,
  ResetRateLimitsRequest,
  ResetRateLimitsResponse,
  SetRateLimitRequest,
  SetRateLimitResponse,
  Rate as WireRate,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Call } from "../admission/call.ts";
import type { NamedLimit } from "../admission/rate-limit.ts";
import { type Rate, showRate } from "../config/syntax.ts";
import { notFound, type Violation } from "../grpc/call-error.ts";
import { checkRange, checkReason, checkText, checkTrue, refuse, wrong } from "./fields.ts";
import type { OperationsParts } from "./parts.ts";

type RateLimits = OperationsParts["limits"];

export function limitToWire({ name, description, rate, configured, refused }: NamedLimit): RateLimit {
  return { name, description, rate: rateToWire(rate), configured: rateToWire(configured), refused: BigInt(refused) };
}

function rateToWire(rate: Rate | null): WireRate | undefined {
  return rate === null ? undefined : { ...rate };
}

export function setRateLimit(
  { name, change, reason }: SetRateLimitRequest,
  call: Call,
  limits: RateLimits,
): SetRateLimitResponse {
  refuse(checkReason(reason), checkChange(change));
  const before = find(name, limits);
  const next = rateOf(change, before);
  call.reason = reason;
  call.resource = before.name;
  call.note({ limit: before.name, rate: showRate(next) });
  limits.set(before.name, next);
  return { limit: limitToWire(find(name, limits)), previous: rateToWire(before.rate) };
}

export function resetRateLimits(
  { principal, reason }: ResetRateLimitsRequest,
  call: Call,
  limits: RateLimits,
): ResetRateLimitsResponse {
  refuse(checkReason(reason), checkText("principal", principal, 500));
  call.reason = reason;
  call.resource = principal;
  if (principal === "") limits.reset();
  else limits.reset(principal);
  return {};
}

function find(name: string, limits: RateLimits): NamedLimit {
  const all = limits.limits();
  const found = all.find((limit) => limit.name === name);
  if (found !== undefined) return found;
  const names = all.map((limit) => limit.name).join(", ");
  throw notFound(
    `there is no rate limit ${name.slice(0, 100)}; there are ${names}`,
    "UNKNOWN_RATE_LIMIT",
    new Map([["names", names]]),
  );
}

type Change = SetRateLimitRequest["change"];

const MAX_COUNT = 1_000_000_000;

function checkChange(change: Change): readonly Violation[] {
  if (change === undefined) return wrong("change", "is required: a rate, off or configured");
  switch (change.$case) {
    case "rate": {
      const { count, perMs, burst } = change.value;
      return [
        ...checkRange("rate.count", count, 1, MAX_COUNT),
        ...checkRange("rate.per_ms", perMs, 1_000, 86_400_000),
        ...checkRange("rate.burst", burst, 0, MAX_COUNT),
      ];
    }
    case "off":
    case "configured":
      return checkTrue(change.$case, change.value);
    default:
      return change satisfies never;
  }
}

function rateOf(change: Change, { configured }: NamedLimit): Rate | null {
  if (change === undefined || change.$case === "off") return null;
  if (change.$case === "configured") return configured;
  const { count, perMs, burst } = change.value;
  return { count, perMs, burst: burst === 0 ? count : burst };
}
