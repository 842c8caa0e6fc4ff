import type { CommandEntry, CommandTable, FlagEntry } from "./table.ts";

export const shells = ["bash", "zsh", "fish"] as const;

/** A script that teaches a shell our commands, flags and their values. It stands by itself: nothing is run while completing. */
export function completionOf(shell: (typeof shells)[number], table: CommandTable): string {
  switch (shell) {
    case "bash":
      return bash(table);
    case "zsh":
      return zsh(table);
    case "fish":
      return fish(table);
    default:
      return shell satisfies never;
  }
}

/** What may follow each path of words: "" → `cache`, `status`, …; `cache` → `clear`, …. */
function nextWords({ commands, topics }: CommandTable): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const next = new Map<string, Map<string, string>>();
  for (const { name, summary } of commands) {
    const words = name.split(" ");
    for (const [index, word] of words.entries()) {
      const path = words.slice(0, index).join(" ");
      const isLast = index === words.length - 1;
      const topic = topics.find((one) => one.name === word)?.description ?? "";
      const known = next.get(path) ?? new Map<string, string>();
      if (isLast || !known.has(word)) known.set(word, isLast ? summary : topic);
      next.set(path, known);
    }
  }
  return next;
}

/** Commands whose first argument is one of a few: `loglevel` → `trace`, `debug`, …. */
function firstArguments({
  commands,
}: CommandTable): readonly (readonly [command: string, choices: readonly string[]])[] {
  return commands.flatMap(({ name, args: [first] }) =>
    first === undefined || first.options.length === 0 ? [] : [[name, first.options] as const],
  );
}

/** `--[no-]color` is two. */
function spellings({ name, short }: FlagEntry): readonly string[] {
  const long = name.startsWith("--[no-]") ? [`--${name.slice(7)}`, `--no-${name.slice(7)}`] : [name];
  return short === "" ? long : [short, ...long];
}

const helpFlag: FlagEntry = {
  name: "--help",
  short: "-h",
  description: "Show help.",
  value: "",
  options: [],
  default: "",
  required: false,
  multiple: false,
};

function flagsOf(command: CommandEntry, { globalFlags }: CommandTable): readonly FlagEntry[] {
  return [...command.flags, ...globalFlags, helpFlag];
}

/** Flags with a value, each once: what a value is depends on the command where commands differ. */
function valueFlags(table: CommandTable): ReadonlySet<string> {
  const all = table.commands.flatMap((command) => flagsOf(command, table)).filter(({ value }) => value !== "");
  return new Set(all.flatMap(spellings));
}

/** Lines of `case` that bash and zsh share: $at → the words and flags that may follow. */
function caseLines(table: CommandTable): readonly string[] {
  const next = nextWords(table);
  const words = [...[...next].map(([path, names]) => [path, [...names.keys()]] as const), ...firstArguments(table)].map(
    ([path, names]) => `    ${quote(path)}) names=${quote(names.join(" "))} ;;`,
  );
  const flags = table.commands.map(
    (command) => `    ${quote(command.name)}) flags=${quote(flagsOf(command, table).flatMap(spellings).join(" "))} ;;`,
  );
  const values = table.commands.flatMap((command) =>
    flagsOf(command, table)
      .filter(({ options }) => options.length > 0)
      .map((flag) => {
        const cases = spellings(flag).map((spelt) => quote(`${command.name} ${spelt}`));
        return `    ${cases.join("|")}) values=${quote(flag.options.join(" "))} ;;`;
      }),
  );
  return [
    '  case "$at" in',
    ...words,
    "  esac",
    '  case "$at" in',
    ...flags,
    "  esac",
    '  case "$at $prev" in',
    ...values,
    "  esac",
  ];
}

/** Shell code that walks the words before the cursor and leaves the command's in `at`. */
function pathLines(table: CommandTable, words: string, current: string): readonly string[] {
  const paths = [...nextWords(table)].flatMap(([path, names]) =>
    [...names.keys()].map((word) => quote(path === "" ? word : `${path} ${word}`)),
  );
  return [
    `  for word in ${words}; do`,
    '    if [[ -n "$skip" ]]; then skip=; continue; fi',
    '    case "$word" in',
    `      ${[...valueFlags(table)].join("|")}) skip=1 ;;`,
    "      -*) ;;",
    "      *)",
    '        candidate="${at:+$at }$word"',
    '        case "$candidate" in',
    `          ${paths.join("|")}) at="$candidate" ;;`,
    "        esac ;;",
    "    esac",
    "  done",
    `  case "$prev" in`,
    `    ${[...valueFlags(table)].join("|")}) isValue=1 ;;`,
    "  esac",
    ...(current === "" ? [] : [current]),
  ];
}

