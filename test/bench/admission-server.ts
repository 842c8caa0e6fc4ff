/**
 * The server side of `admission.ts`, a process of its own for each variant: its CPU time is what is measured. Speaks to its
 * parent by messages: each one is answered with the microseconds of CPU so far.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import {
  CacheOutcome,
  type CompileRequest,
  CompileResponse,
  CompilerServiceService as Contract,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { createAuthentication } from "../../server/admission/authentication.ts";
import { createAuthorisation } from "../../server/admission/authorisation.ts";
import type { EndListener } from "../../server/admission/chain.ts";
import { createRateLimiter } from "../../server/admission/rate-limit.ts";
import type { Compilation } from "../../server/artifact.ts";
import { createCache } from "../../server/cache/cache.ts";
import { createCatalogue } from "../../server/components/catalogue.ts";
import { createService, servedMethods } from "../../server/service.ts";
import { defaultLimits } from "../../server/source/limits.ts";
import { openStore } from "../../server/store/store.ts";
import { createLog } from "../../server/telemetry/log.ts";
import { createMetrics } from "../../server/telemetry/metrics.ts";
import { startTracing } from "../../server/telemetry/tracing.ts";

const [name = "bare", collector = ""] = process.argv.slice(2);
const variant = name.replace(/-flags$/, "");
if (variant !== name) {
  // As main.ts sets them.
  setFlagsFromString("--max-semi-space-size=4");
  setFlagsFromString("--heap-growing-percent=70");
}

/** 20 KB of answer: four files, as a module of about 150 lines has. */
const line = 'const charge = await call(scope, "charge", activities["payments.charge"], { amount: input.total });\n';
const files = [80, 50, 30, 40].map((lines, i) => ({ path: `workflow${i}.ts`, content: line.repeat(lines) }));
const artifact = {
  digest: "0".repeat(64),
  compilerVersion: "0.1.0",
  workflowName: "order-fulfilment",
  entrypoint: "workflow.ts",
  files,
  inputSchema: '{"type":"object"}',
  outputSchema: '{"type":"object"}',
  activities: [],
};
const compilation: Compilation = { artifact, diagnostics: [], format: "graph", workflowType: "order", stages: [] };
const reply: CompileResponse = {
  artifact,
  diagnostics: [],
  format: Format.FORMAT_GRAPH,
  cache: CacheOutcome.CACHE_OUTCOME_HIT,
  profile: undefined,
  ir: "",
  controlFlow: undefined,
};

const layers = ["admission", "metrics", "log", "audit", "tracing"] as const;
type Layer = (typeof layers)[number];

/** A variant is a layer with all those before it, or with `only-` that one and the first. */
function has(layer: Layer): boolean {
  const asked = variant.replace("only-", "");
  if (variant.startsWith("only-")) return layer === asked || layer === "admission";
  const order: readonly string[] = layers;
  return order.indexOf(layer) <= order.indexOf(asked);
}

const cleanUps: (() => unknown)[] = [];

async function start(): Promise<number> {
  if (variant === "bytes") return listen(bare(Buffer.from(CompileResponse.encode(reply).finish())));
  if (variant === "bare" || variant === "again") return listen(bare(reply));
  if (has("admission")) return whole();
  throw new Error(`there is no variant ${variant}`);
}

/** What a plain service of grpc-js and ts-proto would be. */
function bare(answer: CompileResponse | Buffer): Server {
  const server = new Server();
  const { compile } = Contract;
  const definition = Buffer.isBuffer(answer) ? { ...compile, responseSerialize: (bytes: Buffer) => bytes } : compile;
  server.addService(
    { compile: definition },
    {
      compile: (call: ServerUnaryCall<CompileRequest, unknown>, callback: sendUnaryData<unknown>) => {
        if (call.request.source?.content.length === 0) throw new Error("the request is empty");
        callback(null, answer);
      },
    },
  );
  return server;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    const bound = (error: Error | null, port: number): void => (error ? reject(error) : resolve(port));
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), bound);
  });
}

/** The service as replica.ts composes it, up to the layer that is asked for, with a compiler that knows one answer. */
async function whole(): Promise<number> {
  const log = createLog("info");
  const metrics = createMetrics({ version: "0.1.0", slot: "", methods: servedMethods });
  const cache = createCache({
    pool: {
      compile: () => Promise.resolve(compilation),
      validate: () => Promise.reject(new Error("not measured")),
    },
    identity: { version: "0.1.0", build: "", limits: defaultLimits, components: new Map() },
    memoryBytes: 64 * 1024 * 1024,
    shared: null,
    stored: null,
  });
  const onEnd: EndListener[] = [];
  if (has("audit")) onEnd.push(await auditing());
  if (has("metrics")) onEnd.push(metrics.callEnded);
  if (has("log")) onEnd.push(log.callEnded);
  if (has("tracing")) await startTracing({ ...tracingOptions, url: collector });
  const plenty = { count: 1_000_000_000, perMs: 1_000, burst: 1_000_000_000 };
  const service = createService({
    cache,
    components: createCatalogue(new Map()),
    descriptorSet: readFileSync(new URL("../../proto/gen/descriptors.binpb", import.meta.url)),
    log: log.logger,
    maxSourceBytes: 1024 * 1024,
    streamConcurrency: 2,
    keepaliveMs: 30_000,
    connectionAgeMs: 600_000,
    admission: {
      onEnd,
      limiter: createRateLimiter({ call: plenty, connection: plenty, stream: plenty, global: plenty }),
      maxConnections: 1_000,
      deadlineMs: 30_000,
      maxDeadlineMs: 60_000,
      identity: [
        createAuthentication({ certificates: false, tokens: null, operators: [], anonymousRole: "caller" }),
        createAuthorisation("caller"),
      ],
    },
  });
  const address = await service.listen("127.0.0.1:0");
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

const tracingOptions = { share: 0.01, version: "0.1.0", slot: "", instanceId: "bench", onSpans: () => {} };

/** Waits for the commit, as the service does. */
async function auditing(): Promise<EndListener> {
  const folder = mkdtempSync(join(tmpdir(), "wfc-bench-"));
  cleanUps.push(() => rmSync(folder, { recursive: true }));
  const { audit } = await openStore({ kind: "sqlite", path: join(folder, "store.db") });
  return async (
    { arrivedAt, requestId, principal, address, method, resource, reason },
    { code, durationMs, errorCode },
  ) => {
    await audit.append({
      time: arrivedAt,
      requestId,
      principal: principal.name,
      address,
      method,
      resourceDigest: resource,
      outcome: code,
      durationMs,
      errorCode,
      reason,
    });
  };
}

process.send?.({ port: await start() });
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system });
});
process.on("disconnect", () => {
  for (const cleanUp of cleanUps) cleanUp();
  process.exit(0);
});
