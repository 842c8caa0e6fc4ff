import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { credentials, ServerCredentials, status } from "@grpc/grpc-js";
import { HealthService } from "@workflow-compiler/proto/gen/grpc/health/v1/health.ts";
import {
  ServerReflectionRequest,
  ServerReflectionResponse,
  ServerReflectionService,
} from "@workflow-compiler/proto/gen/grpc/reflection/v1/reflection.ts";
import {
  OperationsServiceService as Contract,
  ListAuditEventsRequest,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAuthentication } from "../../server/admission/authentication.ts";
import { createTokenVerifier } from "../../server/admission/authentication-tokens.ts";
import { createAuthorisation } from "../../server/admission/authorisation.ts";
import { openTls, type Tls } from "../../server/grpc/credentials.ts";
import { failureOf } from "../service/harness.ts";
import { all, callWith } from "../tls/calls.ts";
import { type Authority, createAuthority, issueServer } from "../tls/certificates.ts";
import { createSigningKey, type KeyServer, type SigningKey, startKeyServer } from "../tls/key-server.ts";
import { type OperationsHarness, startOperations } from "./harness.ts";

const [issuer, audience] = ["https://id.example.com/", "operations"];

let folder: string;
let authority: Authority;
let key: SigningKey;
let keys: KeyServer;
let tls: Tls;
let running: OperationsHarness;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "operations-"));
  [authority, key] = await Promise.all([createAuthority("Authority"), createSigningKey("one")]);
  keys = await startKeyServer(key);
  const paths = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem"), clientCa: join(folder, "ca.pem") };
  const own = await issueServer(authority);
  writeFileSync(paths.cert, own.cert);
  writeFileSync(paths.key, own.key);
  writeFileSync(paths.clientCa, authority.cert);
  tls = openTls(paths);
  const operators = ["oncall.example.com"];
  const tokens = createTokenVerifier({ jwksUrl: keys.url, issuer, audience, rolesClaim: "roles", operators });
  running = await startOperations({
    credentials: tls.credentials,
    parts: { certificates: tls.certificates },
    identity: [
      createAuthentication({ certificates: true, tokens, operators, anonymousRole: "operator" }),
      createAuthorisation("operator"),
    ],
  });
});
afterAll(async () => {
  tls.close();
  await running.stop();
  await keys.stop();
  rmSync(folder, { recursive: true });
});

/** With a certificate for this name, or none. */
async function connect(name?: string) {
  const own = name === undefined ? null : await authority.issue({ names: [{ type: "dns", value: name }] });
  const [ownKey, cert] = own === null ? [null, null] : [Buffer.from(own.key), Buffer.from(own.cert)];
  return running.connect(credentials.createSsl(Buffer.from(authority.cert), ownKey, cert), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.ssl_target_name_override": "localhost",
  });
}

async function bearer(roles: readonly string[]): Promise<{ readonly authorization: string }> {
  const exp = Math.floor(Date.now() / 1_000) + 60;
  return { authorization: `Bearer ${await key.sign({ iss: issuer, aud: audience, sub: "ci", exp, roles })}` };
}

test("operators are those who are listed, and those whose token says so", async () => {
  const listed = await callWith(await connect("oncall.example.com"), Contract.getStatus, {});
  expect(listed.caller).toEqual({ name: "oncall.example.com", kind: "certificate", roles: ["caller", "operator"] });
  const said = await callWith(await connect(), Contract.getStatus, {}, await bearer(["operator"]));
  expect(said.caller).toEqual({ name: "ci", kind: "token", roles: ["caller", "operator"] });
});

test("GetStatus tells of the certificates", async () => {
  const { certificates } = await callWith(await connect("oncall.example.com"), Contract.getStatus, {});
  expect(certificates.map(({ use, subject, names }) => [use, subject, names])).toEqual([
    ["server", "CN=server", ["DNS:localhost", "IP Address:127.0.0.1"]],
    ["client-ca", "CN=Authority", []],
  ]);
  expect(certificates[0]?.notAfter?.getTime()).toBeGreaterThan(Date.now());
});

