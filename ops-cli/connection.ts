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
  /** Sends many messages and gives the answers as they come. */
  exchange<Request, Response>(
    method: MethodDefinition<Request, Response>,
    requests: AsyncIterable<Request>,
  ): AsyncIterable<Response>;
  close(): void;
}

export interface ConnectOptions {
  /** Of one call; streams may take as long as they need. */
  readonly timeoutMs: number;
  /** Ends all calls, which then reject with its reason. */
  readonly signal: AbortSignal;
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

export function connect(address: string, target: Target, { timeoutMs, signal }: ConnectOptions): Replica {
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
  const failed = (error: unknown, method: string): unknown =>
    signal.aborted ? signal.reason : isServiceError(error) ? callFailure(error, address, method, target) : error;

  /** Runs a call that has one answer. */
  const answered = <Response>(
    path: string,
    start: (done: (error: ServiceError | null, response?: Response) => void) => Cancellable,
  ): Promise<Response> =>
    new Promise((resolveCall, reject) => {
      signal.throwIfAborted();
      const call = start((error, response) => {
        signal.removeEventListener("abort", stop);
        if (response !== undefined) resolveCall(response);
        else reject(failed(error, path));
      });
      const stop = (): void => call.cancel();
      signal.addEventListener("abort", stop, { once: true });
    });

  /** Hands on the answers of a call that has many. Whoever stops to read ends the call. */
  async function* answers<Response>(path: string, call: AsyncIterable<Response> & Emitting): AsyncGenerator<Response> {
    const stop = (): void => call.cancel();
    signal.addEventListener("abort", stop, { once: true });
    // What comes after the last read is of no interest.
    call.on("error", () => {});
    try {
      for await (const response of call) yield response;
    } catch (error) {
      throw failed(error, path);
    } finally {
      signal.removeEventListener("abort", stop);
      call.cancel();
    }
  }

  return {
    address,
    call: ({ path, requestSerialize, responseDeserialize }, request) =>
      answered(path, (done) => {
        const options = { deadline: Date.now() + timeoutMs };
        return client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata(), options, done);
      }),
    stream: ({ path, requestSerialize, responseDeserialize }, request) =>
      answers(path, client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata())),
    async upload<Request, Response>(
      { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
      requests: AsyncIterable<Request>,
    ) {
      let fault: unknown = null;
      const answer = answered<Response>(path, (done) => {
        const call = client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, metadata(), done);
        sendAll(call, requests).catch((error: unknown) => {
          fault = error;
          call.cancel();
        });
        return call;
      });
      return await answer.catch((error: unknown) => Promise.reject(fault ?? error));
    },
    async *exchange({ path, requestSerialize, responseDeserialize }, requests) {
      const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata());
      let fault: unknown = null;
      sendAll(call, requests).catch((error: unknown) => {
        fault = error;
        call.cancel();
      });
      try {
        yield* answers(path, call);
      } catch (error) {
        throw fault ?? error;
      }
    },
    close: () => client.close(),
  };
}

interface Cancellable {
  cancel(): void;
}

interface Emitting extends Cancellable {
  on(event: "error", listener: () => void): unknown;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "details" in error && "metadata" in error;
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
