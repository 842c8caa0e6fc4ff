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

/** How often a server that cannot be reached yet is asked, and how long is waited in between, in milliseconds. */
const ATTEMPTS = 5;
const PAUSE_MS = 1_000;

/** Compiles a definition, past all caches. @throws CliError where that does not come out well. */
async function compileAt(replica: Replica): Promise<void> {
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

/** A new server may need a moment until it can be reached. @throws CliError of the last attempt. */
export async function compilesAt(replica: Replica, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await compileAt(replica);
    } catch (fault) {
      const again = fault instanceof CliError && fault.reason === "unavailable" && attempt < ATTEMPTS;
      if (!again) throw fault;
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** What a real Compile through `--server` came to; where nobody is there, nothing is known. */
export interface Verification {
  readonly verified: boolean | null;
  readonly text: string;
}

export async function verify(session: Session): Promise<Verification> {
  const servers = await session.servers();
  try {
    for (const server of servers) await compilesAt(server, session.signal);
  } catch (fault) {
    if (!(fault instanceof CliError) || session.signal.aborted) throw fault;
    if (fault.reason !== "unavailable") return { verified: false, text: `it does not compile: ${fault.message}` };
    const { servers: addresses } = session.target;
    return {
      verified: null,
      text: `not verified by a Compile: ${addresses.join(", ")} cannot be reached from here (--server names another address)`,
    };
  }
  return {
    verified: true,
    text: `verified: ${servers.map(({ address }) => address).join(", ")} compiled a definition`,
  };
}
