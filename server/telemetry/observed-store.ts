import type { AuditLog } from "../store/audit.ts";
import type { Store } from "../store/store.ts";
import type { Metrics, StoreOperation } from "./metrics.ts";
import type { Readings } from "./readings.ts";
import type { Tracing } from "./tracing.ts";

export interface ObservedStore {
  readonly store: Store;
  readonly readings: Pick<Readings, "audit" | "deadLetters" | "lastBackup">;
}

/** Measures a store, and remembers what operators did with it: the last verification of the audit log, the last backup. */
export function observeStore(store: Store, metrics: Pick<Metrics, "storeUsed">, tracing: Tracing): ObservedStore {
  let chain: { broken: boolean; verifiedAt: number } | null = null;
  let lastBackup: number | null = null;
  const pending = createPending();

  const timed = async <T>(operation: StoreOperation, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    try {
      return await tracing.span(`store.${operation}`, work);
    } finally {
      metrics.storeUsed(operation, performance.now() - start);
    }
  };
  const audit: AuditLog = {
    ...store.audit,
    append: (record) => pending.follow(timed("audit_append", () => store.audit.append(record))),
    list: (filter) => timed("audit_list", () => store.audit.list(filter)),
    async verify(options) {
      const found = await timed("audit_verify", () => store.audit.verify(options));
      chain = { broken: !found.ok, verifiedAt: Date.now() };
      return found;
    },
  };
  const { artifacts, deadLetters } = store;
  const observed: Store = {
    ...store,
    audit,
    deadLetters: { ...deadLetters, add: (letter) => timed("dead_letter_add", () => deadLetters.add(letter)) },
    artifacts: {
      ...artifacts,
      get: (key) => timed("artifact_get", () => artifacts.get(key)),
      put: (key, digest, reply) => timed("artifact_put", () => artifacts.put(key, digest, reply)),
    },
    async *backup(options) {
      const start = performance.now();
      yield* store.backup(options);
      lastBackup = Date.now();
      metrics.storeUsed("backup", performance.now() - start);
    },
  };
  return {
    store: observed,
    readings: {
      audit: () => ({ ...store.audit.stats(), lagMs: pending.oldestMs(), chain }),
      deadLetters: async () => (await deadLetters.stats()).count,
      lastBackup: () => lastBackup,
    },
  };
}

/** What is under way, in the order in which it began. */
function createPending() {
  const starts = new Map<number, number>();
  let last = 0;
  return {
    async follow<T>(work: Promise<T>): Promise<T> {
      const id = ++last;
      starts.set(id, performance.now());
      try {
        return await work;
      } finally {
        starts.delete(id);
      }
    },
    oldestMs(): number {
      const [oldest] = starts.values();
      return oldest === undefined ? 0 : performance.now() - oldest;
    },
  };
}
