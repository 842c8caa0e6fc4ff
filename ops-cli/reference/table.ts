import type { Interfaces } from "@oclif/core";

/** Every command as data: what help, completion, the man page, docs/wfops.md and the snapshot are made of. */
export interface CommandTable {
  readonly topics: readonly { readonly name: string; readonly description: string }[];
  readonly commands: readonly CommandEntry[];
  /** Flags that every command has. */
  readonly globalFlags: readonly FlagEntry[];
}

export interface CommandEntry {
  /** With blanks between words: `cache clear`. */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly args: readonly ArgEntry[];
  readonly flags: readonly FlagEntry[];
}

export interface ArgEntry {
  /** In capitals: `FILE`. */
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly multiple: boolean;
  readonly options: readonly string[];
}

export interface FlagEntry {
  /** `--json`, or `--[no-]color`. */
  readonly name: string;
  /** `-q`, or "". */
  readonly short: string;
  readonly description: string;
  /** `DURATION`; "" for one that takes no value. */
  readonly value: string;
  readonly options: readonly string[];
  readonly default: string;
  readonly required: boolean;
  readonly multiple: boolean;
}

export function tableOf(config: Pick<Interfaces.Config, "commands" | "topics">): CommandTable {
  const commands = config.commands.filter(({ hidden }) => !hidden).sort((a, b) => compare(a.id, b.id));
  const [first] = commands;
  const isGlobal = (flag: RawFlag): boolean => flag.helpGroup === "GLOBAL";
  return {
    topics: config.topics
      .filter(({ hidden, name }) => !hidden && commands.some(({ id }) => id.startsWith(`${name}:`)))
      .map(({ name, description = "" }) => ({ name, description }))
      .sort((a, b) => compare(a.name, b.name)),
    commands: commands.map((command) => ({
      name: command.id.replaceAll(":", " "),
      summary: command.summary ?? "",
      description: command.description ?? "",
      examples: (command.examples ?? []).flatMap((example) =>
        typeof example === "string" ? [example.replaceAll("<%= config.bin %>", "wfops")] : [],
      ),
      args: Object.entries(command.args ?? {}).map(([name, arg]) => argOf(name, arg)),
      flags: Object.entries(command.flags ?? {}).flatMap(([name, flag]) =>
        isGlobal(flag) ? [] : [flagOf(name, flag)],
      ),
    })),
    globalFlags: Object.entries(first?.flags ?? {}).flatMap(([name, flag]) =>
      isGlobal(flag) ? [flagOf(name, flag)] : [],
    ),
  };
}

type RawCommand = Interfaces.Config["commands"][number];
type RawFlag = RawCommand["flags"][string];
type RawArg = RawCommand["args"][string];

function argOf(key: string, arg: RawArg): ArgEntry {
  const multiple = "multiple" in arg && arg.multiple === true;
  return {
    name: (multiple ? key.replace(/s$/, "") : key).toUpperCase(),
    description: arg.description ?? "",
    required: arg.required ?? false,
    multiple,
    options: arg.options ?? [],
  };
}

function flagOf(name: string, flag: RawFlag): FlagEntry {
  const isSwitch = flag.type === "boolean";
  const options = isSwitch ? [] : (flag.options ?? []);
  const value = isSwitch ? "" : options.length > 0 ? options.join("|") : String(flag.helpValue ?? "VALUE");
  const fallback = "default" in flag && typeof flag.default === "string" ? flag.default : "";
  return {
    name: isSwitch && flag.allowNo ? `--[no-]${name}` : `--${name}`,
    short: flag.char === undefined ? "" : `-${flag.char}`,
    description: flag.description ?? flag.summary ?? "",
    value,
    options,
    default: fallback,
    required: flag.required ?? false,
    multiple: !isSwitch && flag.multiple === true,
  };
}

/** `wfops validate FILE… [--fix]`. */
export function usageOf({ name, args, flags }: CommandEntry): string {
  const words = args.map((arg) => {
    const several = arg.multiple ? `${arg.name}…` : arg.name;
    return arg.required ? several : `[${several}]`;
  });
  const given = flags.map((flag) => {
    const text = flag.value === "" ? flag.name : `${flag.name} ${flag.value}`;
    return flag.required ? text : `[${text}]`;
  });
  return ["wfops", name, ...words, ...given].join(" ");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
