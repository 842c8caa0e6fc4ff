import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { credentials, status } from "@grpc/grpc-js";
import { ErrorInfo } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import { HealthService } from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import {
  CompilerServiceService as Compiler,
  CompilerServiceClient,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAuthentication } from "../../server/admission/authentication.ts";
import { createTokenVerifier, type TokenVerifier } from "../../server/admission/authentication-tokens.ts";
import { createAuthorisation } from "../../server/admission/authorisation.ts";
import { openTls, type Reload, type Tls } from "../../server/grpc/credentials.ts";
import { failureOf, type Harness, startHarness } from "../service/harness.ts";
import { callWith } from "./calls.ts";
import { type Authority, createAuthority, fingerprintOf, issueServer, type Pair } from "./certificates.ts";
import { createSigningKey, startKeyServer } from "./key-server.ts";

let authority: Authority;
let stranger: Authority;
let folder: string;
let first: Pair;
let told: Reload[];
let tls: Tls;
let running: Harness;
let address: string;
const clients: CompilerServiceClient[] = [];

beforeAll(async () => {
  [authority, stranger] = await Promise.all([createAuthority("Authority"), createAuthority("Stranger")]);
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tls-"));
  first = await issueServer(authority);
  write(first);
  writeFileSync(join(folder, "ca.pem"), authority.cert);
  told = [];
  tls = openTls(paths(), { onReload: (outcome) => told.push(outcome) });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  tls.close();
  await running.stop();
  rmSync(folder, { recursive: true });
});

const paths = () => ({
  cert: join(folder, "cert.pem"),
  key: join(folder, "key.pem"),
  clientCa: join(folder, "ca.pem"),
});

function write({ cert, key }: Pair): void {
  writeFileSync(join(folder, "cert.pem"), cert);
  writeFileSync(join(folder, "key.pem"), key);
}

async function start(tokens: TokenVerifier | null = null): Promise<void> {
  const authentication = createAuthentication({ certificates: true, tokens, operators: [], anonymousRole: "caller" });
  running = await startHarness({}, { admission: { identity: [authentication, createAuthorisation("caller")] } });
  address = await running.service.listen("127.0.0.1:0", tls.credentials);
}

/** A client that knows the authority, with a certificate of its own or none. */
function connect(own?: Pair): CompilerServiceClient {
  const [key, cert] = own === undefined ? [null, null] : [Buffer.from(own.key), Buffer.from(own.cert)];
  const client = new CompilerServiceClient(address, credentials.createSsl(Buffer.from(authority.cert), key, cert), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.ssl_target_name_override": "localhost",
  });
  clients.push(client);
  return client;
}

const list = (client: CompilerServiceClient, fields = {}) =>
  callWith(client, Compiler.listComponents, { typePrefix: "none" }, fields);

async function refusalOf(client: CompilerServiceClient): Promise<readonly [string | undefined, string]> {
  const failure = await failureOf(list(client));
  return [status[failure.code], ErrorInfo.decode(failure.rich.get("ErrorInfo") ?? new Uint8Array()).reason];
}

const service = { type: "dns", value: "builder.example.com" } as const;
const spiffe = { type: "url", value: "spiffe://example.com/builder" } as const;

