import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Migration, migrations } from "../../server/store/migrations.ts";

/** Images of releases to come: this repository with more migrations. */
export interface LaterImages {
  /** Where the programs of an image are, by its tag: `MIGRATIONS` more than this release has, such as `1`. */
  rootOf(image: string): string;
  close(): void;
}

const root = new URL("../../", import.meta.url).pathname;
const source = "server/store/migrations.ts";

/** @param later what the releases to come do to the schema, in order: release n has the first n of them. */
export function buildLaterImages(later: readonly Pick<Migration, "up" | "compatibleFrom">[]): LaterImages {
  const folder = mkdtempSync(join(tmpdir(), "images-"));
  const steps = later.map(({ up, compatibleFrom }, index): Migration => {
    const version = migrations.length + index + 1;
    return { version, name: `later ${version}`, compatibleFrom, up, down: [], downLoses: "nothing" };
  });
  for (const [index] of steps.entries()) {
    const image = join(folder, String(index + 1));
    cpSync(join(root, "server"), join(image, "server"), {
      recursive: true,
      filter: (path) => path !== join(root, "server/node_modules"),
    });
    for (const name of readdirSync(root)) if (name !== "server") symlinkSync(join(root, name), join(image, name));
    for (const name of readdirSync(join(root, "server"))) {
      if (name === "node_modules") symlinkSync(join(root, "server", name), join(image, "server", name));
    }
    writeFileSync(join(image, source), withSteps(steps.slice(0, index + 1)));
  }
  return {
    rootOf: (image) => {
      const tag = image.split(":").at(-1) ?? "";
      return /^\d+$/.test(tag) && tag !== "0" ? join(folder, tag) : root;
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function withSteps(steps: readonly Migration[]): string {
  const text = readFileSync(join(root, source), "utf8");
  const end = text.indexOf("\n];\n");
  if (end < 0) throw new Error(`${source} has no list of migrations`);
  const more = steps.map((step) => `  ${JSON.stringify(step)},\n`).join("");
  return `${text.slice(0, end + 1)}${more}${text.slice(end + 1)}`;
}
