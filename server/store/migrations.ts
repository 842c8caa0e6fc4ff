/**
 * The schema, step by step, for both engines. The words are PostgreSQL's, which SQLite takes too; where they differ a
 * statement stands twice.
 *
 * A step that was released is never changed: stores keep its checksum. Releases follow expand, migrate, contract: first a
 * release adds what is new (the release before it can still run: `compatibleFrom` stays), then data are moved, and only a
 * later release takes the old away (`compatibleFrom` goes up to the first release that does not need it any more).
 */
export interface Migration {
  /** From 1, without gaps. */
  readonly version: number;
  readonly name: string;
  /** The oldest schema version whose release can still run once this step is done. */
  readonly compatibleFrom: number;
  readonly up: readonly Sql[];
  readonly down: readonly Sql[];
  /** What the step back destroys; null: nothing. */
  readonly downLoses: string | null;
}

type Sql = string | { readonly sqlite: readonly string[]; readonly postgres: readonly string[] };

const appendOnly = "the audit log is append-only";

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: "audit log",
    compatibleFrom: 1,
    up: [
      // One row: how many chains there are, so that a missing one is found.
      "CREATE TABLE audit_registry (id BIGINT PRIMARY KEY CHECK (id = 1), chains BIGINT NOT NULL)",
      // The anchor is the last record that retention deleted, the head the last record that was written.
      `CREATE TABLE audit_chains (
        number BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, opened_at BIGINT NOT NULL,
        anchor_sequence BIGINT NOT NULL, anchor_hash TEXT NOT NULL,
        head_sequence BIGINT NOT NULL, head_hash TEXT NOT NULL)`,
      `CREATE TABLE audit_records (
        chain BIGINT NOT NULL, sequence BIGINT NOT NULL, time BIGINT NOT NULL, request_id TEXT NOT NULL,
        principal TEXT NOT NULL, address TEXT NOT NULL, method TEXT NOT NULL, resource_digest TEXT NOT NULL,
        outcome TEXT NOT NULL, duration_ms DOUBLE PRECISION NOT NULL, error_code TEXT NOT NULL, reason TEXT NOT NULL,
        lost BIGINT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (chain, sequence))`,
      "CREATE INDEX audit_records_by_time ON audit_records (time, chain, sequence)",
      {
        sqlite: [
          `CREATE TRIGGER audit_records_unchanged BEFORE UPDATE ON audit_records
            BEGIN SELECT RAISE(ABORT, '${appendOnly}'); END`,
          `CREATE TRIGGER audit_records_kept BEFORE DELETE ON audit_records
            WHEN OLD.sequence > (SELECT anchor_sequence FROM audit_chains WHERE number = OLD.chain)
            BEGIN SELECT RAISE(ABORT, '${appendOnly}'); END`,
          `CREATE TRIGGER audit_chains_kept BEFORE DELETE ON audit_chains
            BEGIN SELECT RAISE(ABORT, '${appendOnly}'); END`,
          `CREATE TRIGGER audit_chains_forward BEFORE UPDATE ON audit_chains
            WHEN NEW.number <> OLD.number OR NEW.name <> OLD.name OR NEW.head_sequence < OLD.head_sequence
              OR NEW.anchor_sequence < OLD.anchor_sequence OR NEW.anchor_sequence > NEW.head_sequence
            BEGIN SELECT RAISE(ABORT, '${appendOnly}'); END`,
        ],
        postgres: [
          `CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '${appendOnly}'; END $$`,
          `CREATE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF OLD.sequence > (SELECT anchor_sequence FROM audit_chains WHERE number = OLD.chain)
              THEN RAISE EXCEPTION '${appendOnly}'; END IF;
              RETURN OLD;
            END $$`,
          `CREATE TRIGGER audit_records_unchanged BEFORE UPDATE ON audit_records
            FOR EACH ROW EXECUTE FUNCTION audit_append_only()`,
          `CREATE TRIGGER audit_records_kept BEFORE DELETE ON audit_records
            FOR EACH ROW EXECUTE FUNCTION audit_kept()`,
          `CREATE TRIGGER audit_records_not_emptied BEFORE TRUNCATE ON audit_records
            FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()`,
          `CREATE TRIGGER audit_chains_kept BEFORE DELETE ON audit_chains
            FOR EACH ROW EXECUTE FUNCTION audit_append_only()`,
          `CREATE TRIGGER audit_chains_not_emptied BEFORE TRUNCATE ON audit_chains
            FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()`,
          `CREATE TRIGGER audit_chains_forward BEFORE UPDATE ON audit_chains FOR EACH ROW
            WHEN (NEW.number <> OLD.number OR NEW.name <> OLD.name OR NEW.head_sequence < OLD.head_sequence
              OR NEW.anchor_sequence < OLD.anchor_sequence OR NEW.anchor_sequence > NEW.head_sequence)
            EXECUTE FUNCTION audit_append_only()`,
        ],
      },
    ],
    down: [
      "DROP TABLE audit_records",
      "DROP TABLE audit_chains",
      "DROP TABLE audit_registry",
      { sqlite: [], postgres: ["DROP FUNCTION audit_kept()", "DROP FUNCTION audit_append_only()"] },
    ],
    downLoses: "the audit log",
  },
  {
    version: 2,
    name: "dead letters",
    compatibleFrom: 1,
    up: [
      // `stored_bytes` is the length of `content`, which is compressed with zstd and may be missing.
      `CREATE TABLE dead_letters (
        id TEXT PRIMARY KEY, time BIGINT NOT NULL, request_id TEXT NOT NULL, principal TEXT NOT NULL,
        method TEXT NOT NULL, error_code TEXT NOT NULL, reason TEXT NOT NULL, source_digest TEXT NOT NULL,
        format TEXT, options TEXT, content_bytes BIGINT NOT NULL, stored_bytes BIGINT NOT NULL,
        attempts BIGINT NOT NULL, last_attempt BIGINT, state TEXT NOT NULL, content BYTEA)`,
      "CREATE INDEX dead_letters_by_time ON dead_letters (time, id, stored_bytes)",
    ],
    down: ["DROP TABLE dead_letters"],
    downLoses: "all dead letters",
  },
  {
    version: 3,
    name: "artifacts",
    compatibleFrom: 1,
    up: [
      // `stored_bytes` is the length of `content`, compressed with zstd; `sha256` and `content_bytes` are of the answer.
      `CREATE TABLE artifacts (
        key TEXT PRIMARY KEY, digest TEXT NOT NULL, sha256 TEXT NOT NULL, content_bytes BIGINT NOT NULL,
        stored_bytes BIGINT NOT NULL, created_at BIGINT NOT NULL, used_at BIGINT NOT NULL, content BYTEA NOT NULL)`,
      "CREATE INDEX artifacts_by_digest ON artifacts (digest)",
      "CREATE INDEX artifacts_by_use ON artifacts (used_at, key, stored_bytes)",
    ],
    down: ["DROP TABLE artifacts"],
    downLoses: null,
  },
];

/** The tables whose rows a backup keeps, in the order in which they are put back, with the columns that order them. */
export const keptTables = [
  { name: "audit_registry", since: 1, order: ["id"], rowsAtOnce: 1 },
  { name: "audit_chains", since: 1, order: ["number"], rowsAtOnce: 1_000 },
  { name: "audit_records", since: 1, order: ["chain", "sequence"], rowsAtOnce: 1_000 },
  { name: "dead_letters", since: 2, order: ["id"], rowsAtOnce: 8 },
  { name: "artifacts", since: 3, order: ["key"], rowsAtOnce: 4 },
] as const;
