import { expect, test } from "vitest";
import { migrate, readSchema } from "../../server/store/migrate.ts";
import { type Migration, migrations } from "../../server/store/migrations.ts";
import { openEngine } from "../../server/store/store.ts";
import { appendMany, describeEngines, type Place } from "./engines.ts";

const latest = migrations.length;

/** What a later release might do. */
function laterStep(compatibleFrom: number): Migration {
  const up = ["CREATE TABLE notes (id TEXT PRIMARY KEY)"];
  return { version: latest + 1, name: "notes", compatibleFrom, up, down: ["DROP TABLE notes"], downLoses: null };
}

async function migrated(
  place: Place,
  target: number,
  steps: readonly Migration[] = migrations,
  loseData = false,
): Promise<number> {
  const { raw } = await openEngine(place.setting);
  try {
    return (await migrate(raw, target, { migrations: steps, loseData })).version;
  } finally {
    await raw.close();
  }
}

describeEngines("the schema", (engine) => {
  test("is made at the first start and left alone at the second", async () => {
    const place = await engine.place();
    const first = await place.open();
    const state = { version: latest, latest, compatibleFrom: 1 };
    expect(await first.schema()).toEqual(state);
    const rows = await place.rows("schema_migrations");
    await first.close();
    expect(await (await place.open()).schema()).toEqual(state);
    expect(await place.rows("schema_migrations")).toEqual(rows);
  });

  test("goes back and forward step by step, and keeps what a step does not touch", async () => {
    const place = await engine.place();
    const store = await place.open();
    await appendMany(store, 0, 5);
    await store.close();
    for (let version = latest - 1; version >= 1; version--)
      expect(await migrated(place, version, migrations, true)).toBe(version);
    for (let version = 2; version <= latest; version++) expect(await migrated(place, version)).toBe(version);
    expect(await (await place.open()).audit.verify()).toMatchObject({ ok: true, records: 5 });
  });

  test("does not lose data unasked", async () => {
    const place = await engine.place();
    const store = await place.open();
    await appendMany(store, 0, 5);
    await store.close();
    await expect(migrated(place, 0)).rejects.toThrow(
      "deletes all dead letters; make a backup and ask for it expressly",
    );
    expect(await (await place.open()).schema()).toMatchObject({ version: latest });
    expect(await migrated(place, 0, migrations, true)).toBe(0);
    await expect(migrated(place, latest + 1)).rejects.toThrow(`there is no schema version ${latest + 1}`);
  });

  test("a step that fails changes nothing", async () => {
    const place = await engine.place();
    await (await place.open()).close();
    const broken = {
      ...laterStep(1),
      up: ["CREATE TABLE notes (id TEXT PRIMARY KEY)", "SELECT nonsense FROM nowhere"],
    };
    await expect(migrated(place, latest + 1, [...migrations, broken])).rejects.toThrow();
    expect(await migrated(place, latest + 1, [...migrations, laterStep(1)])).toBe(latest + 1);
  });

  test("of a newer release is worked with where that release allows it", async () => {
    const place = await engine.place();
    await migrated(place, latest + 1, [...migrations, laterStep(latest)]);
    const store = await place.open();
    expect(await store.schema()).toEqual({ version: latest + 1, latest, compatibleFrom: latest });
    await appendMany(store, 0, 5);
    expect(await store.audit.verify()).toMatchObject({ ok: true, records: 5 });
  });

  test("of a newer release is refused otherwise, with the way out", async () => {
    const place = await engine.place();
    const steps = [...migrations, laterStep(latest + 1)];
    await migrated(place, latest + 1, steps);
    await expect(place.open()).rejects.toThrow(
      `the store has schema version ${latest + 1}, and this release knows only ${latest}; start the newer release again`,
    );
    await migrated(place, latest, steps);
    expect(await (await place.open()).schema()).toMatchObject({ version: latest });
  });

  test("is refused where a step was not the one of this release", async () => {
    const place = await engine.place();
    await (await place.open()).close();
    await place.execute("UPDATE schema_migrations SET checksum = 'other' WHERE version = 2");
    await expect(place.open()).rejects.toThrow("schema version 2 (dead letters) of the store is not the one");
  });

  test("is made once by several that start together", async () => {
    const place = await engine.place();
    const stores = await Promise.all([1, 2, 3, 4].map((number) => place.open({ replica: `replica-${number}` })));
    await Promise.all(stores.map((store) => appendMany(store, 0, 5)));
    const verification = await stores[0]?.audit.verify();
    expect(verification).toMatchObject({ ok: true, records: 20 });
    expect(verification?.chains.length).toBe(4);
  });

  test("can be read without being changed", async () => {
    const place = await engine.place();
    const { raw } = await openEngine(place.setting);
    expect(await readSchema(raw)).toEqual({ version: 0, latest, compatibleFrom: 0 });
    await raw.close();
  });
});
