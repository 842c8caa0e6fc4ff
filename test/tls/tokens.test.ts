import { status } from "@grpc/grpc-js";
import { ErrorInfo } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import { HealthService } from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import { CompilerServiceService as Compiler } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createAuthentication } from "../../server/admission/authentication.ts";
import type { KeysState } from "../../server/admission/authentication-keys.ts";
import { createTokenVerifier, type TokenVerifier } from "../../server/admission/authentication-tokens.ts";
import { createAuthorisation } from "../../server/admission/authorisation.ts";
import { failureOf, type Harness, startHarness } from "../service/harness.ts";
import { callWith } from "./calls.ts";
import { createSigningKey, type KeyServer, type SigningKey, startKeyServer } from "./key-server.ts";

const issuer = "https://id.example.com/";
const audience = "workflow-compiler";

let key: SigningKey;
let other: SigningKey;
let keys: KeyServer;
let tokens: TokenVerifier;
let running: Harness;
let told: KeysState[];

beforeAll(async () => {
  key = await createSigningKey("one");
  other = await createSigningKey("two", "RS256");
});
beforeEach(async () => {
  keys = await startKeyServer(key);
  told = [];
  const options = { issuer, audience, rolesClaim: "roles", operators: ["root"] };
  tokens = createTokenVerifier({ ...options, jwksUrl: keys.url, onKeys: (state) => told.push(state) });
  running = await startHarness(
    {},
    {
      admission: {
        identity: [
          createAuthentication({ certificates: false, tokens, operators: ["root"], anonymousRole: "caller" }),
          createAuthorisation("caller"),
        ],
      },
    },
  );
});
afterEach(async () => {
  vi.useRealTimers();
  await running.stop();
  await keys.stop();
});

const seconds = () => Math.floor(Date.now() / 1_000);

/** A good token, but for what is said. undefined leaves a claim out. */
function tokenOf(more: Readonly<Record<string, unknown>> = {}, signer: SigningKey = key, header = {}): Promise<string> {
  const claims = { iss: issuer, aud: audience, sub: "ci", exp: seconds() + 600, roles: ["caller"], ...more };
  const given = Object.entries(claims).filter(([, value]) => value !== undefined);
  return signer.sign(Object.fromEntries(given), header);
}

const list = (authorization: string) =>
  callWith(
    running.client,
    Compiler.listComponents,
    { typePrefix: "none" },
    authorization === "" ? {} : { authorization },
  );

async function refusalOf(authorization: string): Promise<readonly [string | undefined, string]> {
  const failure = await failureOf(list(authorization));
  return [status[failure.code], ErrorInfo.decode(failure.rich.get("ErrorInfo") ?? new Uint8Array()).reason];
}

test("a good token lets its subject in; health asks for none", async () => {
  expect(await list(`Bearer ${await tokenOf()}`)).toEqual({ components: [] });
  expect(await list(`bearer   ${await tokenOf({ roles: "caller other" })}`)).toEqual({ components: [] });
  expect(await list(`Bearer ${await tokenOf({ roles: undefined, sub: "root" })}`)).toEqual({ components: [] });
  const { status: serving } = await callWith(running.client, HealthService.check, { service: "" });
  expect(serving).toBe(1);
});

test("no token, or no token at all, is not let in", async () => {
  expect(await refusalOf("")).toEqual(["UNAUTHENTICATED", "CREDENTIALS_MISSING"]);
  for (const bad of [
    "Basic dTpw",
    "Bearer",
    "Bearer a b",
    "Bearer a.b",
    `Bearer ${"a".repeat(9_000)}.a.a`,
    "Bearer a.b.c",
  ])
    expect(await refusalOf(bad)).toEqual(["UNAUTHENTICATED", "TOKEN_INVALID"]);
});

test("each claim must hold", async () => {
  for (const wrong of [
    { iss: "https://evil.example.com/" },
    { aud: "another" },
    { aud: undefined },
    { exp: undefined },
    { sub: undefined },
    { sub: "a b" },
    { sub: "a\nb" },
    { nbf: seconds() + 120 },
  ])
    expect(await refusalOf(`Bearer ${await tokenOf(wrong)}`)).toEqual(["UNAUTHENTICATED", "TOKEN_INVALID"]);
  expect(await refusalOf(`Bearer ${await tokenOf({ exp: seconds() - 60 })}`)).toEqual([
    "UNAUTHENTICATED",
    "TOKEN_EXPIRED",
  ]);
});

test("clocks may differ a little", async () => {
  await list(`Bearer ${await tokenOf({ nbf: seconds() + 20 })}`);
  await list(`Bearer ${await tokenOf({ exp: seconds() - 20 })}`);
});

test("a role that is missing is another answer", async () => {
  for (const roles of [undefined, [], ["reader"], 7, { caller: true }])
    expect(await refusalOf(`Bearer ${await tokenOf({ roles })}`)).toEqual(["PERMISSION_DENIED", "ROLE_MISSING"]);
});

