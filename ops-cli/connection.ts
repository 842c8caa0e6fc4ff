import { promises as dns } from "node:dns";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { callFailure } from "./call-failure.ts";
import { CliError, usageError } from "./exit.ts";
import type { Target } from "./settings.ts";

/** One replica. */
export interface Replica {
  readonly address: string;
  /** Rejects with a CliError that says what to do. */
  call<Request, Response>(method: MethodDefinition<Request, Response>, request: Request): Promise<Response>;
  /** The answers of a streaming method. Ends when the caller stops to read. */
  stream<Request, Response>(method: MethodDefinition<Request, Response>, request: Request): AsyncIterable<Response>;
  /** Sends many messages and gives the one answer. */
  upload<Request, Response>(
    method: MethodDefinition<Request, Response>,
    requests: AsyncIterable<Request>,
  ): Promise<Response>;
  close(): void;
}

export interface ConnectOptions {
  readonly timeoutMs: number;
}

/** Messages of the contract can hold 16 MiB of source and its artifact. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** All replicas that `addresses` stand for: a name of which DNS has several addresses is several replicas. */
export async function connectAll(
  addresses: readonly string[],
  target: Target,
  options: ConnectOptions,
): Promise<readonly Replica[]> {
  const resolved = (await Promise.all(addresses.map(resolve))).flat();
  return resolved.map((address) => connect(address, target, options));
}

async function resolve(address: string): Promise<readonly string[]> {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^dns:\/*/, "");
  const port = address.slice(colon + 1);
  if (isIP(host.replace(/^\[|\]$/g, "")) !== 0 || host === "localhost") return [`${host}:${port}`];
  try {
    const found = await dns.resolve4(host);
    return found.length < 2 ? [`${host}:${port}`] : found.sort().map((ip) => `${ip}:${port}`);
  } catch {
    return [`${host}:${port}`];
  }
}

export function connect(address: string, target: Target, { timeoutMs }: ConnectOptions): Replica {
  const secure = credentialsOf(target);
  const override = target.serverName === "" ? {} : { "grpc.ssl_target_name_override": target.serverName };
  const client = new Client(address, secure, {
    ...override,
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  const metadata = (): Metadata => {
    const headers = new Metadata();
    if (target.token !== "") headers.set("authorization", `Bearer ${target.token}`);
    return headers;
  };
  const failed = (error: ServiceError, method: string): CliError => callFailure(error, address, method, target);
  const inTime = () => ({ deadline: Date.now() + timeoutMs });
  return {
    address,
    call: ({ path, requestSerialize, responseDeserialize }, request) =>
      new Promise((resolveCall, reject) => {
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadata(),
          inTime(),
          (error, response) => {
            if (response !== undefined) resolveCall(response);
            else if (error !== null) reject(failed(error, path));
          },
        );
      }),
    async *stream({ path, requestSerialize, responseDeserialize }, request) {
      const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata());
      try {
        for await (const response of call) yield response;
      } catch (error) {
        throw failed(error as ServiceError, path);
      } finally {
        call.cancel();
      }
    },
    upload: ({ path, requestSerialize, responseDeserialize }, requests) =>
      new Promise((resolveCall, reject) => {
        const call = client.makeClientStreamRequest(
          path,
          requestSerialize,
          responseDeserialize,
          metadata(),
          (error, response) => {
            if (response !== undefined) resolveCall(response);
            else if (error !== null) reject(failed(error, path));
          },
        );
        sendAll(call, requests).catch((fault: unknown) => {
          call.cancel();
          reject(fault);
        });
      }),
    close: () => client.close(),
  };
}

/** Waits where the server does not read as fast as we write. */
async function sendAll<Request>(
  call: { write(request: Request): boolean; end(): void; once(event: "drain", listener: () => void): unknown },
  requests: AsyncIterable<Request>,
): Promise<void> {
  for await (const request of requests) {
    if (!call.write(request)) await new Promise<void>((drained) => call.once("drain", drained));
  }
  call.end();
}

function credentialsOf(target: Target): ChannelCredentials {
  const { caFile, certFile, keyFile } = target;
  if (caFile === "" && certFile === "" && keyFile === "") return credentials.createInsecure();
  if ((certFile === "") !== (keyFile === ""))
    throw usageError("a client certificate needs its key, and a key its certificate");
  const ca = caFile === "" || caFile === "system" ? null : read(caFile);
  return certFile === "" ? credentials.createSsl(ca) : credentials.createSsl(ca, read(keyFile), read(certFile));
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CliError("file", `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
