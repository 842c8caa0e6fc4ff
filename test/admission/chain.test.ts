import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { Metadata, status } from "@grpc/grpc-js";
import { ErrorInfo } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import type { Status } from "@workflow-compiler/proto/gen/google/rpc/status.ts";
import { HealthService } from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import { CompilerServiceService as Contract } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { afterEach, describe, expect, test } from "vitest";
import type { Call, CallEnd } from "../../server/admission/call.ts";
import type { Step } from "../../server/admission/chain.ts";
import type { CompilePool } from "../../server/artifact.ts";
import { refused } from "../../server/grpc/call-error.ts";
import { failureOf, type Harness, call as send, sourceOf, startHarness, validAnswer } from "../service/harness.ts";
import { connectRaw, frame, rawCall, validateFrame } from "./raw-call.ts";

let harness: Harness;
afterEach(() => harness.stop());

interface Ended extends CallEnd {
  readonly method: string;
  readonly requestId: string;
  readonly resource: string;
}

/** A harness whose ends of calls and faults of peers are kept. */
async function start(
  pool: Partial<CompilePool> = {},
  admission: NonNullable<Parameters<typeof startHarness>[1]>["admission"] = {},
) {
  const ends: Ended[] = [];
  const faults: string[] = [];
  const onEnd = ({ method, requestId, resource }: Call, end: CallEnd): void => {
    ends.push({ ...end, method: method.replace(/^.*[./]/, ""), requestId, resource });
  };
  harness = await startHarness(pool, {
    admission: { onEnd: [onEnd], onFault: (fault) => faults.push(fault), ...admission },
  });
  const session = connectRaw(harness.address);
  return {
    ends,
    faults,
    /** By a client that is only HTTP/2. */
    raw: (request: Parameters<typeof rawCall>[1] = {}) => rawCall(session, request),
    close: () => session.close(),
  };
}

const request = { source: sourceOf("x"), profile: false, allowInlineCode: false, fix: false };
const reasonOf = (rich: Status | null): string | undefined => {
  const info = rich?.details.find(({ typeUrl }) => typeUrl.endsWith("ErrorInfo"));
  return info && ErrorInfo.decode(info.value).reason;
};

