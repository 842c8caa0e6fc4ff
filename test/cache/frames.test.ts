import { once } from "node:events";
import { connect } from "node:http2";
import {
  CompileRequest,
  CompileResponse,
  CompilerServiceService as Contract,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { describe, expect, test } from "vitest";
import { framed } from "../../server/grpc/frames.ts";
import { call, sourceOf, startHarness } from "../service/harness.ts";
import { createReplica, createTestPool } from "./replica.ts";

describe("a framed message", () => {
  test("has its header before it in memory of its own", () => {
    const message = framed(Buffer.from("hello"));
    expect(message.toString()).toBe("hello");
    expect(Buffer.from(message.buffer)).toEqual(Buffer.from("\0\0\0\0\x05hello", "latin1"));
  });

  test("arrives as any other does: with a frame of one header, whole", async () => {
    const harness = await startHarness({}, { cache: createReplica(createTestPool()) });
    try {
      const request = { source: sourceOf("x"), options: undefined };
      const answers = [];
      for (let i = 0; i < 3; i++) answers.push(await call(harness.client, Contract.compile, request));
      const frames = [];
      for (let i = 0; i < 2; i++)
        frames.push(await rawCompile(harness.address, CompileRequest.encode(request).finish()));
      for (const frame of frames) {
        expect(frame[0]).toBe(0);
        expect(frame.readUInt32BE(1)).toBe(frame.length - 5);
        expect(CompileResponse.decode(frame.subarray(5))).toEqual(answers[2]);
      }
    } finally {
      await harness.stop();
    }
  });
});

/** Everything that the server sends on the stream. */
async function rawCompile(address: string, message: Uint8Array): Promise<Buffer> {
  const session = connect(`http://${address}`);
  const stream = session.request({
    ":method": "POST",
    ":path": Contract.compile.path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([header, message]));
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "end");
  session.close();
  return Buffer.concat(chunks);
}
