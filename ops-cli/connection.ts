import { promises as dns } from "node:dns";
import { isIP } from "node:net";
import { Client, Metadata, type MethodDefinition, type ServiceError } from "@grpc/grpc-js";
import { type Caller, callFailure } from "./call-failure.ts";
import { authorizationOf, credentialsOf } from "./credentials.ts";

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
  caller: Caller,
  options: ConnectOptions,
): Promise<readonly Replica[]> {
  const resolved = (await Promise.all(addresses.map(resolve))).flat();
  return resolved.map(({ address, name }) => {
    const { serverName, ...target } = caller.target;
    return connect(address, { ...caller, target: { ...target, serverName: serverName || name } }, options);
  });
}

interface Resolved {
  readonly address: string;
  /** What the certificate at this address is to be for; "" where that is the address's own. */
  readonly name: string;
}

async function resolve(address: string): Promise<readonly Resolved[]> {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^dns:\/*/, "");
  const port = address.slice(colon + 1);
  const itself = [{ address: `${host}:${port}`, name: "" }];
  if (isIP(host.replace(/^\[|\]$/g, "")) !== 0 || host === "localhost") return itself;
  const found = await addressesOf(host);
  return found.length < 2 ? itself : found.map((ip) => ({ address: `${ip}:${port}`, name: host }));
}

/** Of one family: a replica may have an address of each. None where DNS does not know the name, as with /etc/hosts. */
async function addressesOf(host: string): Promise<readonly string[]> {
  const [four, six] = await Promise.all([dns.resolve4(host).catch(() => []), dns.resolve6(host).catch(() => [])]);
  return four.length > 0 ? four.sort() : six.sort().map((ip) => `[${ip}]`);
}

export function connect(address: string, caller: Caller, { timeoutMs, signal }: ConnectOptions): Replica {
  const { target } = caller;
  const secure = credentialsOf(target);
  const authorization = authorizationOf(target);
  const override = target.serverName === "" ? {} : { "grpc.ssl_target_name_override": target.serverName };
  const client = new Client(address, secure, {
    ...override,
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  const metadata = (): Metadata => {
    const headers = new Metadata();
    if (authorization !== "") headers.set("authorization", authorization);
    return headers;
  };
  const failed = (error: unknown, method: string): unknown =>
    signal.aborted ? signal.reason : isServiceError(error) ? callFailure(error, address, method, caller) : error;

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
