import { Category, Severity } from "@workflow-compiler/proto/gen/workflow/compiler/v1/diagnostic.ts";

/** The contract's enums as words, for people and for `--json`. */

export function severityName(severity: number): string {
  return nameOf(Severity, severity, "SEVERITY_");
}

export function categoryName(category: number): string {
  return nameOf(Category, category, "CATEGORY_");
}

/** `CATEGORY_TYPE_SAFETY` → `type-safety`; a value that is newer than this tool is its number. */
export function nameOf(values: Readonly<Record<string, number | string>>, value: number, prefix: string): string {
  const [name] = Object.entries(values).find(([, candidate]) => candidate === value) ?? [];
  return name === undefined ? String(value) : name.slice(prefix.length).toLowerCase().replaceAll("_", "-");
}
