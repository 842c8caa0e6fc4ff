import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { CompilerServiceService as Contract } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalService, startLocalService } from "../../scripts/local-service.ts";
import { ended, startWfops, wfops } from "./wfops.ts";

/** Servers that are away, wrong, old, slow or strict, and readers and people who have enough. */

let service: LocalService;
let folder: string;
let file: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wfops-failures-"));
  file = join(folder, "pay.yaml");
  writeFileSync(
    file,
    "apiVersion: workflow.compiler/v1\nkind: Workflow\nmetadata: { name: pay }\nspec: { nodes: [] }\n",
  );
  service = await startLocalService();
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

/** A gRPC server that answers each method of the contract as it is told, and others with UNIMPLEMENTED. */
async function stub(handlers: Parameters<Server["addService"]>[1]): Promise<{ address: string; close(): void }> {
  const server = new Server();
  server.addService(Contract, handlers);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

describe("a server that cannot be asked", () => {
  test("is down: exit 1, and where to look", async () => {
    const { code, stdout, stderr } = await wfops(["validate", file, "--server", "127.0.0.1:1"]);
    expect([code, stderr]).toEqual([1, "1 file: 1 could not be judged\n"]);
    expect(stdout).toContain("127.0.0.1:1 cannot be reached (connect ECONNREFUSED)");
    expect(stdout).toContain("--server and --operations, or WFOPS_SERVER");
  });

  test("has a name that nobody knows", async () => {
    // Too long for a name, so that it is not asked for on the network.
    const server = `${"a".repeat(64)}.invalid:50051`;
    const { code, stderr } = await wfops(["explain", "WF_SCHEMA_001", "--server", server]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("cannot be reached (its name is not known here)")]);
  });

  test("is another program", async () => {
    const silent = createServer((socket) => socket.on("error", () => {}).write("220 mail.example.com ESMTP\r\n"));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : 0;
    const { code, stderr } = await wfops([
      "explain",
      "WF_SCHEMA_001",
      "--server",
      `127.0.0.1:${port}`,
      "--timeout",
      "5s",
    ]);
    silent.close();
    expect([code, stderr.startsWith("error: ")]).toEqual([1, true]);
  });

  test("is the wrong port of ours: the operators' service does not compile", async () => {
    const args = ["explain", "WF_SCHEMA_001", "--server", service.operationsAddress];
    const { code, stderr } = await wfops(args);
    expect(code).toBe(1);
    expect(stderr).toContain("does not know ExplainDiagnostic");
    expect(stderr).toContain("--server leads to the compiler (50051)");
  });

  test("speaks no TLS where we do", async () => {
    const env = { WFOPS_CA: "system", WFOPS_SERVER: service.address };
    const { code, stderr } = await wfops(["explain", "WF_SCHEMA_001"], { env });
    expect(code).toBe(1);
    expect(stderr).toContain("If the server has no TLS, leave WFOPS_CA");
  });

  test("is there among others that are not", async () => {
    const args = ["explain", "WF_SCHEMA_001", "--server", `127.0.0.1:1,${service.address}`];
    expect(await wfops(args)).toMatchObject({ code: 0, stderr: "" });
    const several = await wfops(["validate", file, file, "--server", `127.0.0.1:1,${service.address}`]);
    expect(several.code).toBe(0);
  });
});

