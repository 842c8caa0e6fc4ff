import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalService, startLocalService } from "../../scripts/local-service.ts";
import { expectJson, type Ran, type RunOptions, wfops } from "../ops-cli/wfops.ts";
import { type Authority, createAuthority, type Pair } from "../tls/certificates.ts";
import { createSigningKey, type KeyServer, type SigningKey, startKeyServer } from "../tls/key-server.ts";
import { startNameServer } from "./name-server.ts";

/** wfops as somebody: over TLS, with certificates and with tokens, all of which may be wrong. One service, which asks for both. */

const [issuer, audience, operator] = ["https://id.example.com/", "workflow-compiler", "oncall.example.com"];

let folder: string;
let authority: Authority;
let stranger: Authority;
let key: SigningKey;
let keys: KeyServer;
let service: LocalService;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wfops-identity-"));
  [authority, stranger, key] = await Promise.all([
    createAuthority("Authority"),
    createAuthority("Stranger"),
    createSigningKey("one"),
  ]);
  keys = await startKeyServer(key);
  const names = [
    { type: "ip", value: "127.0.0.1" },
    { type: "dns", value: "compilers.test" },
  ] as const;
  const own = place("server", await authority.issue({ commonName: "server", names, use: "server" }));
  service = await startLocalService(
    {
      // As all of 127/8, so that it is two replicas to whoever asks DNS for it.
      WFC_OPERATIONS_ADDR: "0.0.0.0:0",
      WFC_TLS_CERT: own.WFOPS_CERT,
      WFC_TLS_KEY: own.WFOPS_KEY,
      WFC_TLS_CLIENT_CA: place("ca", authority).WFOPS_CERT,
      WFC_JWKS_URL: keys.url,
      WFC_JWT_ISSUER: issuer,
      WFC_JWT_AUDIENCE: audience,
      WFC_OPERATORS: operator,
    },
    { keepLog: true },
  );
});
afterAll(async () => {
  await service?.stop();
  await keys?.stop();
  rmSync(folder, { recursive: true });
});

function place(name: string, { cert, key: itsKey }: Pair) {
  const paths = { WFOPS_CERT: join(folder, `${name}.pem`), WFOPS_KEY: join(folder, `${name}.key`) };
  writeFileSync(paths.WFOPS_CERT, cert);
  writeFileSync(paths.WFOPS_KEY, itsKey);
  return paths;
}

/** Trusts the service's authority, unless `env` says otherwise. */
const as = (env: Readonly<Record<string, string>>, ...args: readonly string[]) => asWith({}, env, ...args);

function asWith(
  options: Pick<RunOptions, "node">,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Ran> {
  const operations = service.operationsAddress.replace("0.0.0.0", "127.0.0.1");
  const where = { WFOPS_SERVER: service.address, WFOPS_OPERATIONS: operations, WFOPS_CA: join(folder, "ca.pem") };
  return wfops(args, { env: { ...where, ...env }, ...options });
}

const named = async (name: string, value: string, from = authority, notAfter?: Date) =>
  place(name, await from.issue({ names: [{ type: "dns", value }], ...(notAfter === undefined ? {} : { notAfter }) }));

function token(claims: Readonly<Record<string, unknown>> = {}, signer = key): Promise<string> {
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  return signer.sign({ iss: issuer, aud: audience, sub: "ci", exp, roles: ["caller"], ...claims });
}

describe("an operator", () => {
  test("is known by a certificate, in every command and in the audit log", async () => {
    const me = await named("operator", operator);
    const changed = await as(me, "loglevel", "warn", "--yes", "--reason", "too much noise");
    expect(changed).toMatchObject({ code: 0, stderr: "" });
    const listed = await as(me, "audit", "list", "--method", "SetLogLevel", "--json");
    expect(expectJson("audit list", listed)).toMatchObject({
      events: [{ principal: operator, reason: "too much noise" }],
    });
    const { code, stdout } = await as(me, "check", "--only", "roles", "--only", "tls", "--json");
    const { checks } = JSON.parse(stdout) as { checks: { id: string; verdict: string; problems: string[] }[] };
    expect(code).toBe(100);
    expect(checks.find(({ id }) => id === "role-operator")?.verdict).toBe("ok");
    expect(checks.find(({ id }) => id === "certificates-valid")).toMatchObject({
      verdict: "failed",
      problems: [expect.stringContaining("server (CN=server) ends in")],
    });
  });

  test("is known by a token, from a context of the config file", async () => {
    const config = join(folder, "config.yaml");
    const context = { token: await token({ sub: "ada", roles: ["operator"] }), caFile: join(folder, "ca.pem") };
    writeFileSync(config, JSON.stringify({ current: "here", contexts: { here: context } }));
    const shown = await as({ WFOPS_CONFIG: config, WFOPS_CA: "" }, "status");
    expect([shown.code, shown.stderr, shown.stdout]).toEqual([0, "", expect.stringMatching(/you are +ada/)]);
  });
});

test("a caller compiles, and changes nothing", async () => {
  const file = join(folder, "pay.yaml");
  writeFileSync(
    file,
    "apiVersion: workflow.compiler/v1\nkind: Workflow\nmetadata: { name: pay, version: 1.0.0 }\nspec: { nodes: [], output: 1 }\n",
  );
  for (const env of [await named("caller", "ci.example.com"), { WFOPS_TOKEN: await token() }]) {
    expect(await as(env, "compile", file, "--quiet")).toMatchObject({ code: 0, stderr: "" });
    const { code, stderr } = await as(env, "cache", "clear", "--yes");
    expect([code, stderr]).toEqual([1, expect.stringContaining("It takes the role operator: WFC_OPERATORS")]);
  }
  const idle = await as({ WFOPS_TOKEN: await token({ roles: ["reader"] }) }, "explain", "WF_TYPE_001");
  expect([idle.code, idle.stderr]).toEqual([1, expect.stringContaining("It takes the role caller")]);
  const checked = await as({ WFOPS_TOKEN: await token() }, "check", "--only", "roles");
  expect([checked.code, checked.stdout]).toEqual([100, expect.stringContaining("× you have the role operator")]);
});

describe("who counts for nobody is told why", () => {
  test.each([
    ["nothing is sent", async () => ({}), "Set WFOPS_TOKEN, or WFOPS_CERT and WFOPS_KEY"],
    ["a certificate of others", () => named("of others", operator, stranger), "of others.pem counts as none"],
    ["one that has ended", () => named("ended", operator, authority, new Date(Date.now() - 60_000)), "out of date"],
    ["a token that has ended", async () => ({ WFOPS_TOKEN: await token({ exp: 1_000_000_000 }) }), "Get a new token"],
    [
      "a token of others",
      async () => ({ WFOPS_TOKEN: await token({}, await createSigningKey("two")) }),
      "`kid` names none of the keys",
    ],
  ])("%s", async (_what, env, said) => {
    const { code, stdout, stderr } = await as(await env(), "loglevel");
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining(said)]);
    expect(stderr).toMatch(/^error: /);
  });
});

