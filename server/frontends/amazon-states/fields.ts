import type { Findings } from "../../diagnostics/diagnostic.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { isQuery } from "../../expressions/jsonata.ts";
import {
  get,
  type Member,
  type ObjectTree,
  originOf,
  originOfKey,
  pointerToken,
  type StringTree,
  type Tree,
} from "../../source/tree.ts";
import { describe } from "./payload.ts";
import type { QueryLanguage } from "./scope.ts";
import { placeholderName } from "./substitutions.ts";

/** What a field must be. A placeholder may stand where a number or a boolean belongs. */
export type FieldKind =
  | "text"
  | "path"
  /** A path, or null for nothing. */
  | "nullable path"
  | "boolean"
  /** A whole number that is not negative. */
  | "count"
  | "positive"
  /** From 0 to 100. */
  | "percentage"
  | "factor"
  | "object"
  | "list"
  | "any";

export interface FieldTable {
  readonly fields: Readonly<Record<string, FieldKind>>;
  readonly required?: readonly string[];
  /** Pairs of which at most one may be given. */
  readonly exclusive?: readonly (readonly [string, string])[];
}

const allowed: Readonly<Record<Exclude<FieldKind, "any">, string>> = {
  text: "a string",
  path: "a string with a path",
  "nullable path": "a string with a path, or null",
  boolean: "true or false",
  count: "a whole number that is not negative",
  positive: "a whole number from 1 on",
  percentage: "a number from 0 to 100",
  factor: "a number from 1 on",
  object: "an object",
  list: "an array",
};

/** The query language is that of the state; JSONPath unless it is told. */
interface FieldContext {
  readonly findings: Findings;
  readonly node: string;
  readonly language?: QueryLanguage;
}

/** The fields that a state has in the other query language only (states-language.net, "Query Languages"). */
const otherLanguage: Readonly<Record<QueryLanguage, ReadonlySet<string>>> = {
  JSONPath: new Set(["Arguments", "Output", "Items", "Condition"]),
  JSONata: new Set([
    "InputPath",
    "OutputPath",
    "ResultPath",
    "Parameters",
    "ResultSelector",
    "Result",
    "ItemsPath",
    "Variable",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "SecondsPath",
    "TimestampPath",
    "MaxConcurrencyPath",
    "MaxItemsPath",
    "MaxItemsPerBatchPath",
    "MaxInputBytesPerBatchPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
    "ErrorPath",
    "CausePath",
  ]),
};

/** Holds an object against its table of fields. `of` names it in messages. */
export function checkFields(tree: ObjectTree, table: FieldTable, of: string, context: FieldContext): void {
  const { findings, node, language = "JSONPath" } = context;
  const meant = new Set<string>();
  for (const member of tree.members) {
    const kind = Object.hasOwn(table.fields, member.key) ? table.fields[member.key] : undefined;
    if (kind !== undefined && otherLanguage[language].has(member.key)) {
      const fields = `\`${member.key}\``;
      findings.report("WF_VALIDATION_013", originOfKey(member, node), {
        fields,
        of,
        why: `its query language is ${language}`,
      });
    } else if (kind === undefined) meant.add(reportUnknown(member, tree, table, of, context));
    else if (kind !== "any" && !isKind(member.value, kind, language)) {
      const params = { field: member.key, found: describe(member.value), allowed: allowed[kind] };
      findings.report("WF_VALIDATION_002", originOf(member.value, node), params);
    }
  }
  for (const field of table.required ?? []) {
    if (!tree.byKey.has(field) && !meant.has(field))
      findings.report("WF_VALIDATION_001", originOf(tree, node), { field, of });
  }
  for (const [a, b] of table.exclusive ?? []) {
    const second = tree.byKey.get(b);
    if (second === undefined || !tree.byKey.has(a)) continue;
    const params = { fields: `\`${a}\` and \`${b}\``, of, why: "only one of them can hold" };
    findings.report("WF_VALIDATION_013", originOfKey(second, node), params);
  }
}

/** After so many findings no nearest names are looked for any more. */
const MAX_NEAREST = 500;

/** Gives the field that is certain to be meant, or "". */
function reportUnknown(member: Member, tree: ObjectTree, table: FieldTable, of: string, context: FieldContext): string {
  const known = Object.keys(table.fields).filter((field) => !tree.byKey.has(field));
  const near = context.findings.list.length < MAX_NEAREST ? nearest(member.key, known) : "";
  const path = member.value.pointer;
  const renamed = `${path.slice(0, path.length - pointerToken(member.key).length)}${pointerToken(near)}`;
  // Short names are near to each other: only another case is certain to be a slip.
  const isCertain = near.length > 3 || near.toLowerCase() === member.key.toLowerCase();
  const fixes =
    near === "" || !isCertain
      ? []
      : [{ title: `Rename it to \`${near}\``, patch: [{ op: "move" as const, from: path, path: renamed }] }];
  context.findings.report(
    "WF_VALIDATION_004",
    originOfKey(member, context.node),
    { field: member.key.slice(0, 100), of, nearest: near },
    { fixes },
  );
  return isCertain ? near : "";
}

function isKind(tree: Tree, kind: Exclude<FieldKind, "any">, language: QueryLanguage): boolean {
  const isExpression = tree.kind === "string" && language === "JSONata" && isQuery(tree.value);
  const substituted = isExpression || (tree.kind === "string" && placeholderName(tree.value) !== null);
  switch (kind) {
    case "text":
    case "path":
      return tree.kind === "string";
    case "nullable path":
      return tree.kind === "string" || tree.kind === "null";
    case "boolean":
      return tree.kind === "boolean" || substituted;
    case "count":
      return substituted || (tree.kind === "number" && Number.isInteger(tree.value) && tree.value >= 0);
    case "positive":
      return substituted || (tree.kind === "number" && Number.isInteger(tree.value) && tree.value >= 1);
    case "percentage":
      return substituted || (tree.kind === "number" && tree.value >= 0 && tree.value <= 100);
    case "factor":
      return substituted || (tree.kind === "number" && tree.value >= 1);
    case "object":
      return tree.kind === "object" || isExpression;
    case "list":
      return tree.kind === "array";
    default:
      return kind satisfies never;
  }
}

/** A field that is a string, else undefined: `checkFields` has said why. */
export function textField(tree: Tree, field: string): StringTree | undefined {
  const value = get(tree, field);
  return value?.kind === "string" ? value : undefined;
}

export function objectField(tree: Tree, field: string): ObjectTree | undefined {
  const value = get(tree, field);
  return value?.kind === "object" ? value : undefined;
}

export function listField(tree: Tree, field: string): readonly Tree[] {
  const value = get(tree, field);
  return value?.kind === "array" ? value.items : [];
}

export function numberField(tree: Tree, field: string): number | undefined {
  const value = get(tree, field);
  return value?.kind === "number" ? value.value : undefined;
}
