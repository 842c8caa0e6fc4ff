/**
 * What a cached Compile costs through the whole chain, in CPU of the server's process, against a bare grpc-js handler that
 * decodes the request and encodes its reply with ts-proto: 8 KB in, 20 KB out. All variants run at once, each in a process
 * of its own, and take turns round by round in changing order; `again` is the bare handler once more and shows the noise.
 * A layer's variant has all layers before it; `only-` before the name leaves them out. With `-flags` after it a variant runs
 * with the flags of V8 that main.ts sets, else with Node's own.
 *
 * node test/bench/admission.ts [--rounds 15] [--calls 1000] [--concurrency 64] [VARIANT…]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Client, credentials, Metadata, Server, ServerCredentials } from "@grpc/grpc-js";
import { CompileRequest } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "15" },
    calls: { type: "string", default: "1000" },
    concurrency: { type: "string", default: "64" },
    verbose: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const calls = Number(values.calls);
const layers = ["bytes", "admission", "metrics", "log", "audit", "tracing"];
const names = ["bare", "again", ...(positionals.length > 0 ? positionals : [...layers, "bare-flags", "tracing-flags"])];

/** Calls under way at once, over all connections. */
const concurrency = Number(values.concurrency);
const CONNECTIONS = 4;
const SOURCE_BYTES = 8_192;

const request = Buffer.from(
  CompileRequest.encode({
    source: {
      format: Format.FORMAT_GRAPH,
      content: Buffer.alloc(SOURCE_BYTES, "node: { id: charge }\n"),
      name: "bench.yaml",
    },
    options: undefined,
  }).finish(),
);

const identity = (bytes: Buffer): Buffer => bytes;

/** Takes traces and answers with an empty message. */
async function startCollector(): Promise<{ url: string; close(): void }> {
  const server = new Server();
  const method = {
    path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    requestStream: false,
    responseStream: false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  };
  server.addService(
    { export: method },
    { export: (_call: unknown, callback: Answer) => callback(null, Buffer.alloc(0)) },
  );
  const port = await new Promise<number>((resolve, reject) => {
    const bound = (error: Error | null, chosen: number): void => (error ? reject(error) : resolve(chosen));
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), bound);
  });
  return { url: `http://127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

type Answer = (error: null, bytes: Buffer) => void;

interface Target {
  readonly name: string;
  /** Microseconds of the server's CPU for each of `count` calls. */
  measure(count: number): Promise<number>;
  close(): void;
}

async function start(name: string, collector: string): Promise<Target> {
  const script = fileURLToPath(new URL("./admission-server.ts", import.meta.url));
  // The log goes to stderr, as the service's does, and from there to nowhere.
  const stdio = ["ignore", "inherit", values.verbose ? "inherit" : "ignore", "ipc"] as const;
  const child = fork(script, [name, collector], { stdio: [...stdio] });
  child.on("exit", (code) => {
    if (code !== 0) throw new Error(`${name} ended with exit code ${code}; --verbose tells more`);
  });
  const answer = async (key: string): Promise<number> => {
    const [message] = await once(child, "message");
    return Number(message[key]);
  };
  const address = `127.0.0.1:${await answer("port")}`;
  const clients = Array.from(
    { length: CONNECTIONS },
    (_, index) => new Client(address, credentials.createInsecure(), { "connection of its own": index }),
  );
  const metadata = new Metadata();
  const call = (client: Client): Promise<void> =>
    new Promise((resolve, reject) => {
      const path = "/workflow.compiler.v1.CompilerService/Compile";
      client.makeUnaryRequest(path, identity, identity, request, metadata, (error, bytes) => {
        if (error || bytes === undefined || bytes.length < 15_000)
          reject(error ?? new Error("the answer is too short"));
        else resolve();
      });
    });
  const cpu = async (): Promise<number> => {
    child.send("cpu");
    return answer("cpuMicros");
  };
  return {
    name,
    async measure(count) {
      const before = await cpu();
      let left = count;
      const caller = async (client: Client): Promise<void> => {
        while (left-- > 0) await call(client);
      };
      const callers = clients.flatMap((client) =>
        Array.from({ length: concurrency / CONNECTIONS }, () => caller(client)),
      );
      await Promise.all(callers);
      return ((await cpu()) - before) / count;
    },
    close() {
      for (const client of clients) client.close();
      child.disconnect();
    },
  };
}

function quantile(list: readonly number[], share: number): number {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}

const collector = await startCollector();
const targets = await Promise.all(names.map((name) => start(name, collector.url)));
for (const target of targets) await target.measure(2 * calls);
const results = new Map(names.map((name) => [name, [] as number[]]));
for (let round = 0; round < rounds; round++) {
  const shift = round % targets.length;
  for (const target of [...targets.slice(shift), ...targets.slice(0, shift)])
    results.get(target.name)?.push(await target.measure(calls));
}
for (const target of targets) target.close();
collector.close();

const base = results.get("bare") ?? [];
process.stdout.write(`CPU of the server for each call; ${rounds} rounds of ${calls} calls, ${concurrency} at once\n`);
process.stdout.write("variant       median µs    ratio  (quartiles)\n");
for (const [name, list] of results) {
  const ratios = list.map((micros, round) => micros / (base[round] ?? Number.NaN));
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2));
  const columns = [quantile(list, 0.5).toFixed(0).padStart(9), middle?.padStart(9), `  (${low}–${high})`];
  process.stdout.write(`${name.padEnd(14)}${columns.join("")}\n`);
}
