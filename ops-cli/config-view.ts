import type { Setting } from "@workflow-compiler/proto/gen/workflow/compiler/v1/operations.ts";
import type { ConfigFinding } from "./config-file.ts";
import { listing, safe } from "./layout.ts";
import { showCount } from "./measures.ts";
import { shownValue } from "./server-settings.ts";
import type { Terminal } from "./terminal.ts";

export interface ReplicaSettings {
  readonly address: string;
  readonly settings: readonly Setting[];
}

/** One row for each setting; where replicas differ, one for each of them. */
export function settingsText(replicas: readonly ReplicaSettings[], { columns, style }: Terminal): string {
  const variables = new Set(replicas.flatMap(({ settings }) => settings.map(({ variable }) => variable)));
  const rows = [...variables].flatMap((variable) => {
    const found = replicas.flatMap(({ address, settings }) => {
      const setting = settings.find((one) => one.variable === variable);
      return setting === undefined ? [] : [{ address, setting }];
    });
    const same = found.length === replicas.length && new Set(found.map(({ setting }) => textOf(setting))).size === 1;
    return (same ? found.slice(0, 1) : found).map(({ address, setting }) => [
      variable,
      textOf(setting),
      originOf(setting, style),
      same ? "" : address,
    ]);
  });
  if (rows.length === 0) return "All settings have their defaults.";
  return listing(["SETTING", "VALUE", "FROM", "AT"], rows, columns);
}

function textOf({ value, changedTo }: Setting): string {
  return changedTo === "" ? value : changedTo;
}

function originOf({ value, isDefault, changedTo }: Setting, style: Terminal["style"]): string {
  if (changedTo !== "") return style("warning", `an operator; the settings say ${value}`);
  return isDefault ? style("dim", "default") : "settings";
}

export function findingsText(path: string, findings: readonly ConfigFinding[], style: Terminal["style"]): string {
  const lines = findings.map(({ severity, variable, message, line, column }) => {
    const place = line === 0 ? path : `${path}:${line}:${column}`;
    const word = style(severity === "error" ? "bad" : "warning", severity);
    return safe(`${place}: ${word}: ${variable === "" ? "the file" : variable} ${message}`);
  });
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const verdict =
    errors > 0
      ? style("bad", `${showCount(errors, "error")}: no server starts with it.`)
      : style("good", `${path} is good.`);
  return [...lines, verdict].join("\n");
}

export interface SettingChange {
  readonly variable: string;
  readonly from: string;
  readonly to: string;
}

/** What would change if the replica started with these values in place of those that it was started with. */
export function changesOf(settings: readonly Setting[], next: ReadonlyMap<string, string>): readonly SettingChange[] {
  return settings.flatMap(({ variable, value }) => {
    const wanted = next.get(variable);
    if (wanted === undefined) return [];
    const to = shownValue(variable, wanted);
    return to === value ? [] : [{ variable, from: value, to }];
  });
}
