import {
  type Client,
  type ClientReadableStream,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";

/** A unary call as a promise, with metadata. */
export function callWith<Request, Response>(
  client: Client,
  method: MethodDefinition<Request, Response>,
  request: Request,
  fields: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = method;
    const answer = (error: ServiceError | null, response?: Response): void => {
      if (response !== undefined) resolve(response);
      else reject(error);
    };
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadataOf(fields), {}, answer);
  });
}

function metadataOf(fields: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  return metadata;
}

/** All messages of a stream. */
export async function all<Response>(stream: ClientReadableStream<Response>): Promise<readonly Response[]> {
  const messages: Response[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

/** One call that takes a stream. */
export function sendAll<Request, Response>(
  client: Client,
  method: MethodDefinition<Request, Response>,
  requests: readonly Request[],
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = method;
    const stream = client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
      {},
      (error: ServiceError | null, response?: Response) => (response === undefined ? reject(error) : resolve(response)),
    );
    for (const request of requests) stream.write(request);
    stream.end();
  });
}
