import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { credentials, type MethodDefinition } from "@grpc/grpc-js";
import { CompilerServiceClient } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";

/** The real service as a process of its own on a free port, and a client of it. */
export interface LocalService {
  readonly address: string;
  call<Request, Response>(method: MethodDefinition<Request, Response>, request: Request): Promise<Response>;
  /** Stops it as an operator would; gives its exit code. */
  stop(): Promise<number | null>;
}

/** @param environment added to this process's own. */
export async function startLocalService(environment: Readonly<Record<string, string>> = {}): Promise<LocalService> {
  const child = spawn(process.execPath, [new URL("../server/main.ts", import.meta.url).pathname], {
    env: {
      ...process.env,
      MALLOC_ARENA_MAX: "1",
      NODE_COMPILE_CACHE: ".cache/node",
      WFC_GRPC_ADDR: "127.0.0.1:0",
      WFC_LOG_LEVEL: "warn",
      ...environment,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const address = await listeningAddress(child);
  const client = new CompilerServiceClient(address, credentials.createInsecure());
  return {
    address,
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

async function listeningAddress(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the service has no stdout");
  for await (const line of createInterface({ input: child.stdout })) {
    const address = / listening on (\S+)$/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error("the service did not start; its message stands above");
}
