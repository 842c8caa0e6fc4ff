import { readFileSync } from "node:fs";
import { Config } from "@oclif/core/config";
import { settings } from "@oclif/core/settings";
import { manPageOf } from "./man.ts";
import { markdownOf } from "./markdown.ts";
import { tableOf } from "./table.ts";

const root = new URL("..", import.meta.url).pathname;

/** Every file that is made of the commands, by its path from the root of the repository. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  settings.enableAutoTranspile = false;
  const config = await Config.load({ root, ignoreManifest: true });
  const table = tableOf(config);
  const preface = readFileSync(new URL("preface.md", import.meta.url), "utf8");
  const schemas = new Map(
    await Promise.all(
      config.commands.map(async ({ id, load }) => [id.replaceAll(":", " "), schemaOf(await load())] as const),
    ),
  );
  const snapshot = {
    ...table,
    commands: table.commands.map(({ summary, description, examples, ...command }) => ({
      ...command,
      schema: schemas.get(command.name) ?? null,
    })),
  };
  return new Map([
    ["ops-cli/oclif.manifest.json", json(manifestOf(config), 0)],
    ["ops-cli/wfops.1", manPageOf(table, config.version)],
    ["docs/wfops.md", markdownOf(table, preface)],
    ["test/ops-cli/commands.json", json(snapshot, 2)],
  ]);
}

/** What oclif reads at every start instead of all commands. Schemas are not needed then. */
function manifestOf({ commands, version }: Config): unknown {
  const sorted = commands.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return {
    commands: Object.fromEntries(sorted.map((command) => [command.id, { ...command, schema: undefined }])),
    version,
  };
}

function schemaOf(command: object): unknown {
  return "schema" in command ? command.schema : null;
}

function json(value: unknown, indent: number): string {
  return `${JSON.stringify(value, null, indent)}\n`;
}
