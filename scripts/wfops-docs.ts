import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { generatedFiles } from "../ops-cli/reference/generate.ts";

/** `npm run wfops:docs`: writes all that is made of the commands. A test proves these files current. */
const root = new URL("../", import.meta.url).pathname;
for (const [path, content] of await generatedFiles()) {
  mkdirSync(dirname(root + path), { recursive: true });
  writeFileSync(root + path, content);
  process.stdout.write(`${path}\n`);
}
