import type { Json } from "../tree.ts";
import { isArray, isObject } from "./patch.ts";
import type { Quote, Style } from "./style.ts";

/** A value as text. Lines after the first are indented relative to the place where the value is put. */
export interface Printed {
  /** Block collections of YAML go below their key; all else starts behind it. `block-text` is `|` with its lines below. */
  readonly shape: "inline" | "block" | "block-text";
  readonly lines: readonly string[];
}

export interface PrintOptions {
  readonly style: Style;
  /** How strings are quoted that need not be. */
  readonly quote: Quote;
  readonly keyQuote: Quote;
  /** On one line; in brackets over several; or in the block style of YAML. */
  readonly layout: "line" | "lines" | "block";
}

export function print(value: Json, options: PrintOptions): Printed {
  if (options.layout === "block") {
    if (isEmpty(value)) return { shape: "inline", lines: [printLine(value, options)] };
    if (isArray(value)) return { shape: "block", lines: value.flatMap((item) => dashed(print(item, options))) };
    if (isObject(value)) return { shape: "block", lines: membersOf(value).flatMap((member) => keyed(member, options)) };
    if (typeof value === "string" && options.quote === "" && isProse(value))
      return { shape: "block-text", lines: printProse(value, options) };
  }
  if (options.layout === "lines") return { shape: "inline", lines: printLines(value, options) };
  return { shape: "inline", lines: [printLine(value, options)] };
}

/** A value behind the dash of a list. */
export function dashed({ lines }: Printed): readonly string[] {
  return lines.map((line, index) => (index === 0 ? `- ${line}` : indented("  ", line)));
}

/** A member of a block mapping. */
function keyed([key, value]: readonly [string, Json], options: PrintOptions): readonly string[] {
  return below(printKey(key, options), print(value, options), isArray(value), options.style);
}

export function below(key: string, printed: Printed, isList: boolean, style: Style): readonly string[] {
  if (printed.shape !== "block") return printed.lines.map((line, index) => (index === 0 ? `${key}: ${line}` : line));
  const indent = isList ? style.dashIndent : style.unit;
  return [`${key}:`, ...printed.lines.map((line) => indented(indent, line))];
}

export function indented(indent: string, line: string): string {
  return line === "" ? "" : indent + line;
}

export function printKey(key: string, { style, keyQuote }: PrintOptions): string {
  return style.syntax === "json" ? JSON.stringify(key) : printText(key, keyQuote);
}

function membersOf(value: { readonly [key: string]: Json }): readonly (readonly [string, Json])[] {
  return Object.entries(value);
}

function isEmpty(value: Json): boolean {
  return (isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);
}

function printLine(value: Json, options: PrintOptions): string {
  const { style } = options;
  if (isArray(value)) return `[${value.map((item) => printLine(item, options)).join(style.comma)}]`;
  if (!isObject(value)) return printScalar(value, options);
  const members = membersOf(value).map(
    ([key, member]) => `${printKey(key, options)}${style.colon}${printLine(member, options)}`,
  );
  return members.length === 0 ? "{}" : `{${style.padding}${members.join(style.comma)}${style.padding}}`;
}

function printLines(value: Json, options: PrintOptions): readonly string[] {
  if (isEmpty(value) || !(isArray(value) || isObject(value))) return [printLine(value, options)];
  const parts = isArray(value)
    ? value.map((item) => printLines(item, options))
    : membersOf(value).map(([key, member]) => {
        const [first = "", ...rest] = printLines(member, options);
        return [`${printKey(key, options)}${options.style.colon}${first}`, ...rest];
      });
  const lines = parts.flatMap((part, index) =>
    part.map(
      (line, at) => `${options.style.unit}${line}${at === part.length - 1 && index < parts.length - 1 ? "," : ""}`,
    ),
  );
  return isArray(value) ? ["[", ...lines, "]"] : ["{", ...lines, "}"];
}

function printScalar(value: string | number | boolean | null, { style, quote }: PrintOptions): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return style.syntax === "json" ? JSON.stringify(value) : printText(value, quote);
}

/** What may stand without quotes anywhere in YAML, flow style included: a strict choice. */
const PLAIN = /^[\p{L}_$/.(][\p{L}\p{N}_$/.()@=+-]*(?: [\p{L}\p{N}_$/.()@=+-]+)*$/u;
/** Words that are no strings in YAML 1.2, or were none in YAML 1.1. */
const RESERVED = /^(?:null|true|false|yes|no|on|off|\.inf|\.nan|[-+.]*|\.?\d.*)$/i;

function printText(value: string, quote: Quote): string {
  if (quote === "" && PLAIN.test(value) && !RESERVED.test(value)) return value;
  if (quote === "'" && /^[\p{L}\p{N}\p{P}\p{S} ]*$/u.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return JSON.stringify(value).replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`,
  );
}

/** Whether a text reads best as a literal block, and means the same there. */
function isProse(value: string): boolean {
  const text = value.replaceAll("\n", "");
  if (text === value.trimEnd() || /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(text) || !value.isWellFormed()) return false;
  return /^\S/.test(value) && !/[ \t]\n|[ \t]$|\n\n$/.test(value);
}

function printProse(value: string, { style }: PrintOptions): readonly string[] {
  const ends = value.endsWith("\n");
  const lines = (ends ? value.slice(0, -1) : value).split("\n");
  return [ends ? "|" : "|-", ...lines.map((line) => indented(style.unit, line))];
}
