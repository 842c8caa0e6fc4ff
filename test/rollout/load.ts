import { setTimeout as sleep } from "node:timers/promises";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { CompilerServiceService } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";

/** Callers that compile one definition after the other through an address, as clients in production do. */
export interface Load {
  /** How many calls were answered. */
  answered(): number;
  /** What became of those that were not, since it was last asked: nothing, if all is well. */
  failures(): readonly string[];
  /** Waits until so many more calls are over. */
  more(calls: number): Promise<void>;
  stop(): Promise<void>;
}

const CALLERS = 4;

/** What a caller waits before its next call, in milliseconds: the load is to be there, not to fill the machine. */
const PAUSE_MS = 25;

/** https://github.com/grpc/grpc-proto/blob/master/grpc/service_config/service_config.proto: calls that were not served come again. */
const serviceConfig = JSON.stringify({
  methodConfig: [
    {
      name: [{}],
      retryPolicy: {
        maxAttempts: 5,
        initialBackoff: "0.1s",
        maxBackoff: "2s",
        backoffMultiplier: 3,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
});

const definition = (name: string): Buffer =>
  Buffer.from(`apiVersion: workflow.compiler/v1
kind: Workflow
metadata: { name: ${name} }
spec:
  input: { type: object, properties: { total: { type: number } }, required: [total] }
  nodes: []
  output: \${ input.total * 2 }
`);

export function startLoad(address: string): Load {
  let over = false;
  let answered = 0;
  let ended = 0;
  const failures: string[] = [];

  async function call(client: Client, name: string): Promise<void> {
    const { path, requestSerialize, responseDeserialize } = CompilerServiceService.compile;
    const source = { content: definition(name), name: "load.yaml", format: Format.FORMAT_UNSPECIFIED };
    const request = { source, options: undefined };
    const options = { deadline: Date.now() + 120_000 };
    await new Promise<void>((resolve) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        options,
        (error, answer) => {
          if (answer?.artifact !== undefined) answered++;
          else failures.push(error?.message ?? JSON.stringify(answer?.diagnostics));
          ended++;
          resolve();
        },
      );
    });
  }

  async function callAgainAndAgain(caller: number): Promise<void> {
    const client = new Client(address, credentials.createInsecure(), {
      "grpc.service_config": serviceConfig,
      "grpc.enable_retries": 1,
      // A connection of its own, as callers in different processes have.
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": 100,
    });
    for (let round = 0; !over; round++) {
      await call(client, `load-${caller}-${round % 10}`);
      await sleep(PAUSE_MS);
    }
    client.close();
  }

  const callers = Array.from({ length: CALLERS }, (_, caller) => callAgainAndAgain(caller));
  return {
    answered: () => answered,
    failures: () => failures.splice(0),
    async more(calls) {
      const goal = ended + calls;
      while (ended < goal) await sleep(PAUSE_MS);
    },
    async stop() {
      over = true;
      await Promise.all(callers);
    },
  };
}