describe("the request id", () => {
  test("is the caller's, and comes back in the headers of an answer and with a failure", async () => {
    const { raw, ends } = await start();
    const good = await raw({ headers: { "x-request-id": "order-17/a" } });
    expect([good.grpcStatus, good.headers["x-request-id"], good.blocks]).toEqual([0, "order-17/a", 2]);
    const bad = await raw({ frames: [frame(Buffer.from([0xff]))], headers: { "x-request-id": "order-18" } });
    // One block: headers of their own before an error would keep clients from trying again.
    expect([bad.grpcStatus, bad.headers["x-request-id"], bad.blocks]).toEqual([3, "order-18", 1]);
    expect(ends.map(({ requestId }) => requestId)).toEqual(["order-17/a", "order-18"]);
  });

  test.each([
    ["none", {}],
    ["an empty one", { "x-request-id": "" }],
    ["a blank in it", { "x-request-id": "a b" }],
    ["one too long", { "x-request-id": "x".repeat(129) }],
    ["two", { "x-request-id": ["a", "b"] }],
    ["one that is not ASCII", { "x-request-id": "\u00fc" }],
  ])("%s: one is made", async (_what, headers: Record<string, string | string[]>) => {
    const { raw, ends } = await start();
    const { headers: answered } = await raw({ headers });
    expect(answered["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ends[0]?.requestId).toBe(answered["x-request-id"]);
  });

  test("is the same for a client of grpc-js", async () => {
    await start();
    const metadata = new Metadata();
    metadata.set("x-request-id", "from-js");
    const seen = await new Promise<Metadata>((resolve) => {
      harness.client.validate(request, metadata, () => {}).on("metadata", (headers: Metadata) => resolve(headers));
    });
    expect(seen.get("x-request-id")).toEqual(["from-js"]);
  });
});

describe("steps", () => {
  const step = (name: string, log: string[], more: Partial<Step> = {}): Step => ({
    name,
    admit: () => void log.push(name),
    ...more,
  });

  test("are asked in order, late answers included, and the first refusal counts", async () => {
    const asked: string[] = [];
    const late = step("late", asked, {
      admit: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        asked.push("late");
      },
    });
    const refusing = step("refusing", asked, {
      admit() {
        asked.push("refusing");
        throw refused(status.PERMISSION_DENIED, "NO", "not you");
      },
    });
    let compiled = 0;
    const { raw, ends } = await start(
      {
        async validate() {
          compiled++;
          return validAnswer;
        },
      },
      { identity: [step("first", asked), late, refusing, step("never", asked)] },
    );
    const answer = await raw();
    expect([answer.grpcStatus, reasonOf(answer.rich), answer.blocks]).toEqual([status.PERMISSION_DENIED, "NO", 1]);
    expect([asked, compiled]).toEqual([["first", "late", "refusing"], 0]);
    expect(ends).toMatchObject([{ code: "PERMISSION_DENIED", errorCode: "NO", method: "Validate" }]);
  });

  test("one that throws, or rejects, what is no CallError is our fault, and says nothing of the inside", async () => {
    for (const admit of [
      () => {
        throw new Error("secret path");
      },
      () => Promise.reject(new Error("secret path")),
    ]) {
      const { raw, ends } = await start({}, { identity: [{ name: "broken", admit }] });
      const answer = await raw();
      expect([answer.grpcStatus, reasonOf(answer.rich)]).toEqual([status.INTERNAL, "INTERNAL"]);
      expect(JSON.stringify(answer)).not.toContain("secret");
      expect(ends).toMatchObject([{ code: "INTERNAL" }]);
      expect(harness.log).toContainEqual(expect.objectContaining({ msg: "fault" }));
      await harness.stop();
    }
  });

  test("health passes them unasked", async () => {
    const asked: string[] = [];
    await start({}, { identity: [step("identity", asked)] });
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const { path, requestSerialize, responseDeserialize } = HealthService.check;
    harness.client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service: "" }, (_error, answer) =>
      resolve(answer),
    );
    expect(await promise).toMatchObject({ status: 1 });
    expect(asked).toEqual([]);
  });

  test("a caller that leaves while one is asked ends the call, and no handler begins", async () => {
    let asked = false;
    let compiled = 0;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { ends } = await start(
      {
        async validate() {
          compiled++;
          return validAnswer;
        },
      },
      {
        identity: [
          {
            name: "slow",
            admit() {
              asked = true;
              return held;
            },
          },
        ],
      },
    );
    const call = harness.client.validate(request, () => {});
    await until(() => asked);
    call.cancel();
    await until(() => ends.length === 1);
    release();
    await send(harness.client, Contract.explainDiagnostic, { code: "WF_TYPE_001" });
    expect(ends).toMatchObject([{ code: "CANCELLED", errorCode: "CALLER_LEFT" }, { code: "OK" }]);
    expect(compiled).toBe(0);
  });
});

