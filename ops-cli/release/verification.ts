import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "../command.ts";
import type { Replica } from "../connection.ts";
import { CliError } from "../exit.ts";

/** A definition that needs all stages of the compiler, and takes milliseconds. */
const definition = `apiVersion: workflow.compiler/v1
kind: Workflow
metadata: { name: wfops-verification }
spec:
  input: { type: object, properties: { total: { type: number } }, required: [total] }
  nodes: []
  output: \${ input.total * 2 }
`;

/** How often it is tried, and how long is waited in between, in milliseconds. */
const ATTEMPTS = 5;
const PAUSE_MS = 1_000;
/** Where the server says when to come again. */
const MAX_PAUSE_MS = 15_000;

/** Compiles a definition, past all caches. @throws CliError where that does not come out well. */
export async function compileAt(replica: Replica): Promise<void> {
  const { CompilerServiceService, Target } = await import(
    "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts"
  );
  const { Format } = await import("@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts");
  const { artifact, diagnostics } = await replica.call(CompilerServiceService.compile, {
    source: { content: Buffer.from(definition), name: "verification.yaml", format: Format.FORMAT_UNSPECIFIED },
    options: {
      target: Target.TARGET_MODULE,
      noCache: true,
      profile: false,
      allowInlineCode: false,
      ir: false,
      controlFlow: false,
    },
  });
  if (artifact !== undefined) return;
  const why = diagnostics.map(({ code, message }) => `${code} ${message}`).join("; ");
  throw new CliError("verification", `${replica.address} does not compile a good definition: ${why}`);
}

/**
 * Connects anew each time: a connection may lead to a replica that is about to go, or its successor need a moment.
 *
 * @throws CliError of the last attempt.
 */
export async function compilesAt(
  connectTo: () => Promise<readonly Replica[]>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      const replicas = await connectTo();
      for (const replica of replicas) await compileAt(replica);
      return replicas.map(({ address }) => address);
    } catch (fault) {
      if (!(fault instanceof CliError) || signal.aborted || attempt === ATTEMPTS) throw fault;
      const pauseMs = Math.min(fault.retryAfterMs ?? PAUSE_MS, MAX_PAUSE_MS);
      await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** What a real Compile through `--server` came to; where nobody is there, nothing is known. */
export interface Verification {
  readonly verified: boolean | null;
  readonly text: string;
}

export async function verify(session: Session): Promise<Verification> {
  try {
    const addresses = await compilesAt(() => session.servers(), session.signal);
    return { verified: true, text: `verified: ${addresses.join(", ")} compiled a definition` };
  } catch (fault) {
    if (!(fault instanceof CliError) || session.signal.aborted) throw fault;
    // Its rate limits say nothing of whether it compiles.
    if (fault.retryAfterMs !== null) return { verified: null, text: `not verified by a Compile: ${fault.message}` };
    if (fault.reason !== "unavailable") return { verified: false, text: `it does not compile: ${fault.message}` };
    const addresses = session.target.servers.join(", ");
    const text = `not verified by a Compile: ${addresses} cannot be reached from here (--server names another address)`;
    return { verified: null, text };
  }
}
