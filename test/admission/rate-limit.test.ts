import { type CallOptions, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { ErrorInfo, QuotaFailure, RetryInfo } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import type {
  CompilerServiceClient,
  CompileStreamResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { afterEach, expect, test } from "vitest";
import type { Step } from "../../server/admission/chain.ts";
import { createRateLimiter, type Rates } from "../../server/admission/rate-limit.ts";
import { connect, type Harness, noRates, readFailure, sourceOf, startHarness } from "../service/harness.ts";

let harness: Harness;
let others: CompilerServiceClient[] = [];
afterEach(async () => {
  for (const client of others) client.close();
  others = [];
  await harness.stop();
});

/** Takes the caller at its word. */
const believing: Step = {
  name: "authentication",
  admit(call) {
    const [name] = call.metadata.get("name");
    if (typeof name === "string") call.principal = { name, kind: "token", roles: new Set(["caller"]) };
  },
};

async function start(rates: Partial<Rates>) {
  const limited: string[] = [];
  const limiter = createRateLimiter({ ...noRates, ...rates });
  harness = await startHarness(
    {},
    { admission: { limiter, identity: [believing], onLimited: (method) => limited.push(method.replace(/^.*\//, "")) } },
  );
  return { limiter, limited };
}

function client(): CompilerServiceClient {
  // A channel of its own, and so a connection.
  const made = connect(harness.address, { "grpc.use_local_subchannel_pool": 1 });
  others.push(made);
  return made;
}

/** "" where the call succeeds. */
function explain(by: CompilerServiceClient, name?: string, options: CallOptions = {}): Promise<ServiceError | null> {
  const metadata = new Metadata();
  if (name !== undefined) metadata.set("name", name);
  return new Promise((resolve) => {
    by.explainDiagnostic({ code: "WF_TYPE_001" }, metadata, options, (error) => resolve(error));
  });
}

const hourly = (burst: number) => ({ count: 1, perMs: 3_600_000, burst });

test("over the rate: RESOURCE_EXHAUSTED, with when to come back and whose quota it is", async () => {
  const { limited } = await start({ call: { count: 100, perMs: 60_000, burst: 2 } });
  expect([await explain(harness.client), await explain(harness.client)]).toEqual([null, null]);
  const error = await explain(harness.client);
  if (error === null) throw new Error("the call was let in");
  const { code, rich } = readFailure(error);
  expect([code, error.metadata.get("retry-after")]).toEqual([status.RESOURCE_EXHAUSTED, ["1"]]);
  const { retryDelay } = RetryInfo.decode(rich.get("RetryInfo") ?? Buffer.alloc(0));
  expect(retryDelay?.seconds).toBe(0n);
  expect(retryDelay?.nanos).toBeLessThanOrEqual(600_000_000);
  expect(QuotaFailure.decode(rich.get("QuotaFailure") ?? Buffer.alloc(0)).violations).toMatchObject([
    { subject: "address:127.0.0.1", description: expect.stringContaining("limited to 100 in 60 s") },
  ]);
  expect(ErrorInfo.decode(rich.get("ErrorInfo") ?? Buffer.alloc(0)).reason).toBe("RATE_LIMITED");
  expect(error.metadata.get("x-request-id")).toHaveLength(1);
  expect(limited).toEqual(["ExplainDiagnostic"]);
  expect(harness.log.filter(({ msg }) => msg === "call").at(-1)).toMatchObject({
    code: "RESOURCE_EXHAUSTED",
    errorCode: "RATE_LIMITED",
  });
});

test("two clients: one's flood is not the other's, by name or by method", async () => {
  await start({ call: hourly(2) });
  const [first, second] = [client(), client()];
  const codes = async (by: CompilerServiceClient, name: string) =>
    (await Promise.all([1, 2, 3, 4].map(() => explain(by, name)))).map((error) => error?.code ?? 0).toSorted();
  expect(await codes(first, "flood")).toEqual([0, 0, 8, 8]);
  expect(await codes(second, "flood")).toEqual([8, 8, 8, 8]);
  expect(await codes(second, "quiet")).toEqual([0, 0, 8, 8]);
  const listed = await new Promise((resolve) =>
    first.listComponents({ typePrefix: "" }, (error) => resolve(error?.code ?? 0)),
  );
  expect(listed).toBe(0);
});

test("a change at run time counts at once", async () => {
  const { limiter } = await start({ call: hourly(1) });
  expect([(await explain(harness.client))?.code, (await explain(harness.client))?.code]).toEqual([undefined, 8]);
  limiter.set("call", hourly(2));
  expect([(await explain(harness.client))?.code, (await explain(harness.client))?.code]).toEqual([
    undefined,
    undefined,
  ]);
  expect((await explain(harness.client))?.code).toBe(8);
  limiter.reset("127.0.0.1");
  expect((await explain(harness.client))?.code).toBeUndefined();
  limiter.set("call", null);
  for (let index = 0; index < 5; index++) expect(await explain(harness.client)).toBeNull();
});

test("the global rate is for all callers", async () => {
  await start({ global: hourly(3) });
  const codes = [];
  for (const name of ["a", "b", "c", "d"]) codes.push((await explain(harness.client, name))?.code ?? 0);
  expect(codes).toEqual([0, 0, 0, 8]);
});

test("a large request that is refused gets its error, and is not asked for the rest", async () => {
  await start({ call: hourly(1) });
  const send = () =>
    new Promise<ServiceError | null>((resolve) => {
      const source = { ...sourceOf(""), content: Buffer.alloc(1024 * 1024, 32) };
      harness.client.validate({ source, profile: false, allowInlineCode: false, fix: false }, (error) =>
        resolve(error),
      );
    });
  expect(await send()).toBeNull();
  for (let index = 0; index < 10; index++) {
    const error = await send();
    expect([error?.code, error?.metadata.get("retry-after").length]).toEqual([status.RESOURCE_EXHAUSTED, 1]);
  }
});

test("a message over a stream's rate is answered, and the stream goes on", async () => {
  const { limiter, limited } = await start({ stream: hourly(2) });
  const call = harness.client.compileStream();
  const answers: CompileStreamResponse[] = [];
  const ended = new Promise<number>((resolve) => {
    call.on("data", (answer: CompileStreamResponse) => answers.push(answer));
    call.on("status", ({ code }) => resolve(code));
    call.on("error", () => {});
  });
  const send = async (count: number): Promise<void> => {
    const before = answers.length;
    for (let index = 0; index < count; index++) call.write({ id: "", source: sourceOf("x"), options: undefined });
    while (answers.length < before + count) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await send(4);
  limiter.set("stream", null);
  await send(1);
  call.end();
  expect(await ended).toBe(status.OK);
  const results = answers
    .toSorted((a, b) => a.index - b.index)
    .map(({ result }) => (result?.$case === "error" ? status[result.value.code] : result?.$case));
  expect(results).toEqual(["response", "response", "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED", "response"]);
  expect(limited).toEqual(["CompileStream", "CompileStream"]);
});
