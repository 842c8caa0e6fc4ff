import { type Engine, isStoreError } from "./engine.ts";

export interface PreparedEngineParts {
  readonly engine: Engine;
  /** Brings the schema up to date. Tried again before each use until it has been done once. */
  readonly prepare: () => Promise<unknown>;
  readonly onAway: (reason: string) => void;
  readonly onBack: () => void;
}

/** An engine that nobody uses before its schema is right, and that tells when it goes and comes back. */
export function prepareEngine({ engine, prepare, onAway, onBack }: PreparedEngineParts): Engine {
  let prepared: Promise<unknown> | null = null;
  let isAway = false;

  async function use<T>(work: () => Promise<T>): Promise<T> {
    try {
      prepared ??= prepare();
      await prepared;
    } catch (error) {
      prepared = null;
      note(error);
      throw error;
    }
    try {
      const result = await work();
      if (isAway) {
        isAway = false;
        onBack();
      }
      return result;
    } catch (error) {
      note(error);
      throw error;
    }
  }

  function note(error: unknown): void {
    if (isAway || !(isStoreError(error, "away") || isStoreError(error, "damaged"))) return;
    isAway = true;
    onAway(error.message);
  }

  return {
    kind: engine.kind,
    read: (sql, params) => use(() => engine.read(sql, params)),
    hasTable: (name) => use(() => engine.hasTable(name)),
    write: (statements, options) => use(() => engine.write(statements, options)),
    exclusive: (work) => use(() => engine.exclusive(work)),
    snapshot: (work) => use(() => engine.snapshot(work)),
    close: () => engine.close(),
  };
}
