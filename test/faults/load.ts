import { credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import {
  type CompileResponse,
  CompilerServiceClient,
  CompilerServiceService as Contract,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";

/** A caller of several replicas, as a careful client is: UNAVAILABLE is tried again elsewhere, all else is a failure. */
export interface Caller {
  /** Rejects with the last error where no replica served it. */
  compile(text: string, requestId: string): Promise<CompileResponse>;
  /** How many times a call had to be tried again. */
  readonly retries: number;
  close(): void;
}

/** A replica is away for as long as it takes to start again. */
const TRIES = 60;
const PAUSE_MS = 250;

export function createCaller(addresses: () => readonly string[]): Caller {
  const clients = new Map<string, CompilerServiceClient>();
  let turn = 0;
  let retries = 0;
  const clientOf = (address: string): CompilerServiceClient => {
    const known = clients.get(address);
    if (known !== undefined) return known;
    const client = new CompilerServiceClient(address, credentials.createInsecure(), { "grpc.enable_retries": 0 });
    clients.set(address, client);
    return client;
  };
  function once(address: string, text: string, requestId: string): Promise<CompileResponse> {
    const metadata = new Metadata();
    metadata.set("x-request-id", requestId);
    const source = { format: Format.FORMAT_UNSPECIFIED, content: Buffer.from(text), name: "load.yaml" };
    return new Promise((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = Contract.compile;
      const request = { source, options: undefined };
      const deadline = Date.now() + 30_000;
      clientOf(address).makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        { deadline },
        (error, response) => {
          if (response === undefined) reject(error);
          else resolve(response);
        },
      );
    });
  }
  return {
    get retries() {
      return retries;
    },
    async compile(text, requestId) {
      for (let tries = 1; ; tries++) {
        const replicas = addresses();
        const address = replicas[turn++ % replicas.length] ?? "";
        try {
          return await once(address, text, requestId);
        } catch (error) {
          if ((error as ServiceError).code !== status.UNAVAILABLE || tries === TRIES) throw error;
          retries++;
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        }
      }
    },
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}

/** Many definitions that differ, and some that come again: number `index` of them. */
export function definition(index: number): string {
  const steps = 1 + (index % 5);
  const nodes = Array.from({ length: steps }, (_, step) => ({
    id: `step${step}`,
    type: "core.transform",
    with: { value: { number: index, text: `\${ input.name + "-${step}" }` } },
  }));
  const connections = nodes.slice(1).map(({ id }, step) => ({ from: `step${step}`, to: id }));
  return JSON.stringify({
    apiVersion: "workflow.compiler/v1",
    kind: "Workflow",
    metadata: { name: `load-${index}`, version: "1.0.0" },
    spec: {
      input: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
      nodes,
      connections,
    },
  });
}
