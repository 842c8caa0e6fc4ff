import { Server, ServerCredentials } from "@grpc/grpc-js";
import protobuf from "protobufjs";

/** A span as it came over OTLP. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: ReadonlyMap<string, unknown>;
  readonly resource: ReadonlyMap<string, unknown>;
  readonly scope: string;
}

export interface Collector {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** What it answers from now on; 0 is OK. */
  answerWith(code: number): void;
  readonly requests: () => number;
  stop(): void;
}

/** What this reads of the OTLP messages (opentelemetry-proto, trace/v1). */
const schema = `syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Scope { string name = 1; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start = 7; fixed64 end = 8; repeated KeyValue attributes = 9;
}
message KeyValue { string key = 1; Value value = 2; }
message Value { oneof value { string s = 1; bool b = 2; int64 i = 3; double d = 4; } }`;

const requestType = protobuf.parse(schema).root.lookupType("Request");

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly kind: number;
        readonly start: string;
        readonly end: string;
        readonly attributes?: readonly KeyValue[];
      }[];
    }[];
  }[];
}

/** An OTLP collector on a free port that keeps what it is sent. */
export async function startCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  let code = 0;
  let requests = 0;
  const server = new Server();
  const bytes = (buffer: Buffer): Buffer => buffer;
  const path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
  const codec = {
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  server.addService(
    { export: { path, requestStream: false, responseStream: false, ...codec } },
    {
      export: (call: { request: Buffer }, callback: (error: object | null, answer?: Buffer) => void) => {
        requests++;
        if (code !== 0) return callback({ code, details: "as told" });
        spans.push(...read(call.request));
        callback(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    answerWith(next) {
      code = next;
    },
    requests: () => requests,
    stop: () => server.forceShutdown(),
  };
}

function read(message: Buffer): readonly ReceivedSpan[] {
  const request = requestType.toObject(requestType.decode(message), { bytes: String, longs: String }) as Request;
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId ?? ""),
        name: span.name,
        kind: span.kind,
        startMs: Number(BigInt(span.start) / 1_000n) / 1_000,
        endMs: Number(BigInt(span.end) / 1_000n) / 1_000,
        attributes: attributesOf(span.attributes ?? []),
        resource: attributesOf(resource.attributes),
        scope: scope.name,
      })),
    ),
  );
}

function attributesOf(pairs: readonly KeyValue[]): ReadonlyMap<string, unknown> {
  return new Map(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}

function hex(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}
