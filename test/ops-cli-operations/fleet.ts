import { type OperationsHarness, startOperations } from "../operations/harness.ts";
import { expectJson, type Ran, wfops } from "../ops-cli/wfops.ts";

/** Operators' services with stores of their own, as one fleet, and wfops against it. */
export interface Fleet {
  readonly replicas: readonly OperationsHarness[];
  readonly env: Readonly<Record<string, string>>;
  run(...args: readonly string[]): Promise<Ran>;
  /** With `--json`; checked against the command's schema. */
  json(command: string, ...args: readonly string[]): Promise<{ readonly code: number | null; readonly data: unknown }>;
  stop(): Promise<void>;
}

/** @param more addresses of what else counts as a replica. */
export async function startFleet(size: number, more: readonly string[] = []): Promise<Fleet> {
  const replicas = await Promise.all(Array.from({ length: size }, () => startOperations()));
  const addresses = [...replicas.map(({ address }) => address), ...more];
  const env = { WFOPS_OPERATIONS: addresses.join(",") };
  return {
    replicas,
    env,
    run: (...args) => wfops(args, { env }),
    async json(command, ...args) {
      const ran = await wfops([...command.split(" "), ...args, "--json"], { env });
      return { code: ran.code, data: expectJson(command, ran) };
    },
    async stop() {
      await Promise.all(replicas.map((replica) => replica.stop()));
    },
  };
}

/** Nothing listens there: the port is reserved. */
export const nowhere = "127.0.0.1:1";
