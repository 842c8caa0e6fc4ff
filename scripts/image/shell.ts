import { execFileSync } from "node:child_process";

/** The root of the repository, with a slash. */
export const root = new URL("../../", import.meta.url).pathname;

/**
 * Runs a program to its end and gives its stdout; throws with the end of its stderr where it fails.
 * @param show passes its output on to stderr instead of keeping it.
 */
export function run(program: string, args: readonly string[], { show = false } = {}): string {
  try {
    const text = execFileSync(program, args, {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      stdio: ["ignore", show ? 2 : "pipe", show ? "inherit" : "pipe"],
    });
    return text ?? "";
  } catch (error) {
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr ?? "") : "";
    throw new Error(`${program} ${args.slice(0, 6).join(" ")} failed\n${stderr.slice(-4_000)}`, { cause: error });
  }
}

/** buildah without a daemon, a container engine or kernel modules: plain folders as layers, and a chroot for what it runs. */
export function buildahIn(folder: string): (...args: readonly string[]) => string {
  const storage = ["--storage-driver", "vfs", "--root", `${folder}/storage`, "--runroot", `${folder}/run`];
  return (...args) => run("buildah", [...storage, ...args], { show: args[0] === "bud" }).trim();
}

export type Buildah = ReturnType<typeof buildahIn>;
