import { CacheOutcome } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import type { Compilation, Format, StageTime, Validation } from "../artifact.ts";
import { compileReply, type Kept } from "./kept.ts";
import type { CacheUse } from "./statistics.ts";

/** An answer to Compile or Validate, ready to send, and what logs, audit and metrics want to know of it. */
export interface Answer {
  /** The encoded CompileResponse or ValidateResponse. Others get the same bytes: do not change them. */
  readonly reply: Buffer;
  /** null: the server has no cache. */
  readonly use: CacheUse | null;
  /** SHA-256 of the source's content: what the audit log says that a call was about. */
  readonly sourceDigest: string;
  readonly format: Format | null;
  /** Whether the definition is valid, and compiled if that was asked for. */
  readonly ok: boolean;
  readonly diagnostics: number;
  /** Codes of the diagnostics of severity "error". */
  readonly errorCodes: readonly string[];
  /** A run of the compiler that ended with this answer. Of the calls that share it, one is told. */
  readonly run: Run | null;
}

export interface Run {
  readonly stages: readonly StageTime[];
  /** "" for Validate. */
  readonly workflowType: string;
  /** From when it was asked for, waiting for a worker included. */
  readonly durationMs: number;
}

/** What determines an answer as it is sent, besides what was found. */
interface Circumstances {
  readonly sourceDigest: string;
  readonly use: CacheUse | null;
  readonly profile: boolean;
  readonly run: Run | null;
  /** Whether replicas share the store. */
  readonly storeIsShared: boolean;
}

export function toAnswer(kept: Kept, { sourceDigest, use, profile, run, storeIsShared }: Circumstances): Answer {
  return {
    reply:
      kept.kind === "validate"
        ? validateReply(kept, profile)
        : compileReply(kept, outcomeOf(use, storeIsShared), profile),
    use,
    sourceDigest,
    format: kept.format,
    ok: kept.ok,
    diagnostics: kept.diagnostics,
    errorCodes: kept.errorCodes,
    run,
  };
}

/**
 * Whether the same call would be answered so again. Not where the job limit ended it, which another time it may not reach,
 * and not where the fault is ours: nobody should have to clear the cache after it is mended.
 */
export function isLasting({ diagnostics }: Pick<Compilation | Validation, "diagnostics">): boolean {
  return !diagnostics.some(
    ({ code, context }) => code === "WF_COMPILE_002" || (code === "WF_COMPILE_004" && context.stage === "compile"),
  );
}

function validateReply({ reply, profile }: Kept, withProfile: boolean): Buffer {
  return withProfile ? Buffer.concat([reply, profile]) : reply;
}

function outcomeOf(use: CacheUse | null, storeIsShared: boolean): CacheOutcome {
  switch (use) {
    case null:
      return CacheOutcome.CACHE_OUTCOME_UNSPECIFIED;
    case "memory":
      return CacheOutcome.CACHE_OUTCOME_HIT;
    case "redis":
      return CacheOutcome.CACHE_OUTCOME_SHARED_HIT;
    case "store":
      return storeIsShared ? CacheOutcome.CACHE_OUTCOME_SHARED_HIT : CacheOutcome.CACHE_OUTCOME_HIT;
    case "coalesced":
      return CacheOutcome.CACHE_OUTCOME_COALESCED;
    case "miss":
      return CacheOutcome.CACHE_OUTCOME_MISS;
    case "bypassed":
      return CacheOutcome.CACHE_OUTCOME_BYPASSED;
    default:
      return use satisfies never;
  }
}
