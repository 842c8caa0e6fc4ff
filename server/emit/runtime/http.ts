import type { ActivityContext } from "./call.ts";

export interface HttpRequest {
  readonly url: string;
  /** Default: GET, or POST where there is a body. */
  readonly method?: string;
  readonly headers?: { readonly [name: string]: string };
  /** Sent as it is where it is a string, else as JSON. */
  readonly body?: unknown;
}

export interface HttpResponse {
  status: number;
  headers: { [name: string]: string };
  /** Parsed where the answer is JSON, else its text. */
  body: unknown;
}

/** Makes an HTTP request. A status of 400 or more fails with the name `HttpError`. */
export async function httpRequest(
  input: HttpRequest,
  context: ActivityContext,
): Promise<HttpResponse> {
  const { url, body } = input;
  const method = input.method ?? (body === undefined ? "GET" : "POST");
  const json = body !== undefined && typeof body !== "string";
  const headers = {
    ...(json && { "content-type": "application/json" }),
    ...input.headers,
  };
  const response = await context.http(url, {
    method,
    headers,
    signal: context.signal,
    ...(body !== undefined && {
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  });
  if (response.status >= 400)
    throw httpError(
      `${method} ${url} was answered with status ${response.status}`,
    );
  return {
    status: response.status,
    headers: headersOf(response),
    body: await bodyOf(response),
  };
}

function httpError(message: string): Error {
  const error = new Error(message);
  error.name = "HttpError";
  return error;
}

function headersOf(response: Response): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  response.headers.forEach((value, name) => {
    headers[name] = value;
  });
  return headers;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  return /^application\/(?:[\w.-]+\+)?json\b/.test(type)
    ? JSON.parse(text)
    : text;
}
