import { randomBytes } from "node:crypto";
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createTwoFilesPatch } from "diff";
import { readDefinitionSync } from "./definitions.ts";
import { CliError } from "./exit.ts";
import { safe } from "./layout.ts";
import type { Terminal } from "./terminal.ts";

/** A file that is to hold something else. */
export interface Rewrite {
  readonly path: string;
  readonly before: Buffer;
  readonly after: Buffer;
}

/** A unified diff, as `patch` and `git apply` take it. */
export function diffOf({ path, before, after }: Rewrite): string {
  return createTwoFilesPatch(path, path, before.toString(), after.toString(), undefined, undefined, {
    context: 3,
  }).replace(/^(?:Index: .*\n)?=+\n/, "");
}

export function showDiff(diff: string, { style }: Pick<Terminal, "style">): string {
  const lines = diff
    .trimEnd()
    .split("\n")
    .map((line) => {
      const shown = safe(line);
      if (line.startsWith("---") || line.startsWith("+++")) return style("bold", shown);
      if (line.startsWith("@@")) return style("accent", shown);
      if (line.startsWith("+")) return style("good", shown);
      return line.startsWith("-") ? style("bad", shown) : shown;
    });
  return lines.join("\n");
}

/**
 * The whole file or nothing: it is written beside and put in its place, with its rights; a link stays a link.
 *
 * @throws CliError where the file is no longer what was read.
 */
export function rewrite({ path, before, after }: Rewrite): void {
  if (!readDefinitionSync(path).equals(before)) {
    throw new CliError("changed", `${path} was changed meanwhile; it is left as it is`, ["Run it again."]);
  }
  const target = realpathSync(path);
  const beside = `${target}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(beside, after, { flag: "wx" });
    chmodSync(beside, statSync(target).mode);
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new CliError("file", `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