describe("the end of a call is told once", () => {
  const never = () => new Promise<never>(() => {});

  test("after an answer, a refusal and a fault", async () => {
    const { ends } = await start({
      validate: async ({ name }) => {
        if (name === "fault") throw new Error("inside");
        return validAnswer;
      },
    });
    await send(harness.client, Contract.validate, request);
    await failureOf(send(harness.client, Contract.validate, { ...request, source: sourceOf("") }));
    await failureOf(send(harness.client, Contract.validate, { ...request, source: sourceOf("x", { name: "fault" }) }));
    await settled();
    expect(ends.map(({ code, errorCode }) => [code, errorCode])).toEqual([
      ["OK", ""],
      ["INVALID_ARGUMENT", ""],
      ["INTERNAL", "INTERNAL"],
    ]);
    expect(ends.every(({ durationMs }) => durationMs >= 0)).toBe(true);
  });

  test("after the server's deadline, the caller's, and the longest that there is", async () => {
    const { ends } = await start({ validate: never }, { deadlineMs: 100, maxDeadlineMs: 1_500 });
    // The connection is there before the shortest deadline begins.
    await send(harness.client, Contract.listComponents, { typePrefix: "none" });
    await until(() => ends.splice(0).length === 1);
    const failures = await Promise.all([
      failureOf(send(harness.client, Contract.validate, request)),
      failureOf(send(harness.client, Contract.validate, request, { deadline: Date.now() + 1_000 })),
      failureOf(send(harness.client, Contract.validate, request, { deadline: Date.now() + 60_000 })),
    ]);
    expect(failures.map(({ code }) => code)).toEqual([4, 4, 4]);
    const limits = failures.map(({ rich }) =>
      ErrorInfo.decode(rich.get("ErrorInfo") ?? Buffer.alloc(0)).metadata.get("limit_ms"),
    );
    expect([limits[0], limits[2]]).toEqual(["100", "1500"]);
    await until(() => ends.length === 3);
    await settled();
    expect(ends.map(({ code }) => code)).toEqual(Array(3).fill("DEADLINE_EXCEEDED"));
    expect(ends.map(({ errorCode }) => errorCode).toSorted()).toEqual([
      "CALLER_DEADLINE",
      "SERVER_DEADLINE",
      "SERVER_DEADLINE",
    ]);
  });

  test("after the caller has left, alone and with its connection", async () => {
    let begun = 0;
    const { ends, raw, close } = await start({
      validate() {
        begun++;
        return never();
      },
    });
    const call = harness.client.validate(request, () => {});
    void raw();
    await until(() => begun === 2);
    call.cancel();
    await until(() => ends.length === 1);
    close();
    const other = connectRaw(harness.address);
    void rawCall(other);
    await until(() => begun === 3);
    other.destroy();
    await until(() => ends.length === 2);
    await settled();
    expect(ends.map(({ code }) => code)).toEqual(["CANCELLED", "CANCELLED"]);
  });

  test("and an answer that comes after that is not sent", async () => {
    const { promise, resolve } = Promise.withResolvers<typeof validAnswer>();
    const { ends } = await start({ validate: () => promise }, { deadlineMs: 30 });
    expect((await failureOf(send(harness.client, Contract.validate, request))).code).toBe(4);
    resolve(validAnswer);
    await settled();
    expect(ends).toHaveLength(1);
    expect((await send(harness.client, Contract.validate, request)).valid).toBe(true);
  });

  test("a listener that waits is waited for, and one that fails or hangs fails no call", async () => {
    const { promise: written, resolve: write } = Promise.withResolvers<void>();
    const late: string[] = [];
    await start(
      {},
      {
        onEnd: [
          () => {
            throw new Error("first");
          },
          () => Promise.reject(new Error("second")),
          () => written.then(() => void late.push("written")),
        ],
      },
    );
    const answered = send(harness.client, Contract.validate, request).then(() => late.push("answered"));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(late).toEqual([]);
    write();
    await answered;
    expect(late).toEqual(["written", "answered"]);
    expect(harness.log.filter(({ msg }) => msg === "fault")).toHaveLength(2);
    await harness.stop();

    await start({}, { onEnd: [() => never()] });
    expect((await send(harness.client, Contract.validate, request)).valid).toBe(true);
  });
});

