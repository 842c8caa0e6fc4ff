import { readFileSync } from "node:fs";
import { status } from "@grpc/grpc-js";
import { CompilerServiceService } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { type LocalService, startLocalService } from "../../scripts/local-service.ts";
import { expectSchema, type Ran, wfops } from "../ops-cli/wfops.ts";

/** The real service with a trouble in it, and wfops as the operator has it. */
export interface Patient {
  readonly service: LocalService;
  readonly env: Readonly<Record<string, string>>;
  run(...args: readonly string[]): Promise<Ran>;
  /** With `--json`: what it printed. */
  ask(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
  /** `wfops runbook run NAME --yes --json`. */
  mend(name: string, ...args: readonly string[]): Promise<Mended>;
}

export interface Mended {
  readonly mended: boolean | null;
  readonly commands: readonly { readonly phase: string; readonly command: string; readonly exitCode: number | null }[];
}

export async function admit(
  environment: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Promise<Patient> {
  const service = await startLocalService(
    // Every wfops is a connection of its own.
    { WFC_CONNECTION_RATE: "off", WFC_LOG_LEVEL: "error", ...environment },
    { keepLog: true },
  );
  return patientAt(service, {
    WFOPS_SERVER: service.address,
    WFOPS_OPERATIONS: service.operationsAddress,
    ...more,
  });
}

function patientAt(service: LocalService, env: Readonly<Record<string, string>>): Patient {
  const ask = async (...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> => {
    const ran = await wfops([...args, "--json"], { env });
    if (ran.stdout === "") throw new Error(`wfops ${args.join(" ")} ended with ${ran.code}: ${ran.stderr}`);
    return JSON.parse(ran.stdout);
  };
  return { service, env, ask, run: (...args) => wfops(args, { env }), mend: (name, ...args) => mend(env, name, args) };
}

export async function mend(
  env: Readonly<Record<string, string>>,
  name: string,
  args: readonly string[],
): Promise<Mended> {
  const ran = await wfops(["runbook", "run", name, "--yes", "--json", ...args], { env });
  const data = JSON.parse(ran.stdout || "{}");
  const { runbook, mended, commands, error } = data;
  if (runbook === name) {
    expectSchema("runbook run", data);
    return { mended, commands };
  }
  throw new Error(`runbook ${name} ended with ${ran.code}: ${JSON.stringify(error)} ${ran.stderr}`);
}

/** Status code of one Compile of this definition, without any patience. */
export async function compileOnce({ service }: Patient, path: string): Promise<number> {
  const source = { content: readFileSync(path), name: path, format: Format.FORMAT_UNSPECIFIED };
  return service.call(CompilerServiceService.compile, { source, options: undefined }).then(
    () => status.OK,
    (error: { readonly code: number }) => error.code,
  );
}

/** The exit code of each command under Act. */
export function acts({ commands }: Mended): readonly (number | null)[] {
  return commands.filter(({ phase }) => phase === "act").map(({ exitCode }) => exitCode);
}
