import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { CompilerServiceService as Contract } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { describe, expect, test } from "vitest";
import { startLocalService } from "../../scripts/local-service.ts";
import { sourceOf } from "./harness.ts";

const machine = (resource: string) =>
  JSON.stringify({ StartAt: "Call", States: { Call: { Type: "Task", Resource: resource, End: true } } });

describe("the service as a process", () => {
  test("compiles with the real compiler, refuses what is wrong, and stops in order", async () => {
    const service = await startLocalService();
    try {
      const { artifact, diagnostics } = await service.call(Contract.compile, {
        source: sourceOf(machine("arn:aws:lambda:eu-west-1:123456789012:function:charge")),
        options: undefined,
      });
      expect(diagnostics).toEqual([]);
      expect(artifact?.digest).toMatch(/^[0-9a-f]{64}$/);
      expect(artifact?.files.map(({ path }) => path)).toContain(artifact?.entrypoint);

      const broken = machine("").replace('"End":true', '"Next":"Nowhere"');
      const answer = await service.call(Contract.validate, {
        source: sourceOf(broken),
        profile: true,
        allowInlineCode: false,
        fix: false,
      });
      expect(answer.valid).toBe(false);
      expect(answer.diagnostics.map(({ code }) => code)).toContain("WF_VALIDATION_008");
      expect(answer.profile?.stages.map(({ name }) => name)).toEqual(expect.arrayContaining(["source", "frontend"]));
    } finally {
      expect(await service.stop()).toBe(0);
    }
  });
});

test("buf curl, which knows nothing of us, compiles an example", async () => {
  const service = await startLocalService();
  try {
    const content = readFileSync(new URL("../../docs/examples/order-fulfilment/workflow.yaml", import.meta.url));
    const request = JSON.stringify({ source: { content: content.toString("base64"), name: "workflow.yaml" } });
    const url = `http://${service.address}/workflow.compiler.v1.CompilerService/Compile`;
    const args = ["curl", "--protocol", "grpc", "--http2-prior-knowledge", "-d", request, url];
    const { artifact, format } = JSON.parse(execFileSync("buf", args, { encoding: "utf8" }));
    expect(format).toBe("FORMAT_GRAPH");
    expect(artifact.workflowName).toBe("order-fulfilment");
    expect(artifact.activities.map(({ name }: { name: string }) => name)).toContain("payments.charge");
    expect(artifact.files[0].content).toContain("export async function run(");
  } finally {
    await service.stop();
  }
});

/** What `main.ts` says and its exit code, where it ends by itself. */
async function runMain(
  environment: Record<string, string>,
): Promise<{ code: number | null; out: string; err: string }> {
  const main = new URL("../../server/main.ts", import.meta.url).pathname;
  // Not at the usual addresses, which services of other tests may need at this moment.
  const elsewhere = { WFC_HTTP_ADDR: "127.0.0.1:0", WFC_OPERATIONS_ADDR: "127.0.0.1:0", WFC_STORE: "sqlite::memory:" };
  const child = spawn(process.execPath, [main], { env: { ...process.env, ...elsewhere, ...environment } });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, out, err };
}

describe("what keeps it from starting", () => {
  test("wrong settings: all are told, exit code 2", async () => {
    const { code, out, err } = await runMain({ WFC_GRPC_ADDR: "nowhere", WFC_WORKERS: "many" });
    expect([code, out]).toEqual([2, ""]);
    expect(err.trim().split("\n")).toEqual([
      expect.stringContaining('WFC_GRPC_ADDR is "nowhere"'),
      expect.stringContaining('WFC_WORKERS is "many"'),
    ]);
  });

  test("an address that is taken: exit code 1", async () => {
    const service = await startLocalService();
    try {
      const { code, err } = await runMain({ WFC_GRPC_ADDR: service.address });
      expect(code).toBe(1);
      expect(err).toContain("the service cannot run");
    } finally {
      await service.stop();
    }
  });

  test("a folder of components that is not there: exit code 1", async () => {
    const { code, err } = await runMain({ WFC_GRPC_ADDR: "127.0.0.1:0", WFC_COMPONENTS_DIR: "/no/such/folder" });
    expect(code).toBe(1);
    expect(err).toContain("/no/such/folder");
  });
});