describe("a server that is not trusted is told apart from one that is away", () => {
  test.each([
    ["without TLS on our side", { WFOPS_CA: "" }, "If the server wants TLS, set WFOPS_CA"],
    ["an authority that it is not of", { WFOPS_CA: "other.pem" }, "(self-signed certificate in certificate chain)"],
    ["the authorities of the system", { WFOPS_CA: "system" }, "not of the authority in WFOPS_CA"],
    ["another name", { WFOPS_SERVER_NAME: "compiler.example.com" }, "set WFOPS_SERVER_NAME to a name that it has"],
  ])("%s", async (_what, env, said) => {
    place("other", stranger);
    const { WFOPS_CA: ca, ...rest } = { WFOPS_CA: join(folder, "ca.pem"), ...env };
    const { code, stderr } = await as({ WFOPS_CA: ca === "other.pem" ? join(folder, ca) : ca, ...rest }, "loglevel");
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)]);
  });

  test("a name that it does have is enough", async () => {
    const me = await named("operator", operator);
    expect(await as({ ...me, WFOPS_SERVER_NAME: "compilers.test" }, "loglevel")).toMatchObject({ code: 0, stderr: "" });
  });
});

test("a name of which DNS has two addresses is two replicas, and their certificate is for that name", async () => {
  const name = "compilers.test";
  const server = await startNameServer(name, ["127.0.0.2", "127.0.0.1"], join(folder, "name-server.mjs"));
  const me = await named("operator", operator);
  const port = service.operationsAddress.split(":").at(-1);
  const env = { ...me, WFOPS_OPERATIONS: `${name}:${port}` };
  const ran = await asWith({ node: ["--import", server.preload] }, env, "loglevel", "--json");
  server.close();
  expect([ran.stderr, ran.code]).toEqual(["", 0]);
  expect(expectJson("loglevel", ran)).toMatchObject({
    replicas: [{ address: `127.0.0.1:${port}` }, { address: `127.0.0.2:${port}` }],
  });
});

describe("what cannot be used is not sent", () => {
  const file = (name: string) => join(folder, name);
  test.each([
    ["a file that is not there", () => ({ WFOPS_CA: file("nothing.pem") }), 1, "cannot be read"],
    ["an authority that is none", () => ({ WFOPS_CA: file("server.key") }), 2, "holds no certificate in PEM"],
    ["a certificate without its key", () => ({ WFOPS_CERT: file("ca.pem") }), 2, "needs its key"],
    [
      "a key of another certificate",
      () => ({ WFOPS_CERT: file("ca.pem"), WFOPS_KEY: file("server.key") }),
      2,
      "server.key is not the key of",
    ],
    [
      "a key that is none",
      () => ({ WFOPS_CERT: file("ca.pem"), WFOPS_KEY: file("ca.pem") }),
      2,
      "holds no private key without a password",
    ],
    ["a token of two lines", () => ({ WFOPS_TOKEN: "a\nb" }), 2, "the token has blanks or line breaks"],
  ])("%s", async (_what, env, code, said) => {
    const ran = await as(env(), "loglevel");
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([code, "", expect.stringContaining(said)]);
  });
});
