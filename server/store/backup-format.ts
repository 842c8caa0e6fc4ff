import { createHash } from "node:crypto";
import type { AuditHead } from "./audit-verify.ts";
import { compressed, decompressed } from "./compression.ts";
import { type EngineKind, StoreError, type Value } from "./engine.ts";

/**
 * The file of a backup, the same for both engines:
 *
 *     magic     16 bytes: "WFC-BACKUP", NUL, format version as four digits, LF
 *     frames    type (1 byte), length of the payload (4 bytes, big endian), payload
 *       H       the manifest, JSON; first
 *       P       begins a part: { name, columns }, JSON
 *       D       rows of the part: JSON Lines, each an array in the order of the columns, compressed with zstd
 *       S       the sums: { parts: [{ name, rows, sha256 }] }, JSON; SHA-256 over the JSON Lines; last
 *     digest    32 bytes: SHA-256 over everything before it
 *
 * Bytes in a row stand as { "base64": "…" }.
 */
export const FORMAT_VERSION = 1;

export interface BackupManifest {
  readonly formatVersion: number;
  readonly product: typeof product;
  readonly engine: EngineKind;
  readonly schemaVersion: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Rows of each part. */
  readonly counts: Readonly<Record<string, number>>;
  /** The ends of the audit chains: kept elsewhere, they prove what the log held. */
  readonly auditHeads: readonly AuditHead[];
}

export const product = "workflow-compiler";

export type BackupPart = { readonly name: string; readonly columns: readonly string[] };

export interface PartSum {
  readonly name: string;
  readonly rows: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

export type BackupItem =
  | { readonly kind: "manifest"; readonly manifest: BackupManifest }
  | { readonly kind: "part"; readonly part: BackupPart }
  | { readonly kind: "rows"; readonly rows: readonly (readonly Value[])[] };

const MAGIC = Buffer.from("WFC-BACKUP\0");
const MAGIC_LENGTH = MAGIC.length + 5;
const HEAD_LENGTH = 5;
const DIGEST_LENGTH = 32;
/** Of a payload, and of what it decompresses to. A row has at most 8 MiB of bytes. */
const MAX_PAYLOAD = 64 * 1024 * 1024;

/** Makes the bytes of a backup of its items; the sums and the digest come at the end by themselves. */
export async function* encodeBackup(items: AsyncIterable<BackupItem>): AsyncGenerator<Uint8Array> {
  const digest = createHash("sha256");
  const sums = createSums();
  const counted = (bytes: Uint8Array): Uint8Array => {
    digest.update(bytes);
    return bytes;
  };
  yield counted(Buffer.concat([MAGIC, Buffer.from(`${String(FORMAT_VERSION).padStart(4, "0")}\n`)]));
  for await (const item of items) {
    if (item.kind === "manifest") yield counted(frame("H", Buffer.from(JSON.stringify(item.manifest))));
    else if (item.kind === "part") {
      sums.begin(item.part.name);
      yield counted(frame("P", Buffer.from(JSON.stringify(item.part))));
    } else {
      const lines = Buffer.from(item.rows.map(lineOf).join(""));
      sums.add(lines, item.rows.length);
      yield counted(frame("D", await compressed(lines)));
    }
  }
  yield counted(frame("S", Buffer.from(JSON.stringify({ parts: sums.end() }))));
  yield digest.digest();
}

/**
 * The items of a backup. What they say is not certain before the last one has come: only then is it known that nothing
 * was altered.
 *
 * @throws StoreError "refused" for what is no backup, is from a newer release, or was truncated or altered.
 */
export async function* decodeBackup(source: AsyncIterable<Uint8Array>): AsyncGenerator<BackupItem> {
  const input = createInput(source);
  const magic = await input.take(MAGIC_LENGTH, "foreign");
  if (!magic.subarray(0, MAGIC.length).equals(MAGIC)) throw refusal("is not a backup of the Workflow Compiler");
  const version = magic.subarray(MAGIC.length).toString("latin1");
  if (!/^\d{4}\n$/.test(version)) throw altered();
  if (Number(version) > FORMAT_VERSION)
    throw refusal(
      `has format version ${Number(version)}, and this release knows ${FORMAT_VERSION}: use a newer release`,
    );
  const sums = createSums();
  for (;;) {
    const head = await input.take(HEAD_LENGTH);
    const length = head.readUInt32BE(1);
    if (length > MAX_PAYLOAD) throw altered();
    const payload = await input.take(length);
    const type = String.fromCharCode(head[0] ?? 0);
    if (type === "H") yield { kind: "manifest", manifest: manifestOf(payload) };
    else if (type === "P") {
      const part = partOf(payload);
      sums.begin(part.name);
      yield { kind: "part", part };
    } else if (type === "D") {
      const lines = await decompressed(payload, MAX_PAYLOAD).catch(() => {
        throw altered();
      });
      const rows = rowsOf(lines);
      sums.add(lines, rows.length);
      yield { kind: "rows", rows };
    } else if (type === "S") {
      if (payload.toString() !== JSON.stringify({ parts: sums.end() })) throw altered();
      break;
    } else throw altered();
  }
  const expected = input.digest();
  if (!(await input.take(DIGEST_LENGTH)).equals(expected)) throw altered();
  if (!(await input.isAtEnd())) throw refusal("goes on after its end");
}

function frame(type: "H" | "P" | "D" | "S", payload: Uint8Array): Uint8Array {
  if (payload.length > MAX_PAYLOAD) throw new Error(`a frame of ${payload.length} bytes is too long for a backup`);
  const bytes = Buffer.allocUnsafe(HEAD_LENGTH + payload.length);
  bytes.write(type, 0, "latin1");
  bytes.writeUInt32BE(payload.length, 1);
  bytes.set(payload, HEAD_LENGTH);
  return bytes;
}

/** Counts and digests of the parts, over the lines as they are before compression. */
function createSums() {
  const parts: PartSum[] = [];
  let open: { name: string; rows: number; digest: ReturnType<typeof createHash> } | null = null;
  const close = (): void => {
    if (open !== null) parts.push({ name: open.name, rows: open.rows, sha256: open.digest.digest("hex") });
    open = null;
  };
  return {
    begin(name: string): void {
      close();
      open = { name, rows: 0, digest: createHash("sha256") };
    },
    add(lines: Uint8Array, rows: number): void {
      if (open === null) throw altered();
      open.rows += rows;
      open.digest.update(lines);
    },
    end(): readonly PartSum[] {
      close();
      return parts;
    },
  };
}

interface Input {
  /** So many bytes. @param otherwise what the file is where it ends before. */
  take(length: number, otherwise?: "truncated" | "foreign"): Promise<Buffer>;
  /** Of all bytes that were taken so far. */
  digest(): Buffer;
  isAtEnd(): Promise<boolean>;
}

function createInput(source: AsyncIterable<Uint8Array>): Input {
  const iterator = source[Symbol.asyncIterator]();
  const digest = createHash("sha256");
  let chunks: Uint8Array[] = [];
  let length = 0;
  async function more(): Promise<boolean> {
    const next = await iterator.next();
    if (next.done === true) return false;
    chunks.push(next.value);
    length += next.value.length;
    return true;
  }
  return {
    async take(wanted, otherwise = "truncated") {
      while (length < wanted) {
        if (await more()) continue;
        if (otherwise === "foreign") throw refusal("is not a backup of the Workflow Compiler");
        throw refusal("ends too early: it was truncated");
      }
      const all = Buffer.concat(chunks);
      const taken = all.subarray(0, wanted);
      chunks = [all.subarray(wanted)];
      length -= wanted;
      digest.update(taken);
      return taken;
    },
    digest: () => digest.copy().digest(),
    async isAtEnd() {
      while (length === 0) if (!(await more())) return true;
      return false;
    },
  };
}

function manifestOf(payload: Uint8Array): BackupManifest {
  const value = parsed(payload);
  const { formatVersion, engine, schemaVersion, createdAt, counts, auditHeads } = value;
  const isManifest =
    value.product === product &&
    (engine === "sqlite" || engine === "postgres") &&
    typeof schemaVersion === "number" &&
    typeof createdAt === "number" &&
    typeof formatVersion === "number" &&
    isObject(counts) &&
    Array.isArray(auditHeads);
  if (!isManifest) throw altered();
  const heads = auditHeads.map((head): AuditHead => {
    if (!isObject(head)) throw altered();
    return { chain: String(head.chain), sequence: Number(head.sequence), hash: String(head.hash) };
  });
  const numbers = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Number(count)]));
  return { formatVersion, product, engine, schemaVersion, createdAt, counts: numbers, auditHeads: heads };
}

