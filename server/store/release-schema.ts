import { type Engine, StoreError } from "./engine.ts";
import { migrate, prepareSchema, readSchema, type SchemaState } from "./migrate.ts";
import { migrations as known, type Migration } from "./migrations.ts";

/** What became of the schema. `newer`: a later release has brought it further, and this one can run on it all the same. */
export interface ReleaseSchema extends SchemaState {
  readonly outcome: "current" | "forward" | "newer";
}

/**
 * Gets a store ready for this release while the release before still runs on it: forward where it is older, and left alone
 * where it is newer and still fits.
 *
 * @param migrations for tests. Default: all of this release.
 * @throws StoreError "incompatible" where this release cannot run on it, which ends a rollback; "refused" where the steps to
 * come would take away what the release before needs: those belong into a release after it (expand, migrate, contract).
 */
export async function prepareForRelease(
  engine: Engine,
  migrations: readonly Migration[] = known,
): Promise<ReleaseSchema> {
  const { version } = await readSchema(engine);
  if (version > migrations.length) return { ...(await prepareSchema(engine, migrations)), outcome: "newer" };
  const needed = Math.max(0, ...migrations.slice(version).map(({ compatibleFrom }) => compatibleFrom));
  if (version > 0 && needed > version) throw new StoreError("refused", tooFar(version, needed));
  const state = await migrate(engine, migrations.length, { migrations });
  return { ...state, outcome: version === state.version ? "current" : "forward" };
}

function tooFar(version: number, needed: number): string {
  return (
    `the store has schema version ${version}, and this release takes away what releases before version ${needed} need: ` +
    `replicas that run now would fail. Roll out a release that knows version ${needed} first, then this one`
  );
}
