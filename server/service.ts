import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { type MethodDefinition, Server, type ServerCredentials } from "@grpc/grpc-js";
import { HealthService } from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import { ServerReflectionService as ReflectionV1 } from "@workflow-compiler/proto/gen/grpc/reflection/v1/reflection.ts";
import {
  type CompileRequest,
  type CompileStreamRequest,
  CompileStreamResponse,
  type Component,
  CompilerServiceService as Contract,
  type ExplainDiagnosticRequest,
  type ExplainDiagnosticResponse,
  type ListComponentsRequest,
  type ListComponentsResponse,
  Target,
  type ValidateRequest,
  type CompileOptions as WireOptions,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import type { Source } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import type { Logger } from "pino";
import { type AdmissionParts, createAdmission } from "./admission/admission.ts";
import type { Call } from "./admission/call.ts";
import type { MessageGate } from "./admission/stream-messages.ts";
import type { CompileOptions, SourceInput } from "./artifact.ts";
import type { Answer } from "./cache/answer.ts";
import type { CompileCache } from "./cache/cache.ts";
import type { ComponentCatalogue } from "./components/component.ts";
import { codes, explain, isCode } from "./diagnostics/explain.ts";
import { nearest } from "./diagnostics/nearest.ts";
import { notFound, toStatus } from "./grpc/call-error.ts";
import { sendFramesUncopied } from "./grpc/frames.ts";
import { createHealth } from "./grpc/health.ts";
import { type Decoded, encodedMethod } from "./grpc/method.ts";
import { addReflection } from "./grpc/reflection.ts";
import { createRequestRules } from "./grpc/request-rules.ts";
import { answering, type Edge, normalise, received, unary } from "./grpc/serve.ts";
import { createTransport, transportOptions } from "./grpc/transport.ts";
import { catalogueToWire, categoryToWire, formatFromWire, severityToWire, targetFromWire } from "./grpc/wire.ts";

export interface ServiceParts {
  readonly cache: Pick<CompileCache, "known" | "compile" | "validate">;
  /** What ListComponents lists: the same that the compiler knows. */
  readonly components: ComponentCatalogue;
  /** The contract as `buf build --as-file-descriptor-set` wrote it, for reflection. */
  readonly descriptorSet: Uint8Array;
  readonly log: Logger;
  /** How large a definition may be, in bytes. The compiler reports one that is larger; this bounds what is received at all. */
  readonly maxSourceBytes: number;
  /** What calls pass on their way in and out. */
  readonly admission: Omit<AdmissionParts, "log" | "isDraining">;
  /** How often a silent connection is pinged, and how old one may get, in milliseconds. */
  readonly keepaliveMs: number;
  readonly connectionAgeMs: number;
  /** How many requests of one stream are worked on at once. */
  readonly streamConcurrency: number;
  /** Told of each definition that was worked on, and what came of it. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** What came of one definition. */
export interface Outcome {
  readonly kind: "compile" | "validate";
  readonly call: Call;
  readonly source: SourceInput;
  readonly options: CompileOptions;
  /** From when it was taken up, in milliseconds. */
  readonly durationMs: number;
  readonly result: { readonly answer: Answer } | { readonly fault: unknown };
}

export interface Service {
  /** @param address `host:port`; port 0 picks one. Gives it with the port as bound. Default credentials: no TLS. */
  listen(address: string, credentials?: ServerCredentials): Promise<string>;
  /** What health says. At the start nothing serves. */
  setServing(serving: boolean): void;
  /** Whether new calls are sent to other replicas; calls under way go on. */
  turnAway(away: boolean): void;
  load(): ServiceLoad;
  /**
   * Stops the service in order: health says NOT_SERVING, new calls are sent away, calls under way finish. After
   * `limitMs` milliseconds those that are left are cut off.
   */
  drain(limitMs: number): Promise<void>;
}

export interface ServiceLoad {
  /** Open at this moment, as the next. */
  readonly connections: number;
  readonly streams: number;
}

/** Names of all methods of a server, without the leading slash: labels of metrics. */
export const servedMethods: readonly string[] = [Contract, HealthService, ReflectionV1].flatMap((service) =>
  Object.values(service).map(({ path }) => path.slice(1)),
);

const serviceNames = ["workflow.compiler.v1.CompilerService"] as const;

/** What a message may hold besides a definition. Also lets the compiler, and not the transport, refuse one slightly too large. */
const RECEIVE_SLACK_BYTES = 1024 * 1024;

const MAX_STREAM_ID = 256;

/** The service on a server of its own: compiler, health and reflection. */
export function createService(parts: ServiceParts): Service {
  let draining = false;
  let turningAway = false;
  const streams = new Set<Call>();
  const admission = createAdmission({
    ...parts.admission,
    log: parts.log,
    isDraining: () => draining || turningAway,
    onEnd: [(call) => void streams.delete(call), ...(parts.admission.onEnd ?? [])],
  });
  const health = createHealth(serviceNames);
  sendFramesUncopied();
  const server = new Server({
    ...transportOptions({
      maxMessageBytes: parts.maxSourceBytes + RECEIVE_SLACK_BYTES,
      keepaliveMs: parts.keepaliveMs,
      connectionAgeMs: parts.connectionAgeMs,
      maxDeadlineMs: parts.admission.maxDeadlineMs,
    }),
    interceptors: [admission.interceptor],
  });
  const transport = createTransport(server, admission.transport);
  const edge: ServiceEdge = {
    log: parts.log,
    callOf: admission.callOf,
    openStream(call) {
      if (!call.signal.aborted) streams.add(call);
      return admission.openStream(call);
    },
    onMalformed: ({ address }) => admission.onPeerFault("malformed_message", address),
  };
  addCompiler(server, edge, parts);
  health.addTo(server);
  addReflection(server, parts.descriptorSet, [...serviceNames, "grpc.health.v1.Health"]);
  return {
    listen: transport.listen,
    setServing: (serving) => health.setServing(serving && !draining),
    turnAway(away) {
      turningAway = away;
    },
    load: () => ({ connections: admission.connections(), streams: streams.size }),
    async drain(limitMs) {
      draining = true;
      health.setServing(false);
      health.close();
      await transport.close(limitMs);
    },
  };
}

interface ServiceEdge extends Edge<Call> {
  openStream(call: Call): MessageGate;
}

function addCompiler(server: Server, edge: ServiceEdge, parts: ServiceParts): void {
  const rules = createRequestRules(parts.descriptorSet);
  const checkedMethod = <Request, Response>(method: MethodDefinition<Request, Response>) =>
    encodedMethod(method, rules(method.path));
  const definition = {
    validate: checkedMethod(Contract.validate),
    compile: checkedMethod(Contract.compile),
    compileStream: checkedMethod(Contract.compileStream),
    listComponents: checkedMethod(Contract.listComponents),
    explainDiagnostic: checkedMethod(Contract.explainDiagnostic),
  };
  const components = catalogueToWire(parts.components);
  server.addService(definition, {
    validate: unary(Contract.validate, edge, (request, call) => validate(request, call, parts)),
    compile: unary(Contract.compile, edge, (request, call) => compile(request, call, parts)),
    compileStream: answering(Contract.compileStream, edge, parts.streamConcurrency, (call) => {
      const gate = edge.openStream(call);
      return (request, index) => compileOne(request, index, { call, gate, edge, parts });
    }),
    listComponents: unary(Contract.listComponents, edge, (request) => listComponents(request, components)),
    explainDiagnostic: unary(Contract.explainDiagnostic, edge, explainDiagnostic),
  });
}

function validate(request: ValidateRequest, call: Call, parts: ServiceParts): Promise<Uint8Array> {
  const { source, options } = asked(request.source, { allowInlineCode: request.allowInlineCode });
  call.note({ source: source.name, bytes: source.content.length });
  const use = { profile: request.profile };
  const { allowInlineCode } = options;
  return answered("validate", call, source, options, parts, () =>
    parts.cache.validate(source, { allowInlineCode, ...(request.fix && { fix: true }) }, use, call.signal),
  );
}

function compile(request: CompileRequest, call: Call, parts: ServiceParts): Uint8Array | Promise<Uint8Array> {
  const { source, options } = asked(request.source, request.options);
  call.note({ source: source.name, bytes: source.content.length });
  const use = { noCache: request.options?.noCache ?? false, profile: request.options?.profile ?? false };
  const known = parts.cache.known(source, options, use);
  if (known !== null) {
    parts.onOutcome?.({ kind: "compile", call, source, options, durationMs: 0, result: { answer: known } });
    return replyOf(call, "compiled", known);
  }
  return answered("compile", call, source, options, parts, () =>
    parts.cache.compile(source, options, use, call.signal),
  );
}

/** Waits for an answer, and tells what came of it. */
async function answered(
  kind: Outcome["kind"],
  call: Call,
  source: SourceInput,
  options: CompileOptions,
  { onOutcome }: ServiceParts,
  ask: () => Promise<Answer>,
): Promise<Uint8Array> {
  const start = performance.now();
  const tell = (result: Outcome["result"]): void =>
    onOutcome?.({ kind, call, source, options, durationMs: performance.now() - start, result });
  try {
    const answer = await ask();
    tell({ answer });
    return replyOf(call, kind === "compile" ? "compiled" : "valid", answer);
  } catch (fault) {
    tell({ fault });
    throw fault;
  }
}

/** The bytes to send; what the call's log line and audit record say of them is noted. */
function replyOf(call: Call, success: "valid" | "compiled", answer: Answer): Uint8Array {
  const { reply, sourceDigest, format, ok, diagnostics, errorCodes, use } = answer;
  call.resource = sourceDigest;
  call.errorCode = errorCodes[0] ?? "";
  call.note({ format: format ?? "unknown", [success]: ok, diagnostics, cache: use ?? "none" });
  return reply;
}

interface OpenStream {
  readonly call: Call;
  readonly gate: MessageGate;
  readonly edge: ServiceEdge;
  readonly parts: ServiceParts;
}

/** One request of a stream. Whatever goes wrong with it is its answer, and the stream goes on. */
async function compileOne(
  decoded: Decoded<CompileStreamRequest>,
  index: number,
  { call, gate, edge, parts }: OpenStream,
): Promise<CompileStreamResponse | Uint8Array> {
  const id = "request" in decoded ? decoded.request.id.slice(0, MAX_STREAM_ID) : "";
  try {
    const reply = await gate.run(async (signal) => {
      const request = received(decoded, call, edge);
      return compile(request, messageOf(call, signal), parts);
    });
    return streamReply(id, index, reply);
  } catch (fault) {
    const value = toStatus(normalise(fault, call.method, edge.log));
    return { id, index, result: { $case: "error", value } };
  }
}

/** A call for one message of a stream: its line in the log and its record in the audit log are those of the stream. */
function messageOf(
  { requestId, method, address, principal, arrivedAt, notes, traceId }: Call,
  signal: AbortSignal,
): Call {
  const own = { signal, note: () => {}, notes, resource: "", reason: "", errorCode: "" };
  return { requestId, method, address, principal, arrivedAt, traceId, ...own };
}

/** CompileStreamResponse with an encoded CompileResponse in `response`, field 3: answers are kept as bytes. */
function streamReply(id: string, index: number, reply: Uint8Array): Uint8Array {
  const writer = new BinaryWriter();
  CompileStreamResponse.encode({ id, index, result: undefined }, writer);
  return writer
    .uint32((3 << 3) | 2)
    .bytes(reply)
    .finish();
}

function listComponents(
  { typePrefix }: ListComponentsRequest,
  components: readonly Component[],
): ListComponentsResponse {
  return { components: components.filter(({ type }) => type.startsWith(typePrefix)) };
}

function explainDiagnostic({ code }: ExplainDiagnosticRequest): ExplainDiagnosticResponse {
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

/** What to compile and how. The contract's rules have been kept by then: there is a source, and enums have their values. */
function asked(
  source: Source | undefined,
  options: Partial<WireOptions> = {},
): { source: SourceInput; options: CompileOptions } {
  if (source === undefined) throw new Error("a request without a source has passed the rules");
  const { format, content, name } = source;
  const target = targetFromWire(options.target ?? Target.TARGET_UNSPECIFIED) ?? "module";
  return {
    source: { format: formatFromWire(format) ?? null, content, name },
    options: {
      target,
      allowInlineCode: options.allowInlineCode ?? false,
      ...(options.ir && { ir: true }),
      ...(options.controlFlow && { controlFlow: true }),
    },
  };
}
