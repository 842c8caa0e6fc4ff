import { readFileSync } from "node:fs";
import {
  type CallOptions,
  type ChannelOptions,
  type Client,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { Status } from "@workflow-compiler/proto/gen/google/rpc/status.ts";
import { CompilerServiceClient } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format, type Source } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { pino } from "pino";
import { createRateLimiter, type Rates } from "../../server/admission/rate-limit.ts";
import type { Compilation, CompilePool, Validation } from "../../server/artifact.ts";
import { createCache } from "../../server/cache/cache.ts";
import { createCatalogue } from "../../server/components/catalogue.ts";
import { createService, type ServiceParts } from "../../server/service.ts";
import { defaultLimits } from "../../server/source/limits.ts";

/** A service on a free port of this machine, with a client, and the lines that it has logged. */
export interface Harness {
  readonly address: string;
  readonly client: CompilerServiceClient;
  readonly log: readonly Record<string, unknown>[];
  readonly service: ReturnType<typeof createService>;
  stop(): Promise<void>;
}

export const noRates: Rates = { call: null, connection: null, stream: null, global: null };

type HarnessParts = Partial<Omit<ServiceParts, "admission">> & {
  readonly admission?: Partial<ServiceParts["admission"]>;
};

/** Without rate limits, authentication and a store, unless told otherwise. */
export async function startHarness(pool: Partial<CompilePool>, more: HarnessParts = {}): Promise<Harness> {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const service = createService({
    cache: createCache({
      pool: { ...idlePool, ...pool },
      identity: { version: "", build: "", limits: defaultLimits, components: new Map() },
      memoryBytes: 0,
      shared: null,
      stored: null,
    }),
    components: createCatalogue(new Map()),
    descriptorSet: readFileSync(new URL("../../proto/gen/descriptors.binpb", import.meta.url)),
    log,
    maxSourceBytes: 1024 * 1024,
    streamConcurrency: 4,
    keepaliveMs: 30_000,
    connectionAgeMs: 600_000,
    ...more,
    admission: {
      limiter: createRateLimiter(noRates),
      maxConnections: 1_000,
      deadlineMs: 10_000,
      maxDeadlineMs: 60_000,
      onEnd: [({ method, requestId, notes }, end) => log.info({ call: method, requestId, ...end, ...notes }, "call")],
      ...more.admission,
    },
  });
  const address = await service.listen("127.0.0.1:0");
  service.setServing(true);
  const client = connect(address);
  return {
    address,
    client,
    log: lines,
    service,
    async stop() {
      client.close();
      await service.drain(100);
    },
  };
}

export function connect(address: string, options: ChannelOptions = {}): CompilerServiceClient {
  return new CompilerServiceClient(address, credentials.createInsecure(), {
    "grpc.max_send_message_length": -1,
    ...options,
  });
}

export const validAnswer: Validation = { valid: true, diagnostics: [], format: "graph", stages: [] };
export const emptyCompilation: Compilation = {
  artifact: null,
  diagnostics: [],
  format: "graph",
  workflowType: "",
  stages: [],
};

const idlePool: CompilePool = {
  ready: () => Promise.resolve(),
  validate: () => Promise.resolve(validAnswer),
  compile: () => Promise.resolve(emptyCompilation),
  close: () => Promise.resolve(),
};

export function sourceOf(text: string, more: Partial<Source> = {}): Source {
  return { format: Format.FORMAT_UNSPECIFIED, content: Buffer.from(text), name: "test.yaml", ...more };
}

/** A unary call as a promise. */
export function call<Request, Response>(
  client: Client,
  method: MethodDefinition<Request, Response>,
  request: Request,
  options: CallOptions = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = method;
    const answer = (error: ServiceError | null, response?: Response): void => {
      if (response !== undefined) resolve(response);
      else reject(error);
    };
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), options, answer);
  });
}

export interface Failure {
  readonly code: number;
  readonly details: string;
  /** google.rpc details by type name, as bytes. */
  readonly rich: ReadonlyMap<string, Uint8Array>;
  readonly status: Status | null;
}

/** How a call fails; throws where it does not. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (error) {
    return readFailure(error as ServiceError);
  }
  throw new Error("the call did not fail");
}

export function readFailure(error: ServiceError): Failure {
  const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
  const status = Buffer.isBuffer(bytes) ? Status.decode(bytes) : null;
  const rich = new Map(
    status?.details.map((any) => [any.typeUrl.replace("type.googleapis.com/google.rpc.", ""), any.value]),
  );
  return { code: error.code, details: error.details, rich, status };
}
