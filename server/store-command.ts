import { createReadStream } from "node:fs";
import { settings } from "./config/settings.ts";
import { keepBackup, listBackups } from "./store/backup-folder.ts";
import { StoreError } from "./store/engine.ts";
import { migrate, readSchema } from "./store/migrate.ts";
import { verifyBackup } from "./store/restore.ts";
import { openEngine, openStore, type Store } from "./store/store.ts";

/**
 * Works on the store of `WFC_STORE` without a service: for jobs and for emergencies. What it finds is one JSON value on
 * stdout. Exit code 0: fine. 1: it failed. 2: usage. 100: what was looked at is not whole.
 */
const usage = `usage: node server/store-command.ts COMMAND
  schema                          which schema the store has, and from which release on it can be used
  migrate [VERSION] [--lose-data] to the newest schema, or to VERSION, forward or back
  verify                          the chains of the audit log
  backup FOLDER                   into a new file there
  list FOLDER                     the backups there
  check FILE                      whether a backup is whole
  restore FILE [--replace]        a backup into the store, which must be empty
`;

const { store: storeSetting } = settings;

async function runStoreCommand(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const flags = new Set(args.filter((arg) => arg.startsWith("--")));
  const [command = "", operand, ...rest] = args.filter((arg) => !arg.startsWith("--"));
  const text = environment[storeSetting.variable] ?? storeSetting.fallback;
  const setting = storeSetting.parse(text);
  if (setting === undefined) return fail(2, `${storeSetting.variable} must be ${storeSetting.allowed}`);
  if (rest.length > 0) return fail(2, usage);
  try {
    if (command === "schema") return await withEngine(setting, ({ raw }) => readSchema(raw));
    if (command === "migrate") {
      const target = operand === undefined ? undefined : Number(operand);
      return await withEngine(setting, ({ raw }) => migrate(raw, target, { loseData: flags.has("--lose-data") }));
    }
    if (command === "verify") {
      const found = await withStore(setting, (store) => store.audit.verify());
      tell(found);
      return found.ok ? 0 : 100;
    }
    if (operand === undefined) return fail(2, usage);
    if (command === "list") return tell(await listBackups(operand));
    if (command === "backup") return tell({ file: await withStore(setting, (store) => backupInto(operand, store)) });
    if (command === "check") return tell(await verifyBackup(createReadStream(operand)));
    if (command === "restore")
      return tell(
        await withStore(setting, (store) =>
          store.restore(createReadStream(operand), { replace: flags.has("--replace") }),
        ),
      );
    return fail(2, usage);
  } catch (error) {
    const isUnwhole = error instanceof StoreError && error.reason === "refused" && command === "check";
    return fail(isUnwhole ? 100 : 1, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

type Setting = Parameters<typeof openStore>[0];

async function withEngine(
  setting: Setting,
  work: (open: Awaited<ReturnType<typeof openEngine>>) => Promise<unknown>,
): Promise<number> {
  const open = await openEngine(setting);
  try {
    return tell(await work(open));
  } finally {
    await open.raw.close();
  }
}

async function withStore<T>(setting: Setting, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(setting);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function backupInto(folder: string, store: Store): Promise<string> {
  const keeping = keepBackup(folder, store.backup());
  for (;;) {
    const next = await keeping.next();
    if (next.done === true) return next.value;
  }
}

function tell(value: unknown): 0 {
  process.stdout.write(`${JSON.stringify(value)}\n`);
  return 0;
}

function fail(code: number, text: string): number {
  process.stderr.write(text.endsWith("\n") ? text : `${text}\n`);
  return code;
}

process.exitCode = await runStoreCommand(process.argv.slice(2), process.env);
