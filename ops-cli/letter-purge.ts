import {
  type DeadLetter,
  DeadLetterState,
  type PurgeDeadLettersRequest,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { type ChangeFlags, changeFleet } from "./change.ts";
import { durationMs, type Outcome, type Session } from "./command.ts";
import type { Replica } from "./connection.ts";
import { operationsContract } from "./contract.ts";
import { CliError, usageError } from "./exit.ts";
import { showCount } from "./measures.ts";

export interface PurgeChoice {
  readonly id?: string | undefined;
  readonly olderThan?: string | undefined;
  readonly resolved: boolean;
  readonly all: boolean;
}

type Which = NonNullable<PurgeDeadLettersRequest["which"]>;

export async function purgeLetters(session: Session, flags: ChangeFlags, choice: PurgeChoice): Promise<Outcome> {
  const contract = await operationsContract();
  const which = whichOf(choice, Date.now());
  const replicas = await session.operations();
  return changeFleet(session, flags, {
    command: "deadletter purge",
    what: `Delete ${described(which)} for good`,
    replicas,
    plan: async (replica) => `delete ${showCount(await countOf(replica, which), "dead letter")}`,
    act: async (replica, reason) => {
      try {
        return await replica.call(contract.purgeDeadLetters, { which, reason });
      } catch (fault) {
        // Of several replicas, one that has it is enough.
        const elsewhere = fault instanceof CliError && fault.reason === "not-found";
        if (!elsewhere || replicas.length === 1) throw fault;
        return { purged: 0n };
      }
    },
    json: (done) => done,
    text: ({ purged }) => `deleted ${showCount(purged, "dead letter")}`,
  });
}

function whichOf({ id, olderThan, resolved, all }: PurgeChoice, now: number): Which {
  const wanted: Which[] = [];
  if (id !== undefined) wanted.push({ $case: "id", value: id });
  if (resolved) wanted.push({ $case: "resolved", value: true });
  if (all) wanted.push({ $case: "all", value: true });
  if (olderThan !== undefined) {
    wanted.push({ $case: "before", value: new Date(now - durationMs(olderThan, "--older-than")) });
  }
  const [which] = wanted;
  if (which !== undefined && wanted.length === 1) return which;
  throw usageError("say which: an id, or one of --resolved, --older-than and --all", ["See `wfops deadletter list`."]);
}

function described(which: Which): string {
  switch (which.$case) {
    case "id":
      return `dead letter ${which.value}`;
    case "resolved":
      return "resolved dead letters";
    case "before":
      return `dead letters from before ${which.value.toISOString()}`;
    case "all":
      return "every dead letter";
    default:
      return which satisfies never;
  }
}

async function countOf(replica: Replica, which: Which): Promise<number> {
  const contract = await operationsContract();
  const resolved = DeadLetterState.DEAD_LETTER_STATE_RESOLVED;
  const state = which.$case === "resolved" ? resolved : DeadLetterState.DEAD_LETTER_STATE_UNSPECIFIED;
  const counts = ({ id, time }: DeadLetter): boolean => {
    if (which.$case === "id") return id === which.value;
    return which.$case !== "before" || (time !== undefined && time < which.value);
  };
  let found = 0;
  let pageToken = "";
  do {
    const page = await replica.call(contract.listDeadLetters, { pageSize: 1_000, pageToken, state });
    found += page.deadLetters.filter(counts).length;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return found;
}
