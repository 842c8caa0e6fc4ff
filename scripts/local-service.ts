import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { credentials, type MethodDefinition } from "@grpc/grpc-js";
import { CompilerServiceClient } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";

/** The real service as a process of its own on a free port, and a client of it. */
export interface LocalService {
  readonly address: string;
  /** Of `/metrics` and `/health`: `http://127.0.0.1:…`. */
  readonly httpUrl: string;
  /** Of OperationsService. */
  readonly operationsAddress: string;
  readonly processId: number;
  /** What it has written to stderr, where `keepLog` asks for it; else "". */
  log(): string;
  call<Request, Response>(method: MethodDefinition<Request, Response>, request: Request): Promise<Response>;
  /** Stops it as an operator would; gives its exit code. */
  stop(): Promise<number | null>;
}

/**
 * @param environment added to this process's own.
 * @param keepLog keeps its log instead of passing it on. Default: no.
 */
export async function startLocalService(
  environment: Readonly<Record<string, string>> = {},
  { keepLog = false } = {},
): Promise<LocalService> {
  const child = spawn(process.execPath, [new URL("../server/main.ts", import.meta.url).pathname], {
    env: {
      ...process.env,
      // As in the image.
      MALLOC_ARENA_MAX: "1",
      NODE_COMPILE_CACHE: ".cache/node",
      WFC_GRPC_ADDR: "127.0.0.1:0",
      WFC_OPERATIONS_ADDR: "127.0.0.1:0",
      WFC_HTTP_ADDR: "127.0.0.1:0",
      WFC_STORE: "sqlite::memory:",
      WFC_RATE_LIMIT: "off",
      WFC_LOG_LEVEL: "warn",
      ...environment,
    },
    stdio: ["ignore", "pipe", keepLog ? "pipe" : "inherit"],
  });
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const addresses = await listeningAddresses(child).catch((error: Error) => {
    throw log === "" ? error : new Error(`the service did not start: ${log}`);
  });
  const { address } = addresses;
  const client = new CompilerServiceClient(address, credentials.createInsecure());
  return {
    ...addresses,
    processId: child.pid ?? 0,
    log: () => log,
    call: ({ path, requestSerialize, responseDeserialize }, request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) =>
          response === undefined ? reject(error) : resolve(response),
        );
      }),
    async stop() {
      client.close();
      if (child.exitCode === null) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      return child.exitCode;
    },
  };
}

type Addresses = Pick<LocalService, "address" | "httpUrl" | "operationsAddress">;

async function listeningAddresses(child: ChildProcess): Promise<Addresses> {
  if (child.stdout === null) throw new Error("the service has no stdout");
  let httpUrl = "";
  let operationsAddress = "";
  for await (const line of createInterface({ input: child.stdout })) {
    httpUrl = / at (http:\S+)$/.exec(line)?.[1] ?? httpUrl;
    operationsAddress = /^Operations at (\S+)$/.exec(line)?.[1] ?? operationsAddress;
    const address = / listening on (\S+)$/.exec(line)?.[1];
    if (address !== undefined) return { address, httpUrl, operationsAddress };
  }
  throw new Error("the service did not start; its message stands above");
}
