import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openStore } from "../../server/store/store.ts";
import { appendMany } from "./engines.ts";

const folder = mkdtempSync(join(tmpdir(), "command-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = new URL("../../server/store-command.ts", import.meta.url).pathname;

function run(path: string, ...args: readonly string[]): { status: number | null; value: unknown; stderr: string } {
  const env = { ...process.env, WFC_STORE: `sqlite:${path}` };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { env, encoding: "utf8" });
  return { status, value: stdout === "" ? null : JSON.parse(stdout), stderr };
}

test("a store is backed up, destroyed and restored from the command line", async () => {
  const [path, backups, other] = [join(folder, "store.db"), join(folder, "backups"), join(folder, "other.db")];
  const store = await openStore({ kind: "sqlite", path });
  await appendMany(store, 0, 20);
  const made = run(path, "backup", backups);
  expect(made).toMatchObject({ status: 0, value: { file: expect.stringContaining(backups) } });
  await store.close();
  rmSync(path);
  const listed = run(path, "list", backups);
  expect(listed).toMatchObject({ status: 0, value: [{ manifest: { counts: { audit_records: 20 } } }] });
  const [{ file }] = Array.isArray(listed.value) ? listed.value : [{ file: "" }];
  expect(run(other, "check", file).status).toBe(0);
  expect(run(other, "restore", file).status).toBe(0);
  expect(run(other, "restore", file)).toMatchObject({ status: 1, stderr: expect.stringContaining("is not empty") });
  expect(run(other, "restore", file, "--replace").status).toBe(0);
  expect(run(other, "verify")).toMatchObject({ status: 0, value: { ok: true, records: 20 } });
  writeFileSync(file, "rubbish");
  expect(run(other, "check", file)).toMatchObject({ status: 100, stderr: expect.stringContaining("is not a backup") });
});

test("a schema goes back and forward from the command line", () => {
  const path = join(folder, "schema.db");
  expect(run(path, "schema")).toMatchObject({ status: 0, value: { version: 0, compatibleFrom: 0 } });
  expect(run(path, "migrate")).toMatchObject({ status: 0, value: { version: 3 } });
  expect(run(path, "migrate", "1")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("deletes all dead letters"),
  });
  expect(run(path, "migrate", "1", "--lose-data")).toMatchObject({ status: 0, value: { version: 1 } });
  expect(run(path, "migrate", "nonsense").status).toBe(1);
  expect(run(path, "nonsense", "x").status).toBe(2);
  expect(run(path).status).toBe(2);
});
