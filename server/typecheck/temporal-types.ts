import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * The packages that a workflow's types come from. What they import besides stays unknown to the checker: no type that a
 * workflow uses depends on it, and the wire format in `@temporalio/proto` alone is 9 MB of declarations.
 */
const packages = ["@temporalio/workflow", "@temporalio/common"];

/** Their declarations, by path from the folder of the module that imports them. They are 90 files of 0.3 MB. */
export function temporalTypes(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const workflow = packageFolder("@temporalio/workflow", import.meta.url);
  for (const name of packages) {
    const folder = packageFolder(name, join(workflow, "package.json"));
    const paths = readdirSync(join(folder, "lib"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".d.ts"))
      .map((path) => join("lib", path));
    for (const path of ["package.json", ...paths])
      files.set(`node_modules/${name}/${path.replaceAll("\\", "/")}`, readFileSync(join(folder, path), "utf8"));
  }
  return files;
}

function packageFolder(name: string, from: string): string {
  return dirname(createRequire(from).resolve(`${name}/package.json`));
}
