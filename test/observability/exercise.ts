import { Client, credentials } from "@grpc/grpc-js";
import {
  type CompileOptions,
  type CompilerServiceClient,
  CompilerServiceService as Contract,
  Target,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import {
  type DrainAction,
  OperationsServiceService as Operations,
  OperationsServiceClient,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Source } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import type { LocalService } from "../../scripts/local-service.ts";
import { call, connect, sourceOf } from "../service/harness.ts";

const oneNode = "nodes: [{ id: say, type: core.transform, with: { value: 1 } }]";
const options: CompileOptions = {
  target: Target.TARGET_UNSPECIFIED,
  noCache: false,
  profile: false,
  allowInlineCode: false,
  ir: false,
  controlFlow: false,
};

function definition(name: string, spec = oneNode): Source {
  return sourceOf(
    `apiVersion: workflow.compiler/v1\nkind: Workflow\nmetadata: { name: ${name}, version: 1.0.0, type: order }\nspec: { ${spec} }\n`,
  );
}

/** Some of each kind of call, and what operators do, so that there is something to see. */
export async function exercise(service: LocalService, round: number): Promise<void> {
  const client = connect(service.address);
  const news = definition(`news-${round}-${service.processId}`);
  for (const source of [news, news, definition("bad", "nodes: [{}]")])
    await call(client, Contract.compile, { source, options });
  await call(client, Contract.validate, { source: news, profile: false, allowInlineCode: false, fix: false });
  await stream(client, news);
  client.close();
  await sendRubbish(service.address);
  await operate(service);
}

async function stream(client: CompilerServiceClient, source: Source): Promise<void> {
  const answers = client.compileStream();
  answers.write({ id: "a", source, options });
  answers.end();
  for await (const _answer of answers);
}

/** Bytes that are no message. */
async function sendRubbish(address: string): Promise<void> {
  const client = new Client(address, credentials.createInsecure());
  const bytes = (buffer: Buffer): Buffer => buffer;
  await new Promise<void>((resolve) => {
    client.makeUnaryRequest(Contract.compile.path, bytes, bytes, Buffer.from([0xff, 0xff]), () => resolve());
  });
  client.close();
}

async function operate(service: LocalService): Promise<void> {
  const client = operationsOf(service);
  await call(client, Operations.verifyAuditLog, { knownHeads: [] });
  const backup = client.createBackup({ withoutContent: false, withoutArtifacts: false, reason: "a test" });
  for await (const _part of backup);
  client.close();
}

export async function drain(service: LocalService, action: DrainAction): Promise<void> {
  const client = operationsOf(service);
  await call(client, Operations.drain, { action, reason: "a test" });
  client.close();
}

function operationsOf(service: LocalService): OperationsServiceClient {
  return new OperationsServiceClient(service.operationsAddress, credentials.createInsecure());
}

/** Calls until it is told to end: more than the rate limit takes, and definitions that no cache knows. */
export function startLoad(services: readonly LocalService[]): { end(): Promise<void> } {
  let going = true;
  const clients = services.map((service) => connect(service.address));
  const loads = clients.map(async (client, index) => {
    for (let round = 0; going; round++) {
      const source = definition(`load-${index}-${round}`);
      const explained = Array.from({ length: 100 }, () =>
        call(client, Contract.explainDiagnostic, { code: "WF_TYPE_001" }),
      );
      await Promise.allSettled([...explained, call(client, Contract.compile, { source, options })]);
    }
  });
  return {
    async end() {
      going = false;
      await Promise.all(loads);
      for (const client of clients) client.close();
    },
  };
}
