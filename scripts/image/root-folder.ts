import { existsSync, globSync, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Of `docker inspect`, what matters here. */
export interface ImageConfig {
  readonly User?: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly Env?: readonly string[];
  readonly Labels?: Readonly<Record<string, string>>;
  readonly Healthcheck?: { readonly Test?: readonly string[] };
}

/** What a row states is the good state; `found` says what is there instead, "" where all is well. */
export interface Row {
  readonly state: string;
  readonly found: string;
}

const shells = ["sh", "bash", "dash", "ash", "busybox", "zsh", "env", "perl", "python3"];
const packageManagers = ["apt", "apt-get", "dpkg", "apk", "rpm", "npm", "npx", "corepack", "yarn"];
const programFolders = ["bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin"];
const labels = ["title", "description", "licenses", "version", "revision", "created", "documentation"];

/** Looks at the root of an image, without running anything in it. */
export function checkRoot(folder: string, config: ImageConfig): readonly Row[] {
  const programs = programFolders.flatMap((path) =>
    existsSync(join(folder, path)) ? readdirSync(join(folder, path)) : [],
  );
  const entries = globSync("**", { cwd: folder }).map((path) => ({ path, stat: lstatSync(join(folder, path)) }));
  const files = entries.filter(({ stat }) => stat.isFile());
  const missing = labels.filter((name) => !config.Labels?.[`org.opencontainers.image.${name}`]);
  const start = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])].join(" ");
  const probe = config.Healthcheck?.Test?.[0] ?? "none";
  const opened = entries.filter(({ stat }) => !stat.isSymbolicLink() && (stat.mode & 0o002) !== 0);
  return [
    row("it runs as 65532:65532", config.User === "65532:65532" ? [] : [config.User ?? "root"]),
    row("an init starts node, without a shell", start === "/usr/bin/tini -- node server/main.ts" ? [] : [start]),
    row("its health check needs no shell", probe === "CMD" ? [] : [probe]),
    row("it has the labels of the OCI", missing),
    row(
      "it has no shell and no other interpreter",
      programs.filter((name) => shells.includes(name)),
    ),
    row(
      "it has no package manager",
      programs.filter((name) => packageManagers.includes(name)),
    ),
    row("no file is setuid or setgid", files.filter(({ stat }) => (stat.mode & 0o6000) !== 0).map(pathOf)),
    row(
      "nothing but /tmp can be written by all",
      opened.map(pathOf).filter((path) => path !== "tmp"),
    ),
    row(
      "nothing but /data is the user's own",
      entries
        .filter(({ stat }) => stat.uid !== 0)
        .map(pathOf)
        .filter((path) => path !== "data"),
    ),
    row("it has no declarations of dependencies but those that are read", strayDeclarations(files.map(pathOf))),
  ];
}

function row(state: string, found: readonly string[]): Row {
  return { state, found: found.slice(0, 5).join(", ") };
}

const pathOf = ({ path }: { readonly path: string }): string => path;

function strayDeclarations(paths: readonly string[]): readonly string[] {
  const read = /node_modules\/(@typescript\/[^/]+|@temporalio\/(workflow|common))\/lib\//;
  return paths.filter((path) => path.includes("node_modules/") && path.endsWith(".d.ts") && !read.test(path));
}

/** Bytes of all files under a folder, each link counted as itself. */
export function bytesUnder(folder: string): number {
  if (statSync(folder).isFile()) return statSync(folder).size;
  const sizes = globSync("**", { cwd: folder }).map((path) => lstatSync(join(folder, path)));
  return sizes.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