const emptyRequests = Object.values(Contract).map(
  ({ path, requestStream, responseStream }) => [path, requestStream, responseStream] as const,
);

test.each(emptyRequests)("%s is for operators only", async (path, requestStream, responseStream) => {
  const caller = await connect("builder.example.com");
  const failure = await failureOf(
    new Promise((resolve, reject) => {
      const bytes = (value: Buffer): Buffer => value;
      const stream = caller.makeBidiStreamRequest(path, bytes, bytes);
      stream
        .on("error", reject)
        .on("end", () => resolve(null))
        .resume();
      if (!requestStream) stream.write(Buffer.alloc(0));
      stream.end();
    }),
  );
  expect([failure.code, responseStream || failure.rich.has("ErrorInfo")]).toEqual([status.PERMISSION_DENIED, true]);
});

test("who is nobody is asked for credentials; health asks nobody", async () => {
  const nobody = await connect();
  const failure = await failureOf(callWith(nobody, Contract.getStatus, {}));
  expect([failure.code, failure.details]).toEqual([
    status.UNAUTHENTICATED,
    expect.stringContaining("client certificate that an authority known to this service has signed or a bearer token"),
  ]);
  const service = "workflow.compiler.v1.OperationsService";
  expect((await callWith(nobody, HealthService.check, { service })).status).toBe(1);
});

const encodeRequest = (request: ServerReflectionRequest): Buffer =>
  Buffer.from(ServerReflectionRequest.encode(request).finish());

test("reflection is for operators too", async () => {
  const ask = async (name?: string): Promise<readonly string[]> => {
    const { path } = ServerReflectionService.serverReflectionInfo;
    const stream = (await connect(name)).makeBidiStreamRequest(path, encodeRequest, ServerReflectionResponse.decode);
    stream.write({ host: "", messageRequest: { $case: "listServices", value: "" } });
    stream.end();
    const answers = await all<ServerReflectionResponse>(stream);
    return answers.flatMap(({ messageResponse }) =>
      messageResponse?.$case === "listServicesResponse"
        ? messageResponse.value.service.map((listed) => listed.name)
        : [],
    );
  };
  expect(await ask("oncall.example.com")).toContain("workflow.compiler.v1.OperationsService");
  expect((await failureOf(ask("builder.example.com"))).code).toBe(status.PERMISSION_DENIED);
});

test("refusals are in the audit log, with who was refused", async () => {
  await failureOf(callWith(await connect("intruder.example.com"), Contract.getConfig, {}));
  await running.store.audit.flush();
  const request = { ...ListAuditEventsRequest.decode(new Uint8Array()), principal: "intruder.example.com" };
  const batches = await all((await connect("oncall.example.com")).listAuditEvents(request));
  expect(batches.flatMap(({ events }) => events)).toMatchObject([
    { outcome: "PERMISSION_DENIED", errorCode: "ROLE_MISSING", method: Contract.getConfig.path.slice(1) },
  ]);
});

test("without authentication only this machine is let in", async () => {
  const [outside] = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).filter(({ internal, family }) => !internal && family === "IPv4"),
  );
  const open = await startOperations({ credentials: ServerCredentials.createInsecure(), host: "0.0.0.0" });
  try {
    const [, port] = open.address.split(":");
    expect(
      (await callWith(open.connect(undefined, {}, `127.0.0.1:${port}`), Contract.getStatus, {})).caller?.roles,
    ).toContain("operator");
    if (outside === undefined) return;
    const failure = await failureOf(
      callWith(open.connect(undefined, {}, `${outside.address}:${port}`), Contract.getStatus, {}),
    );
    expect(failure.code).toBe(status.PERMISSION_DENIED);
  } finally {
    await open.stop();
  }
});
