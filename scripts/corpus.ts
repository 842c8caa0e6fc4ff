import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CompilerServiceService as Contract } from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import { type Diagnostic, Severity } from "@workflow-compiler/proto/gen/workflow/compiler/v1/diagnostic.ts";
import { Format } from "@workflow-compiler/proto/gen/workflow/compiler/v1/source.ts";
import { startLocalService } from "./local-service.ts";

/**
 * `npm run corpus [folder]`: compiles every state machine of a folder through the service and prints what came of each.
 * Exit code 1 where the folder is missing or a definition was not answered as it should be.
 */
const folder = resolve(process.argv[2] ?? new URL("../../shared/corpus/amazon-states", import.meta.url).pathname);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

if (existsSync(folder)) {
  process.exitCode = await compileAll(
    readdirSync(folder)
      .filter((name) => /\.(json|ya?ml)$/.test(name))
      .sort(),
  );
} else {
  process.stderr.write(`There is no folder ${folder}. Give one: npm run corpus -- FOLDER\n`);
  process.exitCode = 1;
}

async function compileAll(names: readonly string[]): Promise<number> {
  const service = await startLocalService();
  const width = Math.max(0, ...names.map((name) => name.length));
  const codes = new Map<string, number>();
  let compiled = 0;
  let wrong = 0;
  try {
    for (const name of names) {
      const source = { format: Format.FORMAT_AMAZON_STATES, content: readFileSync(join(folder, name)), name };
      const { artifact, diagnostics } = await service.call(Contract.compile, { source, options: undefined });
      const errors = diagnostics.filter(({ severity }) => severity === Severity.SEVERITY_ERROR);
      for (const code of new Set(errors.map((error) => error.code))) codes.set(code, (codes.get(code) ?? 0) + 1);
      if (artifact !== undefined) compiled++;
      else if (errors.length === 0 || errors.some(({ code }) => code === "WF_COMPILE_002")) wrong++;
      say(`${name.padEnd(width)}  ${artifact === undefined ? outcomeOf(errors) : "compiled"}`);
    }
  } finally {
    await service.stop();
  }
  say(`\n${compiled} of ${names.length} compiled`);
  for (const [code, count] of [...codes].sort(([, a], [, b]) => b - a))
    say(`${String(count).padStart(4)} with ${code}`);
  if (wrong > 0) say(`${wrong} failed by a defect of the compiler`);
  return wrong > 0 ? 1 : 0;
}

/** The first three places, which for most is all. */
function outcomeOf(errors: readonly Diagnostic[]): string {
  const places = errors
    .slice(0, 3)
    .map(({ code, location, message }) => `${code} line ${location?.line} (${message.slice(0, 60)})`);
  return `${places.join("; ")}${errors.length > 3 ? ` and ${errors.length - 3} more` : ""}`;
}
