import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { BackupInfo } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { backupFields } from "./backups.ts";
import { reasonOf } from "./change.ts";
import type { Outcome, Session } from "./command.ts";
import type { Replica } from "./connection.ts";
import { operationsContract } from "./contract.ts";
import { CliError, exitCodes } from "./exit.ts";
import { firstAnswer } from "./fleet.ts";
import { fields } from "./layout.ts";
import { showBytes } from "./measures.ts";
import { createFile, type NewFile } from "./new-file.ts";

export interface BackupChoice {
  readonly out?: string | undefined;
  readonly onServer: boolean;
  readonly withoutArtifacts: boolean;
  readonly reason?: string | undefined;
}

export async function createBackup(session: Session, choice: BackupChoice): Promise<Outcome> {
  const reason = reasonOf(choice, "backup create");
  const replicas = await session.operations();
  const made = await firstAnswer(replicas, (replica) => receive(session, replica, choice, reason));
  const { terminal } = session;
  if (made.backup.engine === "sqlite" && replicas.length > 1) {
    terminal.say(`This is the store of ${made.address}. Replicas with SQLite have stores of their own: back up each.`);
  }
  const where = made.file === null ? "in the server's WFC_BACKUP_DIR" : made.file;
  return { data: made, text: fields([["backup", where], ...backupFields(made.backup)], terminal.columns, "") };
}

interface Made {
  readonly address: string;
  readonly file: string | null;
  readonly backup: BackupInfo;
}

async function receive(session: Session, replica: Replica, choice: BackupChoice, reason: string): Promise<Made> {
  const contract = await operationsContract();
  const { onServer: withoutContent, withoutArtifacts } = choice;
  const hash = createHash("sha256");
  let file: { readonly path: string; readonly content: NewFile } | null = null;
  let bytes = 0;
  let backup: BackupInfo | null = null;
  try {
    for await (const { part } of replica.stream(contract.createBackup, { withoutContent, withoutArtifacts, reason })) {
      if (part?.$case === "header" && !withoutContent) {
        const path = pathFor(choice.out, part.value.name);
        file = { path, content: createFile(path) };
      } else if (part?.$case === "chunk") {
        file?.content.write(part.value);
        hash.update(part.value);
        bytes += part.value.length;
        session.terminal.progress(`${showBytes(bytes)} from ${replica.address}`);
      } else if (part?.$case === "summary") backup = part.value;
    }
    if (backup === null) throw incomplete(replica.address);
    if (file !== null && hash.digest("hex") !== backup.checksum) throw incomplete(replica.address);
    file?.content.keep();
    return { address: replica.address, file: file?.path ?? null, backup };
  } catch (fault) {
    if (!session.signal.aborted) throw fault;
    const next = ["Nothing was kept of it here. To go on: the same command again."];
    throw new CliError("interrupted", `interrupted after ${showBytes(bytes)}`, next, exitCodes.interrupted);
  } finally {
    file?.content.discard();
  }
}

/** @throws CliError where a file of that name is there already. */
function pathFor(out: string | undefined, name: string): string {
  // A server could name any file.
  const own = basename(name);
  const isFolder = out !== undefined && (out.endsWith("/") || (existsSync(out) && statSync(out).isDirectory()));
  const path = out === undefined ? own : isFolder ? join(out, own) : out;
  if (!existsSync(path)) return path;
  throw new CliError("file", `${path} is there already`, ["Name another file with --out."]);
}

function incomplete(address: string): CliError {
  return new CliError("incomplete", `the backup from ${address} is not whole`, ["Nothing was kept of it. Try again."]);
}
