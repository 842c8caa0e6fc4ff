import { hash, randomUUID } from "node:crypto";
import type { CompileOptions, Format } from "../artifact.ts";
import { clean } from "./audit-record.ts";
import { compressed, decompressed } from "./compression.ts";
import { type Engine, type Row, type Statement, StoreError, type Value } from "./engine.ts";
import type { StoreEvent } from "./store.ts";

/** Requests that we failed, not ones that were wrong: kept so that they can be tried again. */
export interface DeadLetters {
  /** Gives its id; null where it could not be kept. Never rejects. */
  add(letter: NewDeadLetter): Promise<string | null>;
  /** Newest first, without their contents. */
  list(filter?: DeadLetterFilter): Promise<DeadLetterPage>;
  get(id: string): Promise<DeadLetterWithContent | null>;
  /** Counts an attempt. false: there is no such letter. */
  markRetried(id: string, succeeded: boolean, errorCode?: string): Promise<boolean>;
  /** Deletes them; gives how many there were. */
  purge(which: DeadLetterPurge): Promise<number>;
  stats(): Promise<{ readonly count: number; readonly bytes: number }>;
}

export interface NewDeadLetter {
  readonly requestId: string;
  readonly principal: string;
  readonly method: string;
  readonly errorCode: string;
  /** What failed, in one sentence without anything of the definition. */
  readonly reason: string;
  readonly format: Format | null;
  readonly options: CompileOptions | null;
  /** The definition, as sent. Secrets are taken out before it is kept. */
  readonly content: Uint8Array;
}

export interface DeadLetter {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly requestId: string;
  readonly principal: string;
  readonly method: string;
  readonly errorCode: string;
  readonly reason: string;
  /** SHA-256 of the definition as it was sent, in hexadecimal. */
  readonly sourceDigest: string;
  /** null: it was not said. */
  readonly format: Format | null;
  readonly options: CompileOptions | null;
  /** Of the definition as it was sent. */
  readonly contentBytes: number;
  /** How often it was tried again. */
  readonly attempts: number;
  /** null: never tried again. */
  readonly lastAttempt: number | null;
  readonly state: DeadLetterState;
}

/** `content`: with asterisks in place of secrets; null where it was too long, or not safe to keep. */
export type DeadLetterWithContent = DeadLetter & { readonly content: Uint8Array | null };

const states = ["waiting", "failed-again", "resolved"] as const;

/** `resolved`: tried again with success. */
export type DeadLetterState = (typeof states)[number];

export interface DeadLetterFilter {
  readonly state?: DeadLetterState;
  /** From 1 to 1,000. Default: 100. */
  readonly limit?: number;
  readonly pageToken?: string;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  readonly nextPageToken: string | null;
}

export type DeadLetterPurge =
  | { readonly kind: "one"; readonly id: string }
  | { readonly kind: "resolved" }
  | { readonly kind: "before"; readonly time: number }
  | { readonly kind: "all" };

export interface DeadLetterParts {
  readonly engine: Engine;
  /** Takes secrets out of a definition; null where it cannot tell. */
  readonly redact: (content: Uint8Array) => Uint8Array | null;
  readonly now: () => number;
  readonly onEvent: (event: StoreEvent) => void;
}

/** The oldest go first where there are more. */
const MAX_LETTERS = 1_000;
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;
/** Of one content, compressed. Definitions are at most 16 MiB, and compress well. */
const MAX_STORED_BYTES = 1024 * 1024;
const MAX_CONTENT_BYTES = 16 * 1024 * 1024;

const headColumns = `id, time, request_id, principal, method, error_code, reason, source_digest, format, options,
  content_bytes, attempts, last_attempt, state`;

export function createDeadLetters({ engine, redact, now, onEvent }: DeadLetterParts): DeadLetters {
  async function add(letter: NewDeadLetter): Promise<string> {
    const id = randomUUID();
    const content = await keptContent(letter.content, redact);
    await engine.write([
      {
        sql: `INSERT INTO dead_letters (${headColumns}, stored_bytes, content)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, NULL, 'waiting', ?, ?)`,
        params: [id, now(), ...paramsOf(letter), content?.length ?? 0, content],
      },
    ]);
    await makeRoom(engine);
    return id;
  }

  return {
    async add(letter) {
      try {
        return await add(letter);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        onEvent({ kind: "failed", what: "keeping a dead letter", reason });
        return null;
      }
    },
    list: (filter = {}) => listLetters(engine, filter),
    async get(id) {
      const [row] = await engine.read(`SELECT ${headColumns}, content FROM dead_letters WHERE id = ?`, [id]);
      return row === undefined ? null : { ...letterOf(row), content: await contentOf(row.content) };
    },
    async markRetried(id, succeeded, errorCode = "") {
      const state: DeadLetterState = succeeded ? "resolved" : "failed-again";
      const sql = `UPDATE dead_letters SET attempts = attempts + 1, last_attempt = ?, state = ?,
        error_code = CASE WHEN ? = '' THEN error_code ELSE ? END WHERE id = ?`;
      const code = clean(errorCode, 100);
      return (await engine.exclusive((transaction) => transaction.run(sql, [now(), state, code, code, id]))) > 0;
    },
    purge: (which) => {
      const { sql, params } = purgeStatement(which);
      return engine.exclusive((transaction) => transaction.run(sql, params));
    },
    async stats() {
      const sql = "SELECT COUNT(*) AS count, COALESCE(SUM(stored_bytes), 0) AS bytes FROM dead_letters";
      const [row] = await engine.read(sql);
      return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) };
    },
  };
}

