import {
  type CaptureProfileRequest,
  type CaptureProfileResponse,
  ProfileKind,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Call } from "../admission/call.ts";
import { chunked } from "./chunks.ts";
import { busy } from "./faults.ts";
import { checkRange, checkReason, refuse, wrongField } from "./fields.ts";
import type { OperationsParts } from "./parts.ts";
import type { ProfileWish } from "./profiler.ts";

const DEFAULT_MS = 10_000;
const MAX_MS = 60_000;

const suffixes = { cpu: "cpuprofile", "heap-snapshot": "heapsnapshot", allocations: "heapprofile" } as const;

export async function* captureProfile(
  request: CaptureProfileRequest,
  call: Call,
  { profiler, identity }: Pick<OperationsParts, "profiler" | "identity">,
): AsyncGenerator<CaptureProfileResponse> {
  refuse(checkReason(request.reason));
  const wish = wishOf(request);
  const release = profiler.reserve();
  if (release === null) throw busy("PROFILE_RUNNING", "a profile is being recorded already");
  try {
    call.reason = request.reason;
    call.resource = wish.kind;
    const startedAt = new Date();
    const replica = identity.replicaId.replaceAll(/[^\w.-]/g, "-");
    const fileName = `${replica}-${startedAt.toISOString().replaceAll(/[:.]/g, "-")}.${suffixes[wish.kind]}`;
    yield { part: { $case: "header", value: { fileName, kind: request.kind, startedAt } } };
    for await (const value of chunked(profiler.capture(wish, call.signal))) yield { part: { $case: "chunk", value } };
  } finally {
    release();
  }
}

function wishOf({ kind, durationMs, interval }: CaptureProfileRequest): ProfileWish {
  const duration = durationMs === 0 ? DEFAULT_MS : durationMs;
  const intervalFrom = (fallback: number, min: number, max: number): number => {
    const wanted = interval === 0 ? fallback : interval;
    refuse(checkRange("duration_ms", duration, 100, MAX_MS), checkRange("interval", wanted, min, max));
    return wanted;
  };
  switch (kind) {
    case ProfileKind.PROFILE_KIND_CPU:
      return { kind: "cpu", durationMs: duration, intervalMicros: intervalFrom(1_000, 100, 10_000) };
    case ProfileKind.PROFILE_KIND_ALLOCATIONS:
      return { kind: "allocations", durationMs: duration, intervalBytes: intervalFrom(32_768, 1_024, 1_048_576) };
    case ProfileKind.PROFILE_KIND_HEAP_SNAPSHOT:
      return { kind: "heap-snapshot" };
    case ProfileKind.PROFILE_KIND_UNSPECIFIED:
      throw wrongField("kind", "is required");
    default:
      throw wrongField("kind", `has no value ${kind}`);
  }
}
