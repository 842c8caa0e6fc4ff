import {
  CacheOutcome,
  CompileResponse,
  ValidateResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Severity } from "@workflow-compiler/proto/gen/workflow/compiler/v1/diagnostic.ts";
import type { Compilation, Format, Validation } from "../artifact.ts";
import { framed } from "../grpc/frames.ts";
import {
  artifactToWire,
  controlFlowToWire,
  diagnosticToWire,
  formatFromWire,
  formatToWire,
  profileToWire,
} from "../grpc/wire.ts";

/** An answer as it is kept: the bytes to send, and what logs and metrics want to know of it. */
export interface Kept {
  readonly kind: "compile" | "validate";
  /** The encoded answer without a profile, ready to be sent uncopied. A CompileResponse says that it is a hit. */
  readonly reply: Buffer;
  /** The encoded `profile` of the run that made it: a message goes on where another one ends. */
  readonly profile: Buffer;
  readonly format: Format | null;
  /** Whether the definition is valid, and compiled if that was asked for. */
  readonly ok: boolean;
  /** How many diagnostics it has. */
  readonly diagnostics: number;
  /** Codes of those of severity "error". */
  readonly errorCodes: readonly string[];
  /** SHA-256 of the artifact; "" without one. */
  readonly artifactDigest: string;
}

export function keepCompilation({ artifact, diagnostics, format, stages, ir, controlFlow }: Compilation): Kept {
  const response: CompileResponse = {
    ir: ir ?? "",
    controlFlow: controlFlow && controlFlowToWire(controlFlow),
    artifact: artifact === null ? undefined : artifactToWire(artifact),
    diagnostics: diagnostics.map(diagnosticToWire),
    format: formatToWire(format),
    cache: CacheOutcome.CACHE_OUTCOME_HIT,
    profile: undefined,
  };
  return keepResponse(response, encodeProfile({ profile: profileToWire(stages) }), format);
}

export function keepValidation({ valid, diagnostics, format, stages, fixed }: Validation): Kept {
  const nothing = { fixedContent: Buffer.alloc(0), appliedFixes: [] };
  const mended = fixed && { fixedContent: Buffer.from(fixed.content), appliedFixes: [...fixed.fixes] };
  const response = {
    ...(mended ?? nothing),
    valid,
    diagnostics: diagnostics.map(diagnosticToWire),
    format: formatToWire(format),
  };
  const empty = { ...nothing, valid: false, diagnostics: [], format: formatToWire(null) };
  return {
    kind: "validate",
    reply: framed(ValidateResponse.encode({ ...response, profile: undefined }).finish()),
    profile: ownBytes(ValidateResponse.encode({ ...empty, profile: profileToWire(stages) }).finish()),
    format,
    ok: valid,
    diagnostics: diagnostics.length,
    errorCodes: diagnostics.flatMap(({ code, severity }) => (severity === "error" ? [code] : [])),
    artifactDigest: "",
  };
}

/** The answer to send. `hit` without a profile costs nothing: it is the kept bytes themselves. */
export function compileReply({ reply, profile }: Kept, outcome: CacheOutcome, withProfile: boolean): Buffer {
  if (outcome === CacheOutcome.CACHE_OUTCOME_HIT) return withProfile ? Buffer.concat([reply, profile]) : reply;
  const other = withProfile ? Buffer.concat([reply, profile]) : Buffer.from(reply);
  // The outcome is the last field but the profile, and its value, below 128, the last byte of it.
  other[reply.length - 1] = outcome;
  return other;
}

/** As replicas and the store share it: a CompileResponse with its profile. */
export function toShared({ reply, profile }: Kept): Buffer {
  return Buffer.concat([reply, profile]);
}

/** Null where the bytes are not what `toShared` makes. */
export function fromShared(bytes: Uint8Array): Kept | null {
  try {
    const response = CompileResponse.decode(bytes);
    const format = formatFromWire(response.format);
    if (format === undefined || response.cache !== CacheOutcome.CACHE_OUTCOME_HIT) return null;
    const kept = keepResponse({ ...response, profile: undefined }, encodeProfile(response), format);
    return kept.ok || kept.errorCodes.length > 0 ? kept : null;
  } catch {
    return null;
  }
}

function keepResponse(response: CompileResponse, profile: Buffer, format: Format | null): Kept {
  const errors = response.diagnostics.filter(({ severity }) => severity === Severity.SEVERITY_ERROR);
  return {
    kind: "compile",
    reply: framed(withOutcomeLast(response)),
    profile,
    format,
    ok: response.artifact !== undefined,
    diagnostics: response.diagnostics.length,
    errorCodes: errors.map(({ code }) => code),
    artifactDigest: response.artifact?.digest ?? "",
  };
}

function encodeProfile({ profile }: Pick<CompileResponse, "profile">): Buffer {
  const cache = CacheOutcome.CACHE_OUTCOME_UNSPECIFIED;
  return ownBytes(CompileResponse.encode({ ...emptyResponse(cache), profile }).finish());
}

/** Fields may come in any order; `compileReply` wants to find the outcome. */
function withOutcomeLast(response: CompileResponse): Uint8Array {
  const { ir, controlFlow } = response;
  const rest = CompileResponse.encode({ ...response, ir: "", controlFlow: undefined }).finish();
  if (ir === "" && controlFlow === undefined) return rest;
  const extras = { ...emptyResponse(CacheOutcome.CACHE_OUTCOME_UNSPECIFIED), ir, controlFlow };
  return Buffer.concat([CompileResponse.encode(extras).finish(), rest]);
}

function emptyResponse(cache: CacheOutcome): CompileResponse {
  const format = formatToWire(null);
  return { artifact: undefined, diagnostics: [], format, cache, profile: undefined, ir: "", controlFlow: undefined };
}

/** Memory of their own: a small Buffer is otherwise a piece of a larger one, which it would keep alive. */
function ownBytes(bytes: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}