function paramsOf(letter: NewDeadLetter): readonly Value[] {
  return [
    clean(letter.requestId, 200),
    clean(letter.principal, 500),
    clean(letter.method, 300),
    clean(letter.errorCode, 100),
    clean(letter.reason, 500),
    hash("sha256", letter.content),
    letter.format,
    letter.options === null ? null : JSON.stringify(letter.options),
    letter.content.length,
  ];
}

async function keptContent(content: Uint8Array, redact: DeadLetterParts["redact"]): Promise<Uint8Array | null> {
  if (content.length > MAX_CONTENT_BYTES) return null;
  const safe = redact(content);
  if (safe === null) return null;
  const bytes = await compressed(safe);
  return bytes.length > MAX_STORED_BYTES ? null : bytes;
}

async function contentOf(value: Value | undefined): Promise<Uint8Array | null> {
  if (!(value instanceof Uint8Array)) return null;
  try {
    // A text that came in another encoding is kept as UTF-8, which may take more bytes.
    return await decompressed(value, 4 * MAX_CONTENT_BYTES);
  } catch {
    throw new StoreError("damaged", "the content of the dead letter is damaged");
  }
}

/** The oldest go where there are too many, or where they are too long together. */
async function makeRoom(engine: Engine): Promise<void> {
  const rows = await engine.read("SELECT id, stored_bytes FROM dead_letters ORDER BY time DESC, id DESC");
  let bytes = 0;
  const doomed = rows.filter(({ stored_bytes }, index) => {
    bytes += Number(stored_bytes);
    return index >= MAX_LETTERS || bytes > MAX_TOTAL_BYTES;
  });
  const statements = doomed.map(
    ({ id }): Statement => ({
      sql: "DELETE FROM dead_letters WHERE id = ?",
      params: [String(id)],
    }),
  );
  if (statements.length > 0) await engine.write(statements);
}

async function listLetters(engine: Engine, filter: DeadLetterFilter): Promise<DeadLetterPage> {
  const limit = Math.max(1, Math.min(filter.limit ?? 100, 1_000));
  const conditions: string[] = [];
  const params: Value[] = [];
  if (filter.state !== undefined) {
    conditions.push("state = ?");
    params.push(filter.state);
  }
  if (filter.pageToken !== undefined && filter.pageToken !== "") {
    conditions.push("(time, id) < (?, ?)");
    params.push(...keyOf(filter.pageToken));
  }
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const sql = `SELECT ${headColumns} FROM dead_letters ${where} ORDER BY time DESC, id DESC LIMIT ?`;
  const letters = (await engine.read(sql, [...params, limit + 1])).map(letterOf);
  const shown = letters.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = letters.length > limit && last !== undefined;
  return { letters: shown, nextPageToken: hasMore ? `${last.time}.${last.id}` : null };
}

function keyOf(token: string): readonly [time: number, id: string] {
  const [, time, id] = /^(\d{1,15})\.([\w-]{1,100})$/.exec(token) ?? [];
  if (time === undefined || id === undefined)
    throw new StoreError("refused", "the page token is not one that this list gave");
  return [Number(time), id];
}

function letterOf(row: Row): DeadLetter {
  return {
    id: String(row.id),
    time: Number(row.time),
    requestId: String(row.request_id),
    principal: String(row.principal),
    method: String(row.method),
    errorCode: String(row.error_code),
    reason: String(row.reason),
    sourceDigest: String(row.source_digest),
    format: formats.find((format) => format === row.format) ?? null,
    options: optionsOf(row.options),
    contentBytes: Number(row.content_bytes),
    attempts: Number(row.attempts),
    lastAttempt: row.last_attempt === null ? null : Number(row.last_attempt),
    state: states.find((state) => state === row.state) ?? "waiting",
  };
}

const formats: readonly Format[] = ["graph", "amazon-states", "open-workflow", "n8n"];

function optionsOf(value: Value | undefined): CompileOptions | null {
  if (typeof value !== "string") return null;
  const { target, allowInlineCode } = JSON.parse(value);
  return { target: target === "temporal" ? "temporal" : "module", allowInlineCode: allowInlineCode === true };
}

function purgeStatement(which: DeadLetterPurge): { readonly sql: string; readonly params: readonly Value[] } {
  switch (which.kind) {
    case "one":
      return { sql: "DELETE FROM dead_letters WHERE id = ?", params: [which.id] };
    case "resolved":
      return { sql: "DELETE FROM dead_letters WHERE state = 'resolved'", params: [] };
    case "before":
      return { sql: "DELETE FROM dead_letters WHERE time < ?", params: [which.time] };
    case "all":
      return { sql: "DELETE FROM dead_letters", params: [] };
    default:
      return which satisfies never;
  }
}
