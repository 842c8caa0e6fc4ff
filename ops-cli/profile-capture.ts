import { existsSync } from "node:fs";
import { basename } from "node:path";
import { type ProfileHeader, ProfileKind } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import { type ChangeFlags, reasonOf } from "./change.ts";
import { durationMs, type Outcome, type Session } from "./command.ts";
import { confirmChange } from "./confirmation.ts";
import { operationsContract } from "./contract.ts";
import { CliError, exitCodes } from "./exit.ts";
import { showBytes, showDuration } from "./measures.ts";
import { createFile, type NewFile } from "./new-file.ts";
import { onlyReplica } from "./replicas.ts";

const kinds: ReadonlyMap<string, ProfileKind> = new Map([
  ["cpu", ProfileKind.PROFILE_KIND_CPU],
  ["heap", ProfileKind.PROFILE_KIND_HEAP_SNAPSHOT],
  ["allocations", ProfileKind.PROFILE_KIND_ALLOCATIONS],
]);

interface ProfileFlags extends ChangeFlags {
  readonly out?: string | undefined;
  readonly duration: string;
}

export async function captureProfile(session: Session, flags: ProfileFlags, kind: string): Promise<Outcome> {
  const reason = reasonOf(flags, `profile ${kind}`);
  const ms = durationMs(flags.duration, "--duration");
  const replica = await onlyReplica(session, "a profile");
  const { address } = replica;
  const { terminal, signal } = session;
  const takes = kind === "heap" ? "stop it for a heap snapshot" : `record ${kind} for ${showDuration(ms)}`;
  if (flags["dry-run"]) {
    const data = { dryRun: true, address, kind, file: flags.out ?? null, sizeBytes: null, startedAt: null };
    return { data, text: `${address}  would ${takes}` };
  }
  if (kind === "heap") {
    const question = `Stop ${address} for a heap snapshot, and write whatever is in its memory to a file here?`;
    await confirmChange(terminal, question, flags.yes);
  }
  const contract = await operationsContract();
  const request = {
    kind: kinds.get(kind) ?? ProfileKind.PROFILE_KIND_UNSPECIFIED,
    durationMs: ms,
    interval: 0,
    reason,
  };
  terminal.progress(`${address}: ${takes}`);
  let header: ProfileHeader | null = null;
  let file: { readonly path: string; readonly content: NewFile } | null = null;
  let bytes = 0;
  try {
    for await (const { part } of replica.stream(contract.captureProfile, request)) {
      if (part?.$case === "header") {
        header = part.value;
        file = newFile(flags.out ?? basename(header.fileName));
      } else if (part?.$case === "chunk") {
        file?.content.write(part.value);
        bytes += part.value.length;
        terminal.progress(`${showBytes(bytes)} from ${address}`);
      }
    }
    if (file === null || bytes === 0) throw new CliError("incomplete", `${address} sent no profile`, ["Try again."]);
    file.content.keep();
  } catch (fault) {
    if (!signal.aborted) throw fault;
    const next = ["Nothing was kept. The replica stops to record by itself."];
    throw new CliError("interrupted", `interrupted while ${address} was recorded`, next, exitCodes.interrupted);
  } finally {
    file?.content.discard();
  }
  const guard = kind === "heap" ? " It holds definitions and passwords: keep it as you would keep these." : "";
  return {
    data: { dryRun: false, address, kind, file: file.path, sizeBytes: bytes, startedAt: header?.startedAt ?? null },
    text: `${file.path}, ${showBytes(bytes)}: open it in the developer tools of Chrome.${guard}`,
  };
}

function newFile(path: string) {
  if (existsSync(path)) throw new CliError("file", `${path} is there already`, ["Name another file with --out."]);
  return { path, content: createFile(path) };
}
