import { stringify } from "yaml";
import { diffOf } from "../rewriting.ts";
import { readValues } from "./history.ts";
import { textAt } from "./json.ts";
import type { Programs } from "./programs.ts";

/** What two revisions of a release differ in, as a unified diff: their values, then their objects. "" where in nothing. */
export async function diffRevisions(programs: Programs, release: string, from: number, to: number): Promise<string> {
  const valuesOf = async (revision: number): Promise<string> =>
    stringify(await readValues(programs, release, revision), { sortMapEntries: true });
  const parts = [
    textDiff("values", await valuesOf(from), await valuesOf(to)),
    textDiff("manifest", await readManifest(programs, release, from), await readManifest(programs, release, to)),
  ];
  return parts.filter((part) => part !== "").join("");
}

export async function readManifest({ helm }: Programs, release: string, revision: number): Promise<string> {
  return helm(["get", "manifest", release, "--revision", String(revision)]);
}

/** What an upgrade would make, as the cluster's own state leads the chart to it. @param args of `helm upgrade`. */
export async function plannedManifest({ helm }: Programs, args: readonly string[]): Promise<string> {
  return textAt(JSON.parse(await helm([...args, "--dry-run=server", "--output", "json"])), "manifest");
}

export function textDiff(what: string, before: string, after: string): string {
  if (before === after) return "";
  return diffOf({ path: what, before: Buffer.from(before), after: Buffer.from(after) });
}
