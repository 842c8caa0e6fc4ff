import { showCount, showDuration } from "../measures.ts";
import { type Check, each, judged, skipped } from "./check.ts";
import { circuit, component, setting } from "./sight.ts";

const BACKUP_AGE_MS = 2 * 86_400_000;
const MANY_WAITING = 1_000n;

export const storeChecks: readonly Check[] = [
  {
    id: "store-answers",
    category: "store",
    good: "the store answers",
    hint: "Is the database up, and may the service log in? Calls go on without it; audit records wait in memory.",
    link: "docs/store.md",
    judge: ({ replicas }) => judged(each(replicas, (sight) => component(sight, "store") || circuit(sight, "postgres"))),
  },
  {
    id: "store-lasts",
    category: "store",
    good: "what the store holds outlives the process",
    hint: "Set WFC_STORE to a file or to PostgreSQL.",
    link: "docs/store.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, (sight) => (setting(sight, "WFC_STORE") === "sqlite::memory:" ? "it is in memory" : "")),
      ),
  },
  {
    id: "store-schema",
    category: "store",
    good: "the store's schema is this version's own",
    hint: "After a rollback of the service an older schema is right; else run the migration.",
    link: "docs/store.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ status: { store } }) =>
          store === undefined || store.schemaVersion === 0 || store.schemaVersion === store.latestSchemaVersion
            ? ""
            : `it is ${store.schemaVersion}, and this version knows ${store.latestSchemaVersion}`,
        ),
      ),
  },
  {
    id: "audit-written",
    category: "store",
    good: "audit records are written, and none were lost",
    hint: "Look at the store. Records of the log tell which time is missing: `wfops audit list`.",
    link: "docs/store.md",
    judge: ({ replicas }) =>
      judged(
        each(replicas, ({ status: { store } }) => {
          const lost = store?.auditRecordsLost ?? 0n;
          return lost === 0n ? "" : `${showCount(lost, "record")} lost`;
        }),
        each(replicas, ({ status: { store } }) => {
          const waiting = store?.auditRecordsWaiting ?? 0n;
          return waiting < MANY_WAITING ? "" : `${showCount(waiting, "record")} waiting`;
        }),
      ),
  },
  {
    id: "audit-intact",
    category: "store",
    good: "the audit log is intact",
    hint: "See `wfops audit verify` for the record, and treat it as a security incident.",
    link: "docs/store.md",
    judge: ({ replicas }) =>
      replicas.every(({ auditIntact }) => auditIntact === null)
        ? skipped("it is read with --thorough only")
        : judged(each(replicas, ({ auditIntact }) => (auditIntact === false ? "it is not" : ""))),
  },
  {
    id: "dead-letters",
    category: "store",
    good: "no dead letters wait",
    hint: "See `wfops deadletter list --state waiting`; when their cause is mended, `wfops deadletter retry --all`.",
    link: "docs/operations.md",
    judge: ({ replicas }) =>
      judged(
        [],
        each(replicas, ({ lettersWait }) => (lettersWait === true ? "requests that it failed wait for a retry" : "")),
      ),
  },
  {
    id: "backup-recent",
    category: "store",
    good: "the last backup is younger than 2 days",
    hint: "Make one with `wfops backup create`, and see to it that something does so each day.",
    link: "docs/operations.md#restoring",
    judge: ({ replicas, now }) =>
      replicas.every(({ newestBackup }) => newestBackup === null)
        ? skipped("WFC_BACKUP_DIR is not set")
        : judged(
            [],
            each(replicas, ({ newestBackup }) => {
              if (newestBackup === null) return "";
              if (newestBackup === "none") return "there is none";
              const ageMs = now - (newestBackup.createdAt?.getTime() ?? 0);
              return ageMs > BACKUP_AGE_MS ? `it is ${showDuration(ageMs)} old` : "";
            }),
          ),
  },
];
