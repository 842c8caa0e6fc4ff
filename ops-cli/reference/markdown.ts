import { settingsTable } from "../settings.ts";
import { type CommandEntry, type CommandTable, type FlagEntry, usageOf } from "./table.ts";

/** docs/wfops.md. @param preface what people wrote; `<!-- settings -->` in it is where the settings go. */
export function markdownOf({ topics, commands, globalFlags }: CommandTable, preface: string): string {
  const grouped = topics.map(({ name, description }) => `| \`wfops ${name}\` | ${cell(description)} |`);
  const alone = commands
    .filter(({ name }) => !name.includes(" "))
    .map(({ name, summary }) => `| [\`wfops ${name}\`](#wfops-${name}) | ${cell(summary)} |`);
  return [
    preface.trimEnd().replace("<!-- settings -->", settings()),
    "",
    "## Commands",
    "",
    "| | |",
    "|---|---|",
    ...[...alone, ...grouped].sort(),
    "",
    "All commands take these flags:",
    "",
    ...flagList(globalFlags),
    "",
    ...commands.flatMap(section),
  ].join("\n");
}

function settings(): string {
  const rows = settingsTable.map(
    ([field, variable, fallback, what]) =>
      `| \`${field}\` | \`${variable}\` | ${fallback && `\`${fallback}\``} | ${cell(what)} |`,
  );
  return ["| In the file | Variable | Default | |", "|---|---|---|---|", ...rows].join("\n");
}

function section(command: CommandEntry): readonly string[] {
  const { name, summary, description, args, flags, examples } = command;
  const list = [
    ...args.map((arg) => `- \`${arg.name}\`: ${sentence(arg.description, arg.options)}`),
    ...flagList(flags),
  ];
  return [
    `### wfops ${name}`,
    "",
    summary,
    "",
    "```",
    usageOf(command),
    "```",
    "",
    ...(description === "" || description === summary ? [] : [description.trim(), ""]),
    ...(list.length === 0 ? [] : [...list, ""]),
    ...(examples.length === 0 ? [] : ["```console", ...examples.map((example) => `$ ${example}`), "```", ""]),
  ];
}

function flagList(flags: readonly FlagEntry[]): readonly string[] {
  return flags.map(({ name, short, value, description, default: fallback, multiple }) => {
    const spelt = [short, name].filter((part) => part !== "").map((part) => `\`${part}\``);
    const shown = value === "" ? spelt.join(", ") : `${spelt.join(", ")} \`${value}\``;
    const more = [fallback === "" ? "" : `Default: \`${fallback}\`.`, multiple ? "May be given several times." : ""];
    return `- ${shown}: ${[description, ...more].filter((part) => part !== "").join(" ")}`;
  });
}

function sentence(description: string, options: readonly string[]): string {
  return options.length === 0
    ? description
    : `${description} One of ${options.map((option) => `\`${option}\``).join(", ")}.`;
}

function cell(value: string): string {
  return value.replaceAll("|", "\\|").replaceAll("\n", " ");
}
