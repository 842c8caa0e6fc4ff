import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { ErrorInfo } from "@workflow-compiler/proto/gen/google/rpc/error_details.ts";
import {
  OperationsServiceService as Contract,
  type CreateBackupRequest,
  DrainAction,
  type RestoreBackupRequest,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { failureOf } from "../service/harness.ts";
import { all, callWith, sendAll } from "../tls/calls.ts";
import { type OperationsHarness, startOperations } from "./harness.ts";

let folder: string;
let running: OperationsHarness;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "backups-"));
  running = await startOperations({ parts: { backupDir: folder } });
  await callWith(running.client, Contract.getConfig, {});
  await running.store.audit.flush();
});
afterEach(async () => {
  await running.stop();
  rmSync(folder, { recursive: true });
});

const reason = "nightly";
const request = (more: Partial<CreateBackupRequest> = {}): CreateBackupRequest => ({
  withoutContent: false,
  withoutArtifacts: false,
  reason,
  ...more,
});

async function create(more: Partial<CreateBackupRequest> = {}) {
  const parts = (await all(running.client.createBackup(request(more)))).map(({ part }) => part);
  const [header, summary] = [parts.at(0), parts.at(-1)];
  if (header?.$case !== "header" || summary?.$case !== "summary") throw new Error("the backup is not whole");
  const chunks = parts.flatMap((part) => (part?.$case === "chunk" ? [part.value] : []));
  return { header: header.value, chunks, content: Buffer.concat(chunks), summary: summary.value };
}

const reasonOf = (failure: Awaited<ReturnType<typeof failureOf>>) =>
  ErrorInfo.decode(failure.rich.get("ErrorInfo") ?? new Uint8Array()).reason;

const chunksOf = (content: Buffer) =>
  [content.subarray(0, 100), content.subarray(100)].map((value) => ({ part: { $case: "chunk", value } }) as const);

const verify = (content: Buffer) => sendAll(running.client, Contract.verifyBackup, chunksOf(content));

const restore = (content: Buffer, replace: boolean) => {
  const options: RestoreBackupRequest = { part: { $case: "options", value: { name: "", replace, reason } } };
  return sendAll(running.client, Contract.restoreBackup, [options, ...chunksOf(content)]);
};

const drain = (action: DrainAction) => callWith(running.client, Contract.drain, { action, reason });

test("a backup is streamed, kept, listed and verified", async () => {
  const { header, content, summary } = await create();
  expect(header).toMatchObject({ engine: "sqlite", name: summary.name });
  expect(summary.sizeBytes).toBe(BigInt(content.length));
  expect(summary.checksum).toBe(createHash("sha256").update(content).digest("hex"));
  expect(readdirSync(folder)).toEqual([summary.name]);
  const { backups } = await callWith(running.client, Contract.listBackups, { pageSize: 0, pageToken: "" });
  expect(backups).toMatchObject([{ name: summary.name, engine: "sqlite", sizeBytes: summary.sizeBytes }]);
  expect(backups[0]?.counts.get("audit_records")).toBe(1n);
  const kept = await sendAll(running.client, Contract.verifyBackup, [{ part: { $case: "name", value: summary.name } }]);
  expect(kept).toMatchObject({ valid: true, problem: "", info: { checksum: summary.checksum } });
  expect(await verify(content)).toMatchObject({ valid: true, info: { name: "", checksum: summary.checksum } });
  expect((await create({ withoutContent: true })).chunks).toEqual([]);
});

test("what is truncated, altered or foreign is not valid, and says so", async () => {
  const { content } = await create();
  const altered = Buffer.from(content);
  altered.writeUInt8(altered.readUInt8(300) ^ 1, 300);
  for (const [bad, word] of [
    [content.subarray(0, -1), "truncated"],
    [altered, "altered"],
    [Buffer.alloc(500, "x"), "not a backup"],
  ] as const) {
    const found = await verify(bad);
    expect([found.valid, found.info]).toEqual([false, undefined]);
    expect(found.problem).toContain(word);
  }
  expect(readdirSync(folder)).toHaveLength(1);
});

test("a restore needs a held replica, agreement and a good backup, and then brings everything back", async () => {
  const { content } = await create();
  expect(reasonOf(await failureOf(restore(content, true)))).toBe("NOT_HELD");
  await drain(DrainAction.DRAIN_ACTION_HOLD);
  const filled = await failureOf(restore(content, false));
  expect([filled.code, filled.details]).toEqual([status.FAILED_PRECONDITION, expect.stringContaining("not empty")]);
  expect(reasonOf(await failureOf(restore(content.subarray(0, -1), true)))).toBe("BACKUP_INVALID");
  await running.store.deadLetters.purge({ kind: "all" });
  const { info } = await restore(content, true);
  expect(info?.counts.get("audit_records")).toBe(1n);
  await running.store.audit.flush();
  expect(await callWith(running.client, Contract.verifyAuditLog, { knownHeads: info?.auditHeads ?? [] })).toMatchObject(
    {
      intact: true,
    },
  );
  expect(readdirSync(folder)).toHaveLength(1);
});

test("names lead to no other file", async () => {
  for (const value of ["../../etc/passwd", "/etc/passwd", "a.wfcbackup/../b.wfcbackup", "nothing.wfcbackup"]) {
    const failure = await failureOf(
      sendAll(running.client, Contract.verifyBackup, [{ part: { $case: "name", value } }]),
    );
    expect([failure.code, reasonOf(failure)]).toEqual([status.NOT_FOUND, "UNKNOWN_BACKUP"]);
  }
  expect((await failureOf(sendAll(running.client, Contract.verifyBackup, []))).code).toBe(status.INVALID_ARGUMENT);
});

test("without a folder backups are only streamed", async () => {
  const other = await startOperations();
  try {
    const parts = await all(other.client.createBackup(request()));
    expect(parts.at(-1)?.part?.$case).toBe("summary");
    const list = callWith(other.client, Contract.listBackups, { pageSize: 0, pageToken: "" });
    expect(reasonOf(await failureOf(list))).toBe("BACKUP_DIR_MISSING");
    const nothing = all(other.client.createBackup(request({ withoutContent: true })));
    expect(reasonOf(await failureOf(nothing))).toBe("BACKUP_DIR_MISSING");
  } finally {
    await other.stop();
  }
});

test("one at a time; a client that leaves leaves nothing behind", async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  running.store.backup = async function* () {
    yield Buffer.from("begun");
    await held;
    yield Buffer.from("done");
  };
  const first = running.client.createBackup(request());
  const ended = new Promise((resolve) => first.on("error", resolve));
  await new Promise((resolve) => first.once("data", resolve));
  const second = await failureOf(all(running.client.createBackup(request())));
  expect([second.code, reasonOf(second)]).toEqual([status.RESOURCE_EXHAUSTED, "BACKUP_RUNNING"]);
  first.cancel();
  await ended;
  const left = async () => (await running.store.audit.list({ outcome: "CANCELLED" })).entries;
  await expect.poll(left).toHaveLength(1);
  release();
  await expect.poll(() => readdirSync(folder)).toEqual([]);
});
