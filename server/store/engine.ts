/** What a column can hold. Integers stay below 2^53. */
export type Value = string | number | null | Uint8Array;

export type Row = Readonly<Record<string, Value>>;

/** SQL with `?` for each parameter, in the words that both engines share. */
export interface Statement {
  readonly sql: string;
  readonly params?: readonly Value[];
  /** Runs once for each of these rows of parameters: a JSON array of arrays. SQLite only. */
  readonly rowsJson?: string;
  /**
   * How many rows it must change. Another number undoes the whole write, which rejects with "conflict". A statement that
   * is alone in its write must see to it by itself that it changes all or nothing: it gets no transaction of its own.
   */
  readonly expect?: number;
}

export interface Reader {
  read(sql: string, params?: readonly Value[]): Promise<readonly Row[]>;
  hasTable(name: string): Promise<boolean>;
}

export interface Transaction extends Reader {
  /** Gives the number of changed rows. */
  run(sql: string, params?: readonly Value[]): Promise<number>;
  columns(table: string): Promise<readonly string[]>;
  insert(table: string, columns: readonly string[], rows: readonly (readonly Value[])[]): Promise<void>;
}

export interface WriteOptions {
  /** The writer pauses between its own attempts: its writes are tried even while the circuit is open. Default: no. */
  readonly patient?: boolean;
}

export type EngineKind = "sqlite" | "postgres";

/** A database. Every method rejects with a StoreError, reason "away", while it cannot be reached. */
export interface Engine extends Reader {
  readonly kind: EngineKind;
  /** All statements or none of them, durable when it resolves. */
  write(statements: readonly Statement[], options?: WriteOptions): Promise<void>;
  /** One transaction that keeps all other writers out, replicas included: for migrations and restore. */
  exclusive<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Sees the store as it was at the start, whatever is written meanwhile. */
  snapshot<T>(work: (reader: Reader) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * `away`: cannot be reached, try again · `conflict`: somebody else wrote first · `damaged`: the file is not a whole
 * database · `incompatible`: its schema is not for this release · `refused`: it would do harm.
 */
export type StoreErrorReason = "away" | "conflict" | "damaged" | "incompatible" | "refused";

/** Its message is a sentence for operators, without passwords. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly reason: StoreErrorReason;

  constructor(reason: StoreErrorReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

export function isStoreError(error: unknown, reason: StoreErrorReason): error is StoreError {
  return error instanceof StoreError && error.reason === reason;
}
