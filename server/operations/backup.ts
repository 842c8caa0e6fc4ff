import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, join } from "node:path";
import type {
  BackupInfo,
  CreateBackupRequest,
  CreateBackupResponse,
  ListBackupsRequest,
  ListBackupsResponse,
  RestoreBackupRequest,
  RestoreBackupResponse,
  VerifyBackupRequest,
  VerifyBackupResponse,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { Call } from "../admission/call.ts";
import { notFound } from "../grpc/call-error.ts";
import { backupName, type KeptBackup, keepBackup, listBackups as listKept } from "../store/backup-folder.ts";
import type { BackupManifest } from "../store/backup-format.ts";
import { isStoreError } from "../store/engine.ts";
import { verifyBackup as verify } from "../store/restore.ts";
import { chunked } from "./chunks.ts";
import { busy, precondition } from "./faults.ts";
import { checkReason, checkText, pageSize, refuse, wrongField } from "./fields.ts";
import type { OperationsParts } from "./parts.ts";
import { withUpload } from "./uploads.ts";

type Parts = Pick<OperationsParts, "store" | "backupDir" | "lifecycle">;

export interface Backups {
  create(request: CreateBackupRequest, call: Call): AsyncIterable<CreateBackupResponse>;
  list(request: ListBackupsRequest): Promise<ListBackupsResponse>;
  verify(requests: AsyncIterable<VerifyBackupRequest>, call: Call): Promise<VerifyBackupResponse>;
  restore(requests: AsyncIterable<RestoreBackupRequest>, call: Call): Promise<RestoreBackupResponse>;
}

export function createBackups(parts: Parts): Backups {
  let underWay = false;
  return {
    async *create(request, call) {
      refuse(checkReason(request.reason));
      if (request.withoutContent && parts.backupDir === null) throw noFolder();
      if (underWay) throw busy("BACKUP_RUNNING", "a backup is being made already");
      call.reason = request.reason;
      underWay = true;
      try {
        yield* create(request, call, parts);
      } finally {
        underWay = false;
      }
    },
    list: (request) => list(request, parts.backupDir),
    verify: (requests, call) => verifySent(requests, call, parts.backupDir),
    restore: (requests, call) => restore(requests, call, parts),
  };
}

async function* create(
  { withoutContent, withoutArtifacts }: CreateBackupRequest,
  call: Call,
  { store, backupDir }: Parts,
): AsyncGenerator<CreateBackupResponse> {
  const now = Date.now();
  const { version } = await store.schema();
  const bytes = store.backup({ artifacts: !withoutArtifacts, signal: call.signal });
  const kept = backupDir === null ? null : keepBackup(backupDir, bytes, now);
  const header = {
    ...emptyInfo,
    name: backupName(now),
    createdAt: new Date(now),
    engine: store.engine,
    schemaVersion: version,
  };
  yield { part: { $case: "header", value: header } };
  const digest = createHash("sha256");
  let size = 0;
  for await (const chunk of chunked(kept ?? bytes)) {
    digest.update(chunk);
    size += chunk.length;
    if (!withoutContent) yield { part: { $case: "chunk", value: chunk } };
  }
  const checksum = digest.digest("hex");
  call.resource = checksum;
  call.note({ bytes: size });
  yield { part: { $case: "summary", value: { ...header, sizeBytes: BigInt(size), checksum } } };
}

const emptyInfo: BackupInfo = {
  name: "",
  createdAt: undefined,
  engine: "",
  schemaVersion: 0,
  sizeBytes: 0n,
  checksum: "",
  counts: new Map(),
  auditHeads: [],
};

/** The token is how many were given. A backup that is made meanwhile shows one of them twice, and none is passed over. */
async function list(
  { pageSize: asked, pageToken }: ListBackupsRequest,
  dir: string | null,
): Promise<ListBackupsResponse> {
  if (!/^\d{0,9}$/.test(pageToken)) throw wrongField("page_token", "is not one that this list gave");
  if (dir === null) throw noFolder();
  const kept = await listKept(dir).catch(emptyWhereMissing);
  const from = Number(pageToken);
  const to = from + pageSize(asked);
  return { backups: kept.slice(from, to).map(keptToWire), nextPageToken: to < kept.length ? String(to) : "" };
}

/** The folder is made with the first backup. */
function emptyWhereMissing(error: unknown): readonly KeptBackup[] {
  if (isMissing(error)) return [];
  throw error;
}

async function verifySent(
  requests: AsyncIterable<VerifyBackupRequest>,
  call: Call,
  dir: string | null,
): Promise<VerifyBackupResponse> {
  const { first, rest } = await opened(requests);
  const name = first?.part?.$case === "name" ? first.part.value : "";
  if (first?.part === undefined) throw wrongField("part", "is required");
  call.resource = name;
  if (name !== "") return verifyFile(keptPath(name, dir), name);
  return withUpload(chunksOf(rest), dir, (path) => verifyFile(path, ""));
}

async function verifyFile(path: string, name: string): Promise<VerifyBackupResponse> {
  const file = readFile(path);
  try {
    const manifest = await verify(file.bytes);
    return { valid: true, info: { ...infoOf(manifest), name, ...file.read() }, problem: "" };
  } catch (fault) {
    if (isMissing(fault)) throw unknownBackup(name);
    if (isStoreError(fault, "refused")) return { valid: false, info: undefined, problem: fault.message };
    throw fault;
  }
}

async function restore(
  requests: AsyncIterable<RestoreBackupRequest>,
  call: Call,
  { store, backupDir, lifecycle }: Parts,
): Promise<RestoreBackupResponse> {
  const { first, rest } = await opened(requests);
  if (first?.part?.$case !== "options") throw wrongField("options", "is required in the first message");
  const { name, replace, reason } = first.part.value;
  refuse(checkReason(reason), checkText("options.name", name, MAX_NAME));
  call.reason = reason;
  call.resource = name;
  if (lifecycle.state() !== "held")
    throw precondition("NOT_HELD", "the replica takes calls; hold it first (Drain with DRAIN_ACTION_HOLD)");
  const put = async (path: string): Promise<RestoreBackupResponse> => {
    const { valid, problem } = await verifyFile(path, name);
    if (!valid) throw precondition("BACKUP_INVALID", problem);
    const file = readFile(path);
    const manifest = await store.restore(file.bytes, { replace });
    return { info: { ...infoOf(manifest), name, ...file.read() } };
  };
  return name !== "" ? put(keptPath(name, backupDir)) : withUpload(chunksOf(rest), backupDir, put);
}

const MAX_NAME = 200;

/** Of a file in the folder of backups, and in no other. */
function keptPath(name: string, dir: string | null): string {
  if (dir === null) throw noFolder();
  const isPlain = name.length <= MAX_NAME && /^[\w-][\w.-]*\.wfcbackup$/.test(name);
  if (!isPlain) throw unknownBackup(name);
  return join(dir, name);
}

/** Bytes of a file, with what is known of it once they were read. */
function readFile(path: string) {
  const digest = createHash("sha256");
  let size = 0;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(path)) {
      digest.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  return { bytes: bytes(), read: () => ({ sizeBytes: BigInt(size), checksum: digest.digest("hex") }) };
}

/** The first message, and an iterable of all of them. */
async function opened<T>(
  messages: AsyncIterable<T>,
): Promise<{ readonly first: T | undefined; readonly rest: AsyncIterable<T> }> {
  const iterator = messages[Symbol.asyncIterator]();
  const { value: first, done } = await iterator.next();
  async function* rest(): AsyncGenerator<T> {
    if (done === true) return;
    yield first;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { first: done === true ? undefined : first, rest: rest() };
}

type Sent = VerifyBackupRequest | RestoreBackupRequest;

/** What comes after `options`. */
async function* chunksOf(messages: AsyncIterable<Sent>): AsyncGenerator<Uint8Array> {
  let index = 0;
  for await (const { part } of messages) {
    if (part?.$case === "chunk") yield part.value;
    else if (index > 0 || part?.$case !== "options")
      throw wrongField("part", "must be a chunk in every message after the first");
    index++;
  }
}

function keptToWire({ file, bytes, manifest }: KeptBackup): BackupInfo {
  const info = manifest === null ? emptyInfo : infoOf(manifest);
  return { ...info, name: basename(file), sizeBytes: BigInt(bytes) };
}

function infoOf({ createdAt, engine, schemaVersion, counts, auditHeads }: BackupManifest): BackupInfo {
  return {
    ...emptyInfo,
    createdAt: new Date(createdAt),
    engine,
    schemaVersion,
    counts: new Map(Object.entries(counts).map(([name, count]) => [name, BigInt(count)])),
    auditHeads: auditHeads.map(({ chain, sequence, hash }) => ({ chain, sequence: BigInt(sequence), hash })),
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function unknownBackup(name: string): Error {
  const shown = name.slice(0, MAX_NAME);
  return notFound("there is no such backup", "UNKNOWN_BACKUP", new Map([["name", shown]]));
}

function noFolder(): Error {
  return precondition("BACKUP_DIR_MISSING", "no backups are kept on this server: set WFC_BACKUP_DIR");
}
