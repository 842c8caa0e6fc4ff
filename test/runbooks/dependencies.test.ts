import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { startRedis } from "../dependencies/redis.ts";
import { startPostgres } from "../store/postgres.ts";
import { createAuthority } from "../tls/certificates.ts";
import { admit, type Patient } from "./trouble.ts";

/** Troubles that are mended elsewhere while the runbook waits for it: most of the time is waiting, so they wait at once. */
vi.setConfig({ testTimeout: 240_000 });

const folder = mkdtempSync(join(tmpdir(), "runbooks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The runbook is under way while somebody mends the cause. */
async function mendedMeanwhile(patient: Patient, name: string, mend: () => Promise<void>): Promise<void> {
  const waiting = patient.mend(name, "--wait", "180s");
  await mend();
  expect((await waiting).mended).toBe(true);
}

async function fails(patient: Patient, category: string): Promise<void> {
  for (;;) {
    const { code } = await patient.run("check", "--only", category);
    if (code === 100) return;
  }
}

test.concurrent("circuit-open: Redis is away, and comes back", async () => {
  const redis = await startRedis();
  const patient = await admit({ WFC_REDIS_URL: redis.url });
  try {
    await redis.kill();
    await fails(patient, "redis");
    await mendedMeanwhile(patient, "circuit-open", () => redis.restart());
  } finally {
    await patient.service.stop();
    await redis.stop();
  }
});

test.concurrent("store-unavailable: PostgreSQL is away, and comes back; what waited is written", async () => {
  const postgres = await startPostgres();
  const patient = await admit({ WFC_STORE: await postgres.database() });
  try {
    await postgres.kill();
    await fails(patient, "store");
    await mendedMeanwhile(patient, "store-unavailable", () => postgres.restart());
  } finally {
    await patient.service.stop();
    await postgres.stop();
  }
});

test.concurrent("certificate-expiry: a certificate that is about to end is replaced without a restart", async () => {
  const authority = await createAuthority("authority of the runbooks");
  const [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map((name) => join(folder, name));
  const place = async (days: number): Promise<void> => {
    const pair = await authority.issue({
      commonName: "localhost",
      names: [{ type: "ip", value: "127.0.0.1" }],
      use: "server",
      notAfter: new Date(Date.now() + days * 86_400_000),
    });
    writeFileSync(key ?? "", pair.key);
    writeFileSync(cert ?? "", pair.cert);
  };
  writeFileSync(ca ?? "", authority.cert);
  await place(3);
  const secured = await admit({ WFC_TLS_CERT: cert ?? "", WFC_TLS_KEY: key ?? "" }, { WFOPS_CA: ca ?? "" });
  try {
    expect((await secured.run("check", "--only", "tls")).code).toBe(100);
    const waiting = secured.mend("certificate-expiry");
    await place(90);
    expect((await waiting).mended).toBe(true);
  } finally {
    await secured.service.stop();
  }
});