describe("a server that refuses", () => {
  test("is older than the method: which version it takes", async () => {
    const old = await stub({});
    const { code, stderr } = await wfops(["components", "--server", old.address]);
    old.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /does not know ListComponents\n {2}→ `wfops components` needs a server of version \d+\.\d+\.\d+ or later/,
    );
  });

  test("of several, one is older: it is named, with the version that it takes, and the others are changed", async () => {
    const old = await stub({});
    const operations = `${old.address},${service.operationsAddress}`;
    const { code, stdout, stderr } = await wfops(["loglevel", "warn", "--yes", "--operations", operations]);
    const files = await wfops(["validate", file, "--server", old.address]);
    old.close();
    expect([code, stdout]).toEqual([1, `${service.operationsAddress}  logs warn; it was warn\n`]);
    expect(stderr).toContain(`${old.address} does not know SetLogLevel`);
    expect(stderr).toMatch(/`wfops loglevel` needs a server of version \d+\.\d+\.\d+ or later/);
    expect(files.stdout).toMatch(/`wfops validate` needs a server of version \d+\.\d+\.\d+ or later/);
  });

  test("is older than a field: it says so, and does not pretend", async () => {
    const old = await stub({
      validate: (_call: unknown, done: (error: null, answer: object) => void) =>
        done(null, {
          valid: true,
          diagnostics: [],
          format: 1,
          profile: undefined,
          fixedContent: Buffer.alloc(0),
          appliedFixes: [],
        }),
    });
    const { code, stdout } = await wfops(["validate", file, "--fix", "--yes", "--server", old.address]);
    old.close();
    expect([code, stdout.includes("the server applies no fixes")]).toEqual([1, true]);
  });

  test.each([
    ["does not know us", status.UNAUTHENTICATED, "Set WFOPS_TOKEN"],
    ["does not let us", status.PERMISSION_DENIED, "It takes the role"],
    ["fails itself", status.INTERNAL, "server's log"],
  ])("because it %s", async (_what, code, said) => {
    const strict = await stub({
      listComponents: (_call: unknown, done: (error: object) => void) => done({ code, details: "no" }),
    });
    const ran = await wfops(["components", "--server", strict.address]);
    strict.close();
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toContain(said);
  });

  test("does not answer in time", async () => {
    const slow = await stub({ listComponents: () => {} });
    const ran = await wfops(["components", "--server", slow.address, "--timeout", "300ms", "--json"]);
    slow.close();
    expect([ran.code, JSON.parse(ran.stdout).error.reason]).toEqual([1, "deadline"]);
  });

  test("for now, because of a rate: what is left is sent when it says", async () => {
    const limited = await startLocalService({ WFC_RATE_LIMIT: "600/1m+2", WFC_STREAM_RATE: "600/1m+2" });
    const paths = Array.from({ length: 6 }, (_, index) => {
      const path = join(folder, `many-${index}.yaml`);
      writeFileSync(
        path,
        `apiVersion: workflow.compiler/v1\nkind: Workflow\nmetadata: { name: w${index} }\nspec: { nodes: [] }\n`,
      );
      return path;
    });
    const validated = await wfops(["validate", ...paths, "--server", limited.address]);
    const compiled = await wfops(["compile", ...paths, "--server", limited.address, "--json"]);
    await limited.stop();
    expect(validated).toMatchObject({ code: 0, stderr: "6 files: no problems\n" });
    expect([
      compiled.code,
      JSON.parse(compiled.stdout).files.map((one: { compiled: boolean }) => one.compiled),
    ]).toEqual([0, paths.map(() => true)]);
  });
});

describe("it ends", () => {
  test("quietly where its reader has enough", async () => {
    const child = startWfops(["ir", file, "--server", service.address]);
    child.stdout?.destroy();
    child.stdin?.end();
    const stderr: Buffer[] = [];
    child.stderr?.on("data", (chunk) => stderr.push(chunk));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, Buffer.concat(stderr).toString()]).toEqual([0, ""]);
  });

  test("with a word where nothing can be written", async () => {
    const full = openSync("/dev/full", "w");
    const child = startWfops(["explain", "WF_SCHEMA_001", "--server", service.address], { stdout: full });
    let stderr = "";
    child.stderr?.on("data", (part: Buffer) => {
      stderr += part.toString();
    });
    const [code] = await once(child, "close");
    closeSync(full);
    expect([code, stderr]).toEqual([1, expect.stringContaining("cannot be written: ENOSPC")]);
  });

  test("at Ctrl-C, and says so", async () => {
    let asked = (): void => {};
    const wasAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const slow = await stub({ listComponents: () => asked() });
    const child = startWfops(["components", "--server", slow.address]);
    const end = ended(child);
    await wasAsked;
    child.kill("SIGINT");
    expect(await end).toEqual({ code: 130, stdout: "", stderr: "error: interrupted\n" });
    slow.close();
  });
});
