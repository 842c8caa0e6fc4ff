import { describe, expect, test } from "vitest";
import { call } from "../../server/emit/runtime/call.ts";
import { httpRequest } from "../../server/emit/runtime/http.ts";
import { receive } from "../../server/emit/runtime/receive.ts";
import type { RunOptions } from "../../server/emit/runtime/scope.ts";
import { deaf, failureOf, run } from "./running.ts";

describe("messages", () => {
  test("come from the mailbox", async () => {
    const messages = { receive: async (channel: string) => ({ channel, approved: true }) };
    const { result } = await run(async (scope) => receive<{ approved: boolean }>(scope, "approval", "approvals"), {
      messages,
    });
    expect(result).toEqual({ channel: "approvals", approved: true });
  });

  test("that do not come in time fail their step", async () => {
    const error = await failureOf(
      run(async (scope) => receive(scope, "approval", "approvals", 3_600_000), { messages: { receive: deaf } }),
    );
    expect(error).toMatchObject({ name: "Timeout", step: "approval" });
  });

  test("cannot come without a mailbox", async () => {
    expect(await failureOf(run(async (scope) => receive(scope, "approval", "approvals")))).toMatchObject({
      name: "NoMessages",
      step: "approval",
    });
  });
});

describe("HTTP requests", () => {
  const answer = (
    body: string,
    init: ResponseInit,
  ): { readonly http: NonNullable<RunOptions["http"]>; readonly seen: RequestInit[] } => {
    const seen: RequestInit[] = [];
    return {
      seen,
      http: async (_, request) => {
        seen.push(request);
        return new Response(body, init);
      },
    };
  };

  test("send JSON and read JSON", async () => {
    const { http, seen } = answer('{"id":7}', {
      status: 201,
      headers: { "Content-Type": "application/json; charset=utf-8" },
    });
    const { result } = await run(
      async (scope) =>
        call(scope, "fetch", httpRequest, { url: "https://example.com/a", headers: { "x-key": "k" }, body: { a: 1 } }),
      { http },
    );
    expect(result).toEqual({
      status: 201,
      headers: { "content-type": "application/json; charset=utf-8" },
      body: { id: 7 },
    });
    expect(seen).toMatchObject([
      { method: "POST", headers: { "content-type": "application/json", "x-key": "k" }, body: '{"a":1}' },
    ]);
  });

  test("send and read text as it is", async () => {
    const { http, seen } = answer("plain", { status: 200 });
    const { result } = await run(
      async (scope) => call(scope, "fetch", httpRequest, { url: "https://example.com", method: "PUT", body: "text" }),
      { http },
    );
    expect(result).toMatchObject({ body: "plain" });
    expect(seen).toMatchObject([{ method: "PUT", headers: {}, body: "text" }]);
  });

  test("fail on a status of 400 or more", async () => {
    const { http } = answer("no", { status: 503 });
    const error = await failureOf(
      run(async (scope) => call(scope, "fetch", httpRequest, { url: "https://example.com" }), { http }),
    );
    expect(error).toMatchObject({
      name: "HttpError",
      message: "GET https://example.com was answered with status 503",
      step: "fetch",
    });
  });
});