function bash(table: CommandTable): string {
  return [
    "# bash completion of wfops: source <(wfops completion bash)",
    "_wfops() {",
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"',
    "  local at= skip= word= candidate= names= flags= values= isValue=",
    ...pathLines(table, '"${COMP_WORDS[@]:1:COMP_CWORD-1}"', ""),
    ...caseLines(table),
    '  if [[ -n "$values" ]]; then',
    '    COMPREPLY=($(compgen -W "$values" -- "$cur"))',
    '  elif [[ -n "$isValue" ]]; then',
    '    COMPREPLY=($(compgen -f -- "$cur"))',
    '  elif [[ "$cur" == -* ]]; then',
    '    COMPREPLY=($(compgen -W "$flags" -- "$cur"))',
    '  elif [[ -n "$names" ]]; then',
    '    COMPREPLY=($(compgen -W "$names" -- "$cur"))',
    "  else",
    '    COMPREPLY=($(compgen -f -- "$cur"))',
    "  fi",
    "}",
    "complete -o filenames -F _wfops wfops",
    "",
  ].join("\n");
}

function zsh(table: CommandTable): string {
  return [
    "#compdef wfops",
    "# zsh completion of wfops: wfops completion zsh > ~/.zfunc/_wfops, with ~/.zfunc in fpath before compinit",
    "_wfops() {",
    '  local cur="${words[CURRENT]}" prev="${words[CURRENT-1]}"',
    '  local -a before=("${(@)words[2,CURRENT-1]}")',
    "  local at= skip= word= candidate= names= flags= values= isValue=",
    ...pathLines(table, '"${before[@]}"', ""),
    ...caseLines(table),
    '  if [[ -n "$values" ]]; then',
    "    compadd -- ${=values}",
    '  elif [[ -n "$isValue" ]]; then',
    "    _files",
    '  elif [[ "$cur" == -* ]]; then',
    "    compadd -- ${=flags}",
    '  elif [[ -n "$names" ]]; then',
    "    compadd -- ${=names}",
    "  else",
    "    _files",
    "  fi",
    "}",
    'if [[ "$funcstack[1]" == "_wfops" ]]; then _wfops "$@"; else compdef _wfops wfops; fi',
    "",
  ].join("\n");
}

function fish(table: CommandTable): string {
  const next = nextWords(table);
  const words = [...next].flatMap(([path, names]) =>
    [...names].map(
      ([word, what]) =>
        `complete -c wfops -f -n ${fishQuote(`__wfops_at ${path}`.trimEnd())} -a ${word} -d ${fishQuote(what)}`,
    ),
  );
  const choices = firstArguments(table).map(
    ([command, names]) =>
      `complete -c wfops -f -n ${fishQuote(`__wfops_at ${command}`)} -a ${fishQuote(names.join(" "))}`,
  );
  const flags = table.commands.flatMap((command) =>
    flagsOf(command, table).flatMap((flag) => fishFlag(command.name, flag)),
  );
  return [
    "# fish completion of wfops: wfops completion fish > ~/.config/fish/completions/wfops.fish",
    "function __wfops_words",
    "  set -l skip",
    "  for word in (commandline -opc)[2..-1]",
    '    if test -n "$skip"; set skip; continue; end',
    "    switch $word",
    `      case ${[...valueFlags(table)].join(" ")}`,
    "        set skip 1",
    "      case '-*'",
    "      case '*'",
    "        echo $word",
    "    end",
    "  end",
    "end",
    "# Whether exactly these words stand there; __wfops_in: whether they come first.",
    "function __wfops_at",
    '  test "$(__wfops_words | string join " ")" = "$argv"',
    "end",
    "function __wfops_in",
    '  string match -q -- "$argv *" "$(__wfops_words | string join " ") "',
    "end",
    ...words,
    ...choices,
    ...flags,
    "",
  ].join("\n");
}

function fishFlag(command: string, flag: FlagEntry): readonly string[] {
  const when = `-n ${fishQuote(`__wfops_in ${command}`)}`;
  const value =
    flag.value === "" ? "" : flag.options.length > 0 ? ` -x -a ${fishQuote(flag.options.join(" "))}` : " -r";
  const short = flag.short === "" ? "" : ` -s ${flag.short.slice(1)}`;
  const long = spellings(flag).filter((spelt) => spelt.startsWith("--"));
  return long.map(
    (spelt, index) =>
      `complete -c wfops ${when}${index === 0 ? short : ""} -l ${spelt.slice(2)}${value} -d ${fishQuote(flag.description)}`,
  );
}

/** For bash and zsh. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Fish knows two escapes in single quotes. */
function fishQuote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", " ")}'`;
}
