import { execFile } from "node:child_process";
import { connect as connectHttp2, constants } from "node:http2";
import { connect as connectTcp } from "node:net";
import { promisify } from "node:util";
import { BadRequest } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import { CompilerServiceService } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, call as send, sourceOf, startHarness } from "./harness.ts";

const run = promisify(execFile);

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({});
});
afterAll(() => harness.stop());

interface RawAnswer {
  readonly status: string | undefined;
  readonly message: string | undefined;
  readonly rich: boolean;
}

/** A gRPC call with any bytes as its message, from a client that knows nothing of protobuf. */
function rawCall(path: string, message: Buffer, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const session = connectHttp2(`http://${harness.address}`);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return new Promise<RawAnswer>((resolve, reject) => {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    let seen: Record<string, unknown> = {};
    stream.on("response", (more) => (seen = { ...seen, ...more }));
    stream.on("trailers", (more) => (seen = { ...seen, ...more }));
    stream.on("error", reject);
    stream.on("close", () => {
      const text = (name: string) => (typeof seen[name] === "string" ? decodeURIComponent(seen[name]) : undefined);
      resolve({ status: text("grpc-status"), message: text("grpc-message"), rich: "grpc-status-details-bin" in seen });
    });
    stream.resume();
    stream.end(Buffer.concat([frame, message]));
  }).finally(() => session.close());
}

const validate = "/workflow.compiler.v1.CompilerService/Validate";

describe("what is no protobuf message", () => {
  test("is the caller's mistake", async () => {
    const answer = await rawCall(validate, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3]));
    expect(answer).toEqual({ status: "3", message: expect.stringContaining("not the protobuf message"), rich: true });
  });

  test("never gives INTERNAL or no answer, whatever the bytes", async () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
    await fc.assert(
      fc.asyncProperty(bytes, async (message) => {
        expect(["0", "3"]).toContain((await rawCall(validate, message)).status);
      }),
      { numRuns: 60 },
    );
  });

  test("an unknown method is UNIMPLEMENTED", async () => {
    expect((await rawCall("/workflow.compiler.v1.CompilerService/Nothing", Buffer.alloc(0))).status).toBe("12");
  });

  test("names that are not UTF-8 are the caller's mistake", async () => {
    const source = Buffer.from([0x12, 0x01, 0x78, 0x1a, 0x03, 0xff, 0xfe, 0x80]);
    const answer = await rawCall(validate, Buffer.concat([Buffer.from([0x0a, source.length]), source]));
    expect(answer).toMatchObject({ status: "3", rich: true });
  });
});

test("bytes that are not even HTTP/2 do no harm", async () => {
  const port = Number(harness.address.split(":")[1]);
  await new Promise<void>((resolve) => {
    const socket = connectTcp(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\n\r\n\0\xff\xfe".repeat(1_000)));
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
  });
  expect(
    (
      await send(harness.client, CompilerServiceService.validate, {
        source: sourceOf("x"),
        profile: false,
        allowInlineCode: false,
        fix: false,
      })
    ).valid,
  ).toBe(true);
});

/** An independent client in another language, which learns the contract from the server. */
describe("buf curl, through reflection", () => {
  async function curl(method: string, data: unknown): Promise<unknown> {
    const url = `http://${harness.address}/workflow.compiler.v1.CompilerService/${method}`;
    const { stdout } = await run("buf", [
      "curl",
      "--protocol",
      "grpc",
      "--http2-prior-knowledge",
      "-d",
      JSON.stringify(data),
      url,
    ]);
    return JSON.parse(stdout);
  }

  test("validates", async () => {
    const content = Buffer.from("x").toString("base64");
    expect(await curl("Validate", { source: { content, format: "FORMAT_GRAPH" } })).toEqual({
      valid: true,
      format: "FORMAT_GRAPH",
    });
  });

  test("explains", async () => {
    expect(await curl("ExplainDiagnostic", { code: "WF_TYPE_001" })).toMatchObject({
      code: "WF_TYPE_001",
      severity: "SEVERITY_ERROR",
      category: "CATEGORY_TYPE_SAFETY",
    });
  });

  test("reads the details of a failure", async () => {
    const refused: { stderr: string } = await curl("Validate", { source: {} }).then(
      () => expect.unreachable(),
      (error) => error,
    );
    const failure = JSON.parse(refused.stderr);
    expect(failure).toMatchObject({ code: "invalid_argument", details: [{ type: "google.rpc.BadRequest" }] });
    const { fieldViolations } = BadRequest.decode(Buffer.from(failure.details[0]?.value ?? "", "base64"));
    expect(fieldViolations).toMatchObject([{ field: "source.content", description: "value is required" }]);
  });
});
