import {
  type CompileOptions,
  type CompileResponse,
  type CompileStreamRequest,
  CompilerServiceService as contract,
  Target,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { askPatiently, progressBar, type Result, settle, waitAsTold } from "./bulk.ts";
import { refusal } from "./call-failure.ts";
import type { Session } from "./command.ts";
import type { Replica } from "./connection.ts";
import { readDefinition } from "./definitions.ts";
import { CliError } from "./exit.ts";

/** Asks the compiler: one definition by a call, many over a stream. */

export interface CompileWish {
  readonly target: string;
  readonly noCache: boolean;
  readonly profile: boolean;
  readonly allowInlineCode: boolean;
}

export interface Compiled {
  readonly content: Buffer;
  readonly response: CompileResponse;
}

export function optionsOf({ target, ...wish }: CompileWish, more: Partial<CompileOptions> = {}): CompileOptions {
  const wireTarget = target === "temporal" ? Target.TARGET_TEMPORAL : Target.TARGET_MODULE;
  return { ...wish, target: wireTarget, ir: false, controlFlow: false, ...more };
}

/** One definition, such as `graph` and `ir` need. */
export async function compileOne(session: Session, path: string, options: CompileOptions): Promise<Compiled> {
  const content = await readWhole(path);
  const request = { source: sourceOf(path, content), options };
  const response = await askPatiently(await session.servers(), 0, session, (replica) =>
    replica.call(contract.compile, request),
  );
  return { content, response };
}

/**
 * Results in the order of the paths, over one stream to one replica; where it goes away, what is left goes to the next. What
 * the server's rates refuse is sent again when it says.
 */
export async function compileMany(
  session: Session,
  replicas: readonly Replica[],
  paths: readonly string[],
  options: CompileOptions,
): Promise<readonly Result<Compiled>[]> {
  const results = new Map<number, Result<Compiled>>();
  let replica = 0;
  let gone = 0;
  const asked = { paths, options, results };
  while (results.size < paths.length) {
    const server = replicas[replica % replicas.length];
    if (server === undefined) throw new CliError("unavailable", "there is no server to ask");
    const before = results.size;
    const { failure } = await settle(() => overStream(session, server, asked), session.signal);
    if (failure === null) continue;
    gone = results.size > before ? 0 : gone + 1;
    if (failure.retryAfterMs !== null) await waitAsTold(failure, session);
    else if (failure.reason !== "unavailable" || gone >= replicas.length) fillWith(failure, asked);
    replica++;
  }
  return paths.flatMap((_path, index) => results.get(index) ?? []);
}

interface Asked {
  readonly paths: readonly string[];
  readonly options: CompileOptions;
  readonly results: Map<number, Result<Compiled>>;
}

/** @throws CliError where the stream ends early, or the server wants us to come again later. */
async function overStream(session: Session, replica: Replica, { paths, options, results }: Asked): Promise<void> {
  const { terminal, signal } = session;
  const contents = new Map<number, Buffer>();
  const left = paths.flatMap((path, index) => (results.has(index) ? [] : [{ path, index }]));
  async function* requests(): AsyncGenerator<CompileStreamRequest> {
    for (const { path, index } of left) {
      const { value, failure } = await settle(() => readWhole(path), signal);
      if (failure !== null) results.set(index, { value: null, failure });
      else {
        contents.set(index, value);
        yield { id: String(index), source: sourceOf(path, value), options };
      }
    }
  }
  let refused: CliError | null = null;
  for await (const { id, result } of replica.exchange(contract.compileStream, requests())) {
    const index = Number(id);
    const content = contents.get(index);
    if (result === undefined || content === undefined) continue;
    if (result.$case === "response") results.set(index, { value: { content, response: result.value }, failure: null });
    else {
      const failure = refusal(result.value, replica.address, contract.compileStream.path, session);
      if (failure.retryAfterMs === null) results.set(index, { value: null, failure });
      else refused = failure;
    }
    terminal.progress(progressBar(results.size, paths.length, "compiled"));
  }
  if (refused !== null) throw refused;
}

function fillWith(failure: CliError, { paths, results }: Asked): void {
  for (const index of paths.keys()) if (!results.has(index)) results.set(index, { value: null, failure });
}

async function readWhole(path: string): Promise<Buffer> {
  const content = await readDefinition(path);
  // An empty source is refused before it is looked at; for a person it is a problem of the file.
  if (content.length === 0) throw new CliError("empty", `${path} is empty`);
  return content;
}

function sourceOf(path: string, content: Buffer) {
  return { format: Format.FORMAT_UNSPECIFIED, content, name: path.slice(-256) };
}
