import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Does this contract break clients of the one on the main branch? On the main branch itself, of the commit before it.
 * The old contract is unpacked from git, so that this works in a shallow clone and in a work tree as well.
 */
const root = new URL("..", import.meta.url).pathname;
const git = (...args: string[]) => spawnSync("git", args, { cwd: root, encoding: "utf8" });
const say = (text: string) => process.stdout.write(`${text}\n`);

const base = findBase();
if (base === null) {
  say("no earlier contract to compare with");
} else {
  process.exitCode = compareWith(base);
}

/** The newest commit that clients may know and that is not this one. */
function findBase(): string | null {
  const head = git("rev-parse", "HEAD").stdout?.trim();
  const clean = git("status", "--porcelain", "--", "proto", "buf.yaml").stdout?.trim() === "";
  for (const ref of ["origin/main", "main"]) {
    const commit = git("rev-parse", "--verify", "--quiet", `${ref}^{commit}`).stdout?.trim();
    if (!commit) continue;
    const candidate = commit === head && clean ? `${commit}~1` : commit;
    if (git("cat-file", "-e", `${candidate}:proto/workflow`).status === 0) return candidate;
  }
  return null;
}

function compareWith(commit: string): number {
  const folder = mkdtempSync(join(tmpdir(), "contract-"));
  try {
    const tar = join(folder, "old.tar");
    execFileSync("git", ["archive", "--output", tar, commit, "proto", "buf.yaml"], { cwd: root });
    mkdirSync(join(folder, "old"));
    execFileSync("tar", ["-xf", tar, "-C", join(folder, "old")]);
    const result = spawnSync("buf", ["breaking", "proto", "--against", join(folder, "old", "proto")], {
      cwd: root,
      stdio: "inherit",
    });
    say(result.status === 0 ? `compatible with ${commit.slice(0, 12)}` : `breaks clients of ${commit.slice(0, 12)}`);
    return result.status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
