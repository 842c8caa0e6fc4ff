import { Server } from "@grpc/grpc-js";
import {
  CacheOutcome,
  type CompileRequest,
  type CompileResponse,
  type CompileStreamRequest,
  type CompileStreamResponse,
  type Component,
  CompilerServiceService as Contract,
  type ExplainDiagnosticRequest,
  type ExplainDiagnosticResponse,
  type ListComponentsRequest,
  type ListComponentsResponse,
  Target,
  type ValidateRequest,
  type ValidateResponse,
  type CompileOptions as WireOptions,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import type { Source } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import type { Logger } from "pino";
import type { CompileOptions, CompilePool, SourceInput } from "./artifact.ts";
import type { ComponentCatalogue } from "./components/component.ts";
import { codes, explain, isCode } from "./diagnostics/explain.ts";
import { nearest } from "./diagnostics/nearest.ts";
import { invalidArgument, notFound, toStatus, type Violation } from "./grpc/call-error.ts";
import { createHealth } from "./grpc/health.ts";
import { type Decoded, encodedMethod } from "./grpc/method.ts";
import { addReflection } from "./grpc/reflection.ts";
import { answering, type CallContext, type Edge, normalise, received, unary, withinLimits } from "./grpc/serve.ts";
import {
  artifactToWire,
  catalogueToWire,
  categoryToWire,
  diagnosticToWire,
  formatFromWire,
  formatToWire,
  profileToWire,
  severityToWire,
  targetFromWire,
} from "./grpc/wire.ts";

export interface ServiceParts {
  readonly pool: CompilePool;
  /** What ListComponents lists: the same that the pool compiles with. */
  readonly components: ComponentCatalogue;
  /** The contract as `buf build --as-file-descriptor-set` wrote it, for reflection. */
  readonly descriptorSet: Uint8Array;
  readonly log: Logger;
  /** How large a definition may be, in bytes. The compiler reports one that is larger; this bounds what is received at all. */
  readonly maxSourceBytes: number;
  /** How long an answer may take, in milliseconds. */
  readonly deadlineMs: number;
  /** How many requests of one stream are worked on at once. */
  readonly streamConcurrency: number;
}

export interface Service {
  /** Not bound to an address yet. */
  readonly server: Server;
  /** From now on health says SERVING. */
  open(): void;
  /**
   * Stops the service in order: health says NOT_SERVING, new calls are sent away, calls under way finish. After
   * `limitMs` milliseconds those that are left are cut off.
   */
  drain(limitMs: number): Promise<void>;
}

const serviceNames = ["workflow.compiler.v1.CompilerService"] as const;

/** What a message may hold besides a definition. Also lets the compiler, and not the transport, refuse one slightly too large. */
const RECEIVE_SLACK_BYTES = 1024 * 1024;

/** Calls at once on one connection. grpc-js has no limit of its own. */
const MAX_STREAMS = 256;

const MAX_NAME = 1_024;
const MAX_STREAM_ID = 256;

/** The service on a server of its own: compiler, health and reflection. */
export function createService(parts: ServiceParts): Service {
  let draining = false;
  const edge: Edge = { log: parts.log, deadlineMs: parts.deadlineMs, isDraining: () => draining };
  const health = createHealth(serviceNames);
  const server = new Server({
    "grpc.max_receive_message_length": parts.maxSourceBytes + RECEIVE_SLACK_BYTES,
    "grpc.max_concurrent_streams": MAX_STREAMS,
  });
  addCompiler(server, edge, parts);
  health.addTo(server);
  addReflection(server, parts.descriptorSet, [...serviceNames, "grpc.health.v1.Health"]);
  return {
    server,
    open: () => health.setServing(true),
    async drain(limitMs) {
      draining = true;
      health.setServing(false);
      health.close();
      await shutDown(server, limitMs);
    },
  };
}

function addCompiler(server: Server, edge: Edge, parts: ServiceParts): void {
  const definition = {
    validate: encodedMethod(Contract.validate),
    compile: encodedMethod(Contract.compile),
    compileStream: encodedMethod(Contract.compileStream),
    listComponents: encodedMethod(Contract.listComponents),
    explainDiagnostic: encodedMethod(Contract.explainDiagnostic),
  };
  const components = catalogueToWire(parts.components);
  server.addService(definition, {
    validate: unary(Contract.validate, edge, (request, call) => validate(request, call, parts.pool)),
    compile: unary(Contract.compile, edge, (request, call) => compile(request, call, parts.pool)),
    compileStream: answering(Contract.compileStream, edge, parts.streamConcurrency, (request, index, signal) =>
      compileOne(request, index, signal, edge, parts.pool),
    ),
    listComponents: unary(Contract.listComponents, edge, (request) => listComponents(request, components)),
    explainDiagnostic: unary(Contract.explainDiagnostic, edge, explainDiagnostic),
  });
}

async function validate(request: ValidateRequest, call: CallContext, pool: CompilePool): Promise<ValidateResponse> {
  const { source } = checked(request.source);
  call.note({ source: source.name, bytes: source.content.length });
  const { valid, diagnostics, format, stages } = await pool.validate(source, call.signal);
  call.note({ format: format ?? "unknown", valid, diagnostics: diagnostics.length });
  return {
    valid,
    diagnostics: diagnostics.map(diagnosticToWire),
    format: formatToWire(format),
    profile: request.profile ? profileToWire(stages) : undefined,
  };
}

async function compile(request: CompileRequest, call: CallContext, pool: CompilePool): Promise<CompileResponse> {
  const { source, options } = checked(request.source, request.options);
  call.note({ source: source.name, bytes: source.content.length });
  const { artifact, diagnostics, format, stages } = await pool.compile(source, options, call.signal);
  call.note({ format: format ?? "unknown", compiled: artifact !== null, diagnostics: diagnostics.length });
  return {
    artifact: artifact === null ? undefined : artifactToWire(artifact),
    diagnostics: diagnostics.map(diagnosticToWire),
    format: formatToWire(format),
    cache: CacheOutcome.CACHE_OUTCOME_UNSPECIFIED,
    profile: request.options?.profile ? profileToWire(stages) : undefined,
  };
}

/** One request of a stream. Whatever goes wrong with it is its answer, and the stream goes on. */
async function compileOne(
  decoded: Decoded<CompileStreamRequest>,
  index: number,
  caller: AbortSignal,
  edge: Edge,
  pool: CompilePool,
): Promise<CompileStreamResponse> {
  const id = "request" in decoded ? decoded.request.id.slice(0, MAX_STREAM_ID) : "";
  try {
    const value = await withinLimits(edge, caller, (signal) => {
      const request = received(decoded);
      refuse(tooLong("id", request.id, MAX_STREAM_ID));
      return compile(request, { signal, note: () => {} }, pool);
    });
    return { id, index, result: { $case: "response", value } };
  } catch (fault) {
    const value = toStatus(normalise(fault, Contract.compileStream.path, edge.log));
    return { id, index, result: { $case: "error", value } };
  }
}

function listComponents(
  { typePrefix }: ListComponentsRequest,
  components: readonly Component[],
): ListComponentsResponse {
  return { components: components.filter(({ type }) => type.startsWith(typePrefix)) };
}

function explainDiagnostic({ code }: ExplainDiagnosticRequest): ExplainDiagnosticResponse {
  if (code === "") throw invalidArgument([{ field: "code", description: "must not be empty" }]);
  if (!isCode(code)) {
    const near = nearest(code, codes);
    const hint = near === "" ? "" : `; did you mean ${near}?`;
    throw notFound(
      `there is no diagnostic ${code.slice(0, 100)}${hint}`,
      "UNKNOWN_DIAGNOSTIC",
      new Map([["nearest", near]]),
    );
  }
  const { category, severity, suggestions, docsLinks, ...rest } = explain(code);
  return {
    ...rest,
    category: categoryToWire(category),
    severity: severityToWire(severity),
    suggestions: [...suggestions],
    docsLinks: [...docsLinks],
  };
}

/** What to compile and how, or every field of the request that is wrong. */
function checked(source: Source | undefined, options?: WireOptions): { source: SourceInput; options: CompileOptions } {
  if (source === undefined) throw invalidArgument([{ field: "source", description: "is required" }]);
  const format = formatFromWire(source.format);
  const target = targetFromWire(options?.target ?? Target.TARGET_UNSPECIFIED);
  const violations = tooLong("source.name", source.name, MAX_NAME);
  if (source.content.length === 0) violations.push({ field: "source.content", description: "must not be empty" });
  if (format === undefined) violations.push({ field: "source.format", description: `has no value ${source.format}` });
  if (target === undefined)
    violations.push({ field: "options.target", description: `has no value ${options?.target}` });
  refuse(violations);
  return {
    source: { format: format ?? null, content: source.content, name: source.name },
    options: { target: target ?? "module", allowInlineCode: options?.allowInlineCode ?? false },
  };
}

function tooLong(field: string, text: string, limit: number): Violation[] {
  return text.length <= limit ? [] : [{ field, description: `has ${text.length} characters; the limit is ${limit}` }];
}

function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw invalidArgument(violations);
}

/** Waits for calls under way. What is still open at the limit, a stuck call or a connection without a preface, is cut off. */
function shutDown(server: Server, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, limitMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