describe("what the transport finds out by itself is a failure like any other", () => {
  const gzip = async (bytes: Buffer): Promise<Buffer> => {
    const zip = createGzip();
    zip.end(bytes);
    return buffer(zip);
  };
  const big = Buffer.alloc(4 * 1024 * 1024);
  const cases = [
    [
      "a message too large",
      { frames: [frame(big)] },
      status.RESOURCE_EXHAUSTED,
      "MESSAGE_TOO_LARGE",
      "oversized_message",
    ],
    [
      "a timeout that is none",
      { headers: { "grpc-timeout": "soon" } },
      status.INVALID_ARGUMENT,
      "BAD_TIMEOUT",
      "bad_timeout",
    ],
    ["no message", { frames: [] }, status.UNIMPLEMENTED, "NO_MESSAGE", "message_count"],
    [
      "two messages",
      { frames: [validateFrame, validateFrame] },
      status.UNIMPLEMENTED,
      "SECOND_MESSAGE",
      "message_count",
    ],
    [
      "an unknown compression",
      { frames: [frame(Buffer.from("x"), true)], headers: { "grpc-encoding": "brotli" } },
      status.UNIMPLEMENTED,
      "UNKNOWN_COMPRESSION",
      "bad_compression",
    ],
    [
      "bytes that do not decompress",
      { frames: [frame(Buffer.from("no gzip"), true)], headers: { "grpc-encoding": "gzip" } },
      status.INVALID_ARGUMENT,
      "BAD_COMPRESSION",
      "bad_compression",
    ],
    [
      "an unknown method",
      { path: "/workflow.compiler.v1.CompilerService/No" },
      status.UNIMPLEMENTED,
      "UNKNOWN_METHOD",
      "unknown_method",
    ],
    ["an unknown service", { path: `/${"x".repeat(300)}` }, status.UNIMPLEMENTED, "UNKNOWN_METHOD", "unknown_method"],
  ] as const;

  test.each(cases)("%s", async (_what, input, code, reason, fault) => {
    const { raw, ends, faults, close } = await start();
    const answer = await raw(input);
    expect([answer.grpcStatus, reasonOf(answer.rich)]).toEqual([code, reason]);
    expect(answer.headers["x-request-id"]).toBe(ends[0]?.requestId);
    expect(ends.map((end) => [end.code, end.errorCode])).toEqual([[status[code], reason]]);
    expect(faults).toEqual([fault]);
    expect((await raw()).grpcStatus).toBe(0);
    close();
  });

  test("a compressed bomb is stopped at the size that is received", async () => {
    const { raw, faults, close } = await start();
    const bomb = await gzip(Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(1024 * 1024);
    const answer = await raw({ frames: [frame(bomb, true)], headers: { "grpc-encoding": "gzip" } });
    expect([answer.grpcStatus, reasonOf(answer.rich)]).toEqual([status.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE"]);
    expect(faults).toEqual(["oversized_message"]);
    const good = await raw({
      frames: [frame(await gzip(validateFrame.subarray(5)), true)],
      headers: { "grpc-encoding": "gzip" },
    });
    expect(good.grpcStatus).toBe(0);
    close();
  });

  test("a timeout longer than 32 bits of milliseconds is not over at once", async () => {
    const { raw, close } = await start();
    expect((await raw({ headers: { "grpc-timeout": "1000H" } })).grpcStatus).toBe(0);
    expect((await raw({ headers: { "grpc-timeout": "99999999H" } })).grpcStatus).toBe(0);
    close();
  });

  test("unknown methods are one method in what is logged and counted", async () => {
    const { raw, ends, close } = await start();
    await raw({ path: "/a.B/C" });
    await raw({ path: "/../../etc/passwd" });
    expect(ends.map(({ method }) => method)).toEqual(["Unknown", "Unknown"]);
    close();
  });

  test("what is no gRPC gets no gRPC", async () => {
    const { raw, close } = await start();
    const answer = await raw({ headers: { "content-type": "text/html" } });
    expect([answer.grpcStatus, answer.headers[":status"]]).toEqual([null, 415]);
    close();
  });
});

test("faults are logged once in a while, however many there are", async () => {
  const { raw, faults, close } = await start();
  for (let index = 0; index < 20; index++) await raw({ path: "/no/No" });
  expect(faults).toHaveLength(20);
  const lines = harness.log.filter(({ msg }) => msg === "peer fault");
  expect(lines).toMatchObject([{ fault: "unknown_method", address: "127.0.0.1", unlogged: 0 }]);
  close();
});

/** Until what is said later, if anything, would have been said. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
