import type { ReaderConfig } from "./amazon-reader.ts";
import { isRecord } from "./amazon-states.ts";
import { findAt } from "./json-path.ts";

/** The items of a stored object. An activity that has decoded it answers with the items themselves as `Body`. */
export async function storedItems(
  response: unknown,
  config: ReaderConfig,
): Promise<unknown[]> {
  const body = isRecord(response) ? response["Body"] : response;
  return Array.isArray(body)
    ? body
    : itemsIn(await storedText(response), config);
}

export async function storedText(response: unknown): Promise<string> {
  const body = isRecord(response) ? response["Body"] : response;
  if (typeof body === "string") return body;
  if (
    typeof body === "object" &&
    body !== null &&
    "transformToString" in body &&
    typeof body.transformToString === "function"
  ) {
    const text: unknown = await body.transformToString();
    if (typeof text === "string") return text;
  }
  throw new Error("The object has no Body that is text.");
}

function itemsIn(body: string, config: ReaderConfig): unknown[] {
  switch (config.inputType) {
    case "JSON":
      return arrayIn(JSON.parse(body), config.itemsPointer ?? "");
    case "JSONL":
      return body
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line): unknown => JSON.parse(line));
    case "CSV":
      return csvItems(body, config);
    case "PARQUET":
      throw new Error("Parquet must be decoded: its Body is an array of rows.");
    default:
      throw new Error(`Objects of type ${config.inputType} cannot be read.`);
  }
}

function arrayIn(value: unknown, pointer: string): unknown[] {
  let at = value;
  for (const token of pointer.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    at = findAt(at, [Array.isArray(at) ? Number(key) : key]);
  }
  if (Array.isArray(at)) return at;
  throw new Error("Attempting to map over non-iterable node.");
}

const delimiters = {
  COMMA: ",",
  PIPE: "|",
  SEMICOLON: ";",
  SPACE: " ",
  TAB: "\t",
};

function csvItems(body: string, config: ReaderConfig): unknown[] {
  const { csvDelimiter = "COMMA", csvHeaders = [] } = config;
  const found = Object.entries(delimiters).find(
    ([name]) => name === csvDelimiter,
  );
  const rows = csvRows(body, found?.[1] ?? ",");
  const headers =
    config.csvHeaderLocation === "GIVEN"
      ? csvHeaders.map(String)
      : (rows.shift() ?? []);
  if (new Set(headers).size < headers.length)
    throw new Error("CSV headers cannot contain duplicates.");
  return rows.map((row) => recordOf(headers, row));
}

/** A row by its headers: fields without one are left out, and missing ones are empty. */
export function recordOf(
  headers: readonly string[],
  row: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    headers.map((header, index) => [header, row[index] ?? ""]),
  );
}

/** CSV (RFC 4180) with any delimiter of one character; empty lines are no rows. */
export function csvRows(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let isQuoted = false;
  const endRow = (): void => {
    if (row.length > 0 || field !== "") rows.push([...row, field]);
    row = [];
    field = "";
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (isQuoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') field += text.charAt(++at);
      else isQuoted = false;
    } else if (character === '"' && field === "") isQuoted = true;
    else if (character === delimiter) {
      row.push(field);
      field = "";
    } else if (character === "\n") endRow();
    else if (character !== "\r" || text[at + 1] !== "\n") field += character;
  }
  endRow();
  return rows;
}