describe("client certificates", () => {
  test("name their principal by the first URI, else by the first DNS name", async () => {
    const names: string[] = [];
    const authentication = createAuthentication({
      certificates: true,
      tokens: null,
      operators: [],
      anonymousRole: "caller",
    });
    const onEnd = [
      ({ principal }: { principal: { name: string; kind: string } }) =>
        void names.push(`${principal.kind} ${principal.name}`),
    ];
    running = await startHarness(
      {},
      { admission: { identity: [authentication, createAuthorisation("caller")], onEnd } },
    );
    address = await running.service.listen("127.0.0.1:0", tls.credentials);
    await list(connect(await authority.issue({ names: [service, spiffe] })));
    await list(connect(await authority.issue({ names: [{ type: "email", value: "a@example.com" }, service] })));
    expect(names).toEqual(["certificate spiffe://example.com/builder", "certificate builder.example.com"]);
  });

  test("that are missing, foreign, for another use or out of date let nobody in", async () => {
    await start();
    expect(await refusalOf(connect())).toEqual(["UNAUTHENTICATED", "CREDENTIALS_MISSING"]);
    for (const own of [
      await stranger.issue({ names: [service] }),
      await authority.issue({ names: [service], use: "server" }),
      await authority.issue({ names: [service], notAfter: new Date(Date.now() - 1_000) }),
      await authority.issue({ names: [service], notBefore: new Date(Date.now() + 60_000) }),
    ])
      expect(await refusalOf(connect(own))).toEqual(["UNAUTHENTICATED", "CREDENTIALS_MISSING"]);
  });

  test("without a name that can be used are not taken by their common name", async () => {
    await start();
    const hidden = { type: "url", value: 'http://a/", DNS:root, URI:"' } as const;
    for (const names of [[], [{ type: "email", value: "a@example.com" } as const], [hidden]])
      expect(await refusalOf(connect(await authority.issue({ commonName: "root", names })))).toEqual([
        "UNAUTHENTICATED",
        "CERTIFICATE_INVALID",
      ]);
  });

  test("are not needed for health", async () => {
    await start();
    expect((await callWith(connect(), HealthService.check, { service: "" })).status).toBe(1);
  });

  test("and tokens: either suffices, and a token that was sent must be good", async () => {
    const key = await createSigningKey("one");
    const keys = await startKeyServer(key);
    try {
      const [issuer, audience] = ["https://id.example.com/", "compiler"];
      await start(createTokenVerifier({ jwksUrl: keys.url, issuer, audience, rolesClaim: "roles", operators: [] }));
      const exp = Math.floor(Date.now() / 1_000) + 60;
      const token = await key.sign({ iss: issuer, aud: audience, sub: "ci", exp, roles: ["caller"] });
      const certified = connect(await authority.issue({ names: [service] }));
      await list(certified);
      await list(connect(), { authorization: `Bearer ${token}` });
      expect((await failureOf(list(certified, { authorization: `Bearer ${token}x` }))).code).toBe(
        status.UNAUTHENTICATED,
      );
      expect(await refusalOf(connect())).toEqual(["UNAUTHENTICATED", "CREDENTIALS_MISSING"]);
    } finally {
      await keys.stop();
    }
  });
});