test("signatures that anybody could make are refused", async () => {
  const [header = "", payload = "", signature = ""] = (await tokenOf()).split(".");
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const { createHmac } = await import("node:crypto");
  const shared = `${encode({ alg: "HS256", kid: "one" })}.${payload}`;
  const hmac = createHmac("sha256", JSON.stringify(key.publicJwk)).update(shared).digest("base64url");
  for (const forged of [
    `${encode({ alg: "none" })}.${payload}.AA`,
    `${shared}.${hmac}`,
    `${header}.${encode({ iss: issuer, aud: audience, sub: "root", exp: seconds() + 600 })}.${signature}`,
    await tokenOf({}, { ...other, sign: (claims) => other.sign(claims, { kid: "one" }) }),
    await tokenOf({}, other),
    await tokenOf({}, key, { crit: ["x"], x: 1 }).catch(() => "a.b.c"),
  ])
    expect(await refusalOf(`Bearer ${forged}`)).toEqual(["UNAUTHENTICATED", "TOKEN_INVALID"]);
});

test("tokens and what is in them are in no log", async () => {
  const token = await tokenOf();
  await list(`Bearer ${token}`);
  await refusalOf(`Bearer ${token}x`);
  expect(JSON.stringify(running.log)).not.toContain(token.slice(-40));
});

test("a token that was good is not checked again for a while", async () => {
  const authorization = `Bearer ${await tokenOf()}`;
  await list(authorization);
  const again = tokens.verify(authorization.slice("Bearer ".length));
  expect(again).not.toBeInstanceOf(Promise);
  expect(again).toMatchObject({ name: "ci", kind: "token" });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
  expect(tokens.verify(authorization.slice("Bearer ".length))).toBeInstanceOf(Promise);
});

describe("the keys", () => {
  test("are fetched once for many callers", async () => {
    await Promise.all(Array.from({ length: 20 }, async () => list(`Bearer ${await tokenOf()}`)));
    expect(keys.asked).toBe(1);
  });

  test("are fetched again for a new key, though not for each made-up one", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await list(`Bearer ${await tokenOf()}`);
    keys.publish(key, other);
    expect(await refusalOf(`Bearer ${await tokenOf({}, other)}`)).toEqual(["UNAUTHENTICATED", "TOKEN_INVALID"]);
    expect(keys.asked).toBe(1);
    vi.setSystemTime(Date.now() + 31_000);
    await list(`Bearer ${await tokenOf({}, other)}`);
    expect(keys.asked).toBe(2);
  });

  test("that were withdrawn count no more", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await list(`Bearer ${await tokenOf()}`);
    keys.publish(other);
    vi.setSystemTime(Date.now() + 601_000);
    await list(`Bearer ${await tokenOf()}`);
    await vi.waitFor(() => expect(keys.asked).toBe(2));
    await vi.waitFor(async () =>
      expect(await refusalOf(`Bearer ${await tokenOf()}`)).toEqual(["UNAUTHENTICATED", "TOKEN_INVALID"]),
    );
  });

  test("outlive an outage of their server, for a day", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await list(`Bearer ${await tokenOf()}`);
    keys.serve({ status: 503, body: "" });
    vi.setSystemTime(Date.now() + 3_600_000);
    await list(`Bearer ${await tokenOf()}`);
    await vi.waitFor(() => expect(told).toEqual([{ kind: "away", reason: "the answer has status 503" }]));
    expect(tokens.keys().away).toBe("the answer has status 503");
    vi.setSystemTime(Date.now() + 24 * 3_600_000);
    expect(await refusalOf(`Bearer ${await tokenOf()}`)).toEqual(["UNAVAILABLE", "TOKEN_KEYS_UNAVAILABLE"]);
    keys.publish(key);
    vi.setSystemTime(Date.now() + 6_000);
    await list(`Bearer ${await tokenOf()}`);
    expect(told.at(-1)).toEqual({ kind: "fetched" });
  });

  test("that cannot be had are our trouble, and are not asked for by every call", async () => {
    for (const bad of ["no JSON", "{}", `{"keys":[]}${" ".repeat(1_100_000)}`]) {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6_000 });
      const before = keys.asked;
      keys.serve({ body: bad });
      for (let index = 0; index < 3; index++)
        expect(await refusalOf(`Bearer ${await tokenOf()}`)).toEqual(["UNAVAILABLE", "TOKEN_KEYS_UNAVAILABLE"]);
      expect(keys.asked).toBe(before + 1);
    }
    expect(JSON.stringify(told)).not.toContain("no JSON");
  });
});

test("roles may stand deeper in a token", async () => {
  const deep = createTokenVerifier({
    jwksUrl: keys.url,
    issuer,
    audience,
    rolesClaim: "realm_access.roles",
    operators: [],
  });
  const { roles } = await deep.verify(await tokenOf({ realm_access: { roles: ["operator"] } }));
  expect([...roles]).toEqual(["caller", "operator"]);
  const plain = await deep.verify(await tokenOf({ "realm_access.roles": ["caller"] }));
  expect([...plain.roles]).toEqual(["caller"]);
});
