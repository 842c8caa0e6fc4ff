import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { migrations } from "../../server/store/migrations.ts";
import type { Pod } from "../kubernetes/objects.ts";
import { type Postgres, startPostgres } from "../store/postgres.ts";
import { buildLaterImages, type LaterImages } from "./later-images.ts";
import { type Load, startLoad } from "./load.ts";
import { type Release, startRelease } from "./release.ts";

/**
 * Three releases on one PostgreSQL, under load: this one (0), one that adds to the schema (1), and one that takes away what this
 * one needs (2). Each test starts from where the one before ended.
 */
vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

const latest = migrations.length;

let postgres: Postgres;
let images: LaterImages;
let release: Release;
let load: Load;
let database: string;

const rollTo = (tag: string): Promise<void> => release.upgrade({ image: { tag } });

beforeAll(async () => {
  postgres = await startPostgres();
  database = await postgres.database();
  images = buildLaterImages([
    { compatibleFrom: 1, up: ["ALTER TABLE dead_letters ADD COLUMN note TEXT"] },
    { compatibleFrom: latest + 1, up: ["ALTER TABLE dead_letters DROP COLUMN reason"] },
  ]);
  const common = { replicaCount: 1, postgres: { existingSecret: "database" } };
  release = await startRelease(common, { imageRoot: images.rootOf });
  await release.cluster.kubectl("create", "secret", "generic", "database", `--from-literal=url=${database}`);
  await rollTo("0");
  load = startLoad(release.address());
});

afterEach(async () => {
  await load.more(20);
  expect(load.failures()).toEqual([]);
});

afterAll(async () => {
  await load?.stop();
  await release?.close();
  images?.close();
  await postgres?.stop();
});

test("an install makes the schema before the first replica runs", async () => {
  expect(await schemaVersion()).toBe(latest);
  expect(runningTags()).toEqual(["0"]);
});

test("a release that takes away what the running one needs is refused, and nothing changes", async () => {
  await expect(rollTo("2")).rejects.toThrow("pre-upgrade hooks failed");
  expect(await logOfMigration()).toContain(`Roll out a release that knows version ${latest + 1} first`);
  expect(await schemaVersion()).toBe(latest);
  expect(runningTags()).toEqual(["0"]);
});

test("a release that adds to the schema is rolled out, and rolled back again", async () => {
  await rollTo("1");
  expect(await schemaVersion()).toBe(latest + 1);
  expect(runningTags()).toEqual(["1"]);
  await release.rollback(1);
  expect(await schemaVersion()).toBe(latest + 1);
  expect(runningTags()).toEqual(["0"]);
});

test("a rollback over what was taken away is refused, one before that is not", async () => {
  await rollTo("1");
  await rollTo("2");
  expect(await schemaVersion()).toBe(latest + 2);
  await expect(release.rollback(1)).rejects.toThrow("workflow-compiler-migration not ready. status: Failed");
  expect(await logOfMigration()).toContain(`this release knows only ${latest}; start the newer release again`);
  expect(runningTags()).toEqual(["2"]);
  const knowing = await revisionOf("1");
  await release.rollback(knowing);
  expect(runningTags()).toEqual(["1"]);
});

async function schemaVersion(): Promise<number> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  const { rows } = await client.query("SELECT max(version) AS version FROM schema_migrations");
  await client.end();
  return Number(rows[0]?.version);
}

function runningTags(): readonly string[] {
  const serving = release.cluster.list<Pod>("Pod").filter(({ metadata }) => {
    const isServer = metadata.labels?.["app.kubernetes.io/component"] === "server";
    return isServer && metadata.deletionTimestamp === undefined;
  });
  return serving.map(({ spec }) => spec.containers[0]?.image.split(":").at(-1) ?? "");
}

/** As an operator reads it: the job that failed stays. */
function logOfMigration(): Promise<string> {
  return release.cluster.kubectl("logs", "--selector", "app.kubernetes.io/component=migration");
}

/** The last good revision with an image. */
async function revisionOf(tag: string): Promise<number> {
  const text = await release.cluster.helm("history", "workflow-compiler", "--output", "json");
  const history: readonly { revision: number; status: string }[] = JSON.parse(text);
  for (const { revision, status } of history.toReversed()) {
    if (status === "failed") continue;
    const values = await release.cluster.helm("get", "values", "workflow-compiler", "--revision", String(revision));
    if (values.includes(`tag: "${tag}"`)) return revision;
  }
  throw new Error(`no revision has the tag ${tag}`);
}
