import { writeSync } from "node:fs";
import { openStore } from "../../server/store/store.ts";
import { record } from "./record.ts";

/**
 * A process that appends until it is killed: `node appending.ts SETTING FIRST`. It tells each acknowledged request on
 * stdout, in a system call of its own, so that nothing is told that had not been acknowledged.
 */
const [url = "", first = "0"] = process.argv.slice(2);
const isPostgres = url.startsWith("postgres:");
const store = await openStore(isPostgres ? { kind: "postgres", url } : { kind: "sqlite", path: url });
let number = Number(first);

async function appendForEver(): Promise<never> {
  for (;;) {
    const next = record(number++);
    if ((await store.audit.append(next)) === "committed") writeSync(1, `${next.requestId}\n`);
  }
}

await Promise.all(Array.from({ length: 20 }, appendForEver));