describe("new certificates", () => {
  const serverOf = async (): Promise<string> => (await handshake({})).fingerprint;

  test("are taken up under traffic, and no call fails", async () => {
    await start();
    const own = await authority.issue({ names: [service] });
    const steady = connect(own);
    let stop = false;
    let calls = 0;
    const traffic = (async () => {
      while (!stop) {
        await list(steady);
        await list(connect(own));
        calls++;
      }
    })();
    for (let round = 0; round < 3; round++) {
      const next = await issueServer(authority);
      write(next);
      expect(tls.reload()).toBe(true);
      expect(await serverOf()).toBe(fingerprintOf(next));
      const before = calls;
      await expect.poll(() => calls).toBeGreaterThan(before);
    }
    stop = true;
    await traffic;
    expect(told.map(({ kind }) => kind)).toEqual(["loaded", "loaded", "loaded"]);
  });

  test("that are broken are refused with one word, and the old ones stay", async () => {
    await start();
    const next = await issueServer(authority);
    const expired = await issueServer(authority, { notAfter: new Date(Date.now() - 1_000) });
    for (const [broken, word] of [
      [{ cert: next.cert, key: first.key }, "not for this key"],
      [{ cert: "nothing", key: next.key }, "no certificate"],
      [{ cert: next.cert, key: "nothing" }, "no private key"],
      [expired, "expired"],
    ] as const) {
      told.length = 0;
      write(broken);
      expect([tls.reload(), tls.reload()]).toEqual([false, false]);
      expect(told).toEqual([{ kind: "refused", reason: expect.stringContaining(word) }]);
      expect(await serverOf()).toBe(fingerprintOf(first));
    }
    rmSync(join(folder, "key.pem"));
    expect(tls.reload()).toBe(false);
    write(next);
    expect(tls.reload()).toBe(true);
    expect(tls.certificates().map(({ fingerprint }) => fingerprint)).toEqual([
      fingerprintOf(next),
      fingerprintOf(authority),
    ]);
  });

  test("of client authorities change who is let in", async () => {
    await start();
    const own = await authority.issue({ names: [service] });
    await list(connect(own));
    writeFileSync(join(folder, "ca.pem"), stranger.cert);
    expect(tls.reload()).toBe(true);
    expect(await refusalOf(connect(own))).toEqual(["UNAUTHENTICATED", "CREDENTIALS_MISSING"]);
    await list(connect(await stranger.issue({ names: [service] })));
  });

  test("are found without being told", async () => {
    await start();
    const watching = openTls(paths(), { pollMs: 5 });
    try {
      const next = await issueServer(authority);
      write(next);
      await expect.poll(() => watching.certificates()[0]?.fingerprint).toBe(fingerprintOf(next));
    } finally {
      watching.close();
    }
  });

  test("that cannot be used at the start keep the service from starting", async () => {
    await start();
    write({ cert: "nothing", key: "nothing" });
    expect(() => openTls(paths())).toThrow("the certificate file holds no certificate in PEM");
    expect(() => openTls({ ...paths(), cert: join(folder, "none.pem") })).toThrow("ENOENT");
  });
});

describe("the protocol", () => {
  test("is TLS 1.2 or 1.3 with forward secrecy, and HTTP/2", async () => {
    await start();
    expect(await handshake({ maxVersion: "TLSv1.2" })).toMatchObject({ protocol: "TLSv1.2", alpn: "h2" });
    expect((await handshake({ maxVersion: "TLSv1.2" })).cipher).toMatch(/^ECDHE-ECDSA-/);
    expect(await handshake({})).toMatchObject({ protocol: "TLSv1.3", alpn: "h2" });
    await expect(handshake({ minVersion: "TLSv1", maxVersion: "TLSv1.1" })).rejects.toThrow();
    await expect(handshake({ maxVersion: "TLSv1.2", ciphers: "AES128-SHA" })).rejects.toThrow("handshake failure");
    await expect(handshake({ ALPNProtocols: ["http/1.1"] })).rejects.toThrow("no application protocol");
  });

  test("resumes no session: who was let in yesterday shows the certificate again", async () => {
    await start();
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const options = { minVersion: version, maxVersion: version };
      const { session } = await handshake(options);
      if (session === undefined) throw new Error("there is no session to resume");
      expect((await handshake({ ...options, session })).reused).toBe(false);
    }
  });
});

interface Handshake {
  readonly protocol: string | null;
  readonly alpn: string | false | null;
  readonly cipher: string;
  readonly fingerprint: string;
  readonly reused: boolean;
  readonly session: Buffer | undefined;
}

/** What a plain TLS client sees, once the server has said its first word of HTTP/2. */
function handshake(options: ConnectionOptions): Promise<Handshake> {
  const [host = "", port] = address.split(":");
  return new Promise((resolve, reject) => {
    let session: Buffer | undefined;
    const socket: TLSSocket = connectTls({
      host,
      port: Number(port),
      servername: "localhost",
      ca: [authority.cert],
      ALPNProtocols: ["h2"],
      ...options,
    });
    socket.on("session", (given: Buffer) => {
      session = given;
    });
    socket.on("error", reject);
    socket.once("data", () => {
      resolve({
        protocol: socket.getProtocol(),
        alpn: socket.alpnProtocol,
        cipher: socket.getCipher().name,
        fingerprint: socket.getPeerCertificate().fingerprint256.replaceAll(":", "").toLowerCase(),
        reused: socket.isSessionReused(),
        session,
      });
      socket.destroy();
    });
  });
}
