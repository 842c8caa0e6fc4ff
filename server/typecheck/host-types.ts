/** What both have: modules that run by themselves and workflows in Temporal's sandbox. */
const everywhere = `
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
  throwIfAborted(): void;
}
interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare var AbortController: { new (): AbortController };
interface TextEncoder { encode(text: string): Uint8Array }
declare var TextEncoder: { new (): TextEncoder };
interface TextDecoder { decode(bytes: Uint8Array): string }
declare var TextDecoder: { new (label?: string, options?: { fatal?: boolean }): TextDecoder };
`;

/**
 * What generated modules use of their host, and no more: the part that browsers, Node and Deno share. Checking against
 * these few lines instead of lib.dom (28,000 lines) keeps a check in the milliseconds; that the modules are also
 * accepted beside lib.dom and beside @types/node is tested.
 */
export const hostTypes = `${everywhere}
declare var AbortSignal: { any(signals: Iterable<AbortSignal>): AbortSignal; abort(reason?: unknown): AbortSignal; timeout(ms: number): AbortSignal };
declare function setTimeout(callback: () => void, ms?: number): unknown;
declare function clearTimeout(timer: unknown): void;
interface Headers {
  get(name: string): string | null;
  forEach(callback: (value: string, name: string) => void): void;
}
interface RequestInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal | null;
}
interface Response {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  text(): Promise<string>;
  json(): Promise<unknown>;
}
declare function fetch(url: string, init?: RequestInit): Promise<Response>;
declare function atob(text: string): string;
declare function btoa(text: string): string;
interface Crypto { randomUUID(): string }
declare var crypto: Crypto;
`;

/** What workflows have of their host in Temporal's sandbox: no timers, no network, no randomness of the host. */
export const temporalHostTypes = everywhere;
