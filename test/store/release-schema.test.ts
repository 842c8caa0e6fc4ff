import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { type Migration, migrations } from "../../server/store/migrations.ts";
import { prepareForRelease, type ReleaseSchema } from "../../server/store/release-schema.ts";
import { openEngine } from "../../server/store/store.ts";
import { describeEngines, type Place } from "./engines.ts";

const latest = migrations.length;

/** Releases of the future: one adds a column, the next one takes an old one away. */
function step(version: number, compatibleFrom: number): Migration {
  const table = `notes_${version}`;
  const up = [`CREATE TABLE ${table} (id TEXT PRIMARY KEY)`];
  return { version, name: table, compatibleFrom, up, down: [`DROP TABLE ${table}`], downLoses: null };
}
const expanding = [...migrations, step(latest + 1, 1)];
const contracting = [...expanding, step(latest + 2, latest + 1)];

async function prepared(place: Place, known?: readonly Migration[]): Promise<ReleaseSchema> {
  const { raw } = await openEngine(place.setting);
  try {
    return await prepareForRelease(raw, known);
  } finally {
    await raw.close();
  }
}

describeEngines("a release's schema", (engine) => {
  test("is made, is kept, goes forward, and lets the release before come back", async () => {
    const place = await engine.place();
    expect(await prepared(place)).toMatchObject({ outcome: "forward", version: latest });
    expect(await prepared(place)).toMatchObject({ outcome: "current", version: latest });
    expect(await prepared(place, expanding)).toMatchObject({ outcome: "forward", version: latest + 1 });
    expect(await prepared(place)).toMatchObject({ outcome: "newer", version: latest + 1, latest });
    expect(await place.rows("schema_migrations")).toHaveLength(latest + 1);
  });

  test("is not taken away under the release that runs", async () => {
    const place = await engine.place();
    await prepared(place);
    await expect(prepared(place, contracting)).rejects.toMatchObject({
      reason: "refused",
      message: expect.stringContaining(`Roll out a release that knows version ${latest + 1} first`),
    });
    expect(await place.rows("schema_migrations")).toHaveLength(latest);
    await prepared(place, expanding);
    expect(await prepared(place, contracting)).toMatchObject({ outcome: "forward", version: latest + 2 });
  });

  test("refuses a release that cannot run on it", async () => {
    const place = await engine.place();
    await prepared(place, contracting);
    await expect(prepared(place)).rejects.toMatchObject({
      reason: "incompatible",
      message: expect.stringContaining("start the newer release again"),
    });
    expect(await prepared(place, expanding)).toMatchObject({ outcome: "newer" });
  });

  test("the program says what it found, and exits by it", async () => {
    const place = await engine.place();
    const setting = place.setting.kind === "postgres" ? place.setting.url : `sqlite:${place.setting.path}`;
    expect(run(setting)).toMatchObject({ status: 0, stdout: `the store now has schema version ${latest}\n` });
    await prepared(place, expanding);
    const text = `the store has schema version ${latest + 1}; this release knows ${latest}, and can run on it\n`;
    expect(run(setting)).toMatchObject({ status: 0, stdout: text });
    await prepared(place, contracting);
    expect(run(setting)).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("knows only") });
  });
});

test("the program says what is wrong with the setting, and that PostgreSQL is away", () => {
  expect(run("mysql://nowhere")).toMatchObject({ status: 2, stderr: expect.stringContaining("WFC_STORE must be") });
  const away = run("postgres://nobody:secret@127.0.0.1:1/none");
  expect(away).toMatchObject({ status: 1, stderr: expect.stringContaining("PostgreSQL cannot be reached") });
  expect(away.stderr).not.toContain("secret");
});

function run(store: string): { status: number | null; stdout: string; stderr: string } {
  const program = new URL("../../server/migrate.ts", import.meta.url).pathname;
  return spawnSync(process.execPath, [program], { env: { ...process.env, WFC_STORE: store }, encoding: "utf8" });
}