function partOf(payload: Uint8Array): BackupPart {
  const { name, columns } = parsed(payload);
  const isName = (text: unknown): text is string => typeof text === "string" && /^[a-z][a-z0-9_]{0,60}$/.test(text);
  if (!isName(name) || !Array.isArray(columns) || columns.length === 0 || !columns.every(isName)) throw altered();
  return { name, columns };
}

function rowsOf(lines: Uint8Array): readonly (readonly Value[])[] {
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString();
  const rows = text.split("\n");
  if (rows.pop() !== "") throw altered();
  return rows.map((line) => {
    const row: unknown = parsedJson(line);
    if (!Array.isArray(row)) throw altered();
    return row.map(decodeValue);
  });
}

/** Bytes are replaced before JSON sees them: a Buffer would become a list of numbers. */
function lineOf(row: readonly Value[]): string {
  return `${JSON.stringify(row.map((value) => (value instanceof Uint8Array ? { base64: base64Of(value) } : value)))}\n`;
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function decodeValue(value: unknown): Value {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (isObject(value) && typeof value.base64 === "string") return Buffer.from(value.base64, "base64");
  throw altered();
}

function parsed(payload: Uint8Array): Readonly<Record<string, unknown>> {
  const value = parsedJson(Buffer.from(payload).toString());
  if (!isObject(value)) throw altered();
  return value;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw altered();
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function altered(): StoreError {
  return refusal("was altered or damaged");
}

export function refusal(what: string): StoreError {
  return new StoreError("refused", `the backup ${what}`);
}
