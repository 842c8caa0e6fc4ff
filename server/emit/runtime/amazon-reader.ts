import { isRecord } from "./amazon-states.ts";
import type { ActivityContext } from "./call.ts";
import { untilAborted } from "./cancellation.ts";
import { WorkflowError } from "./failures.ts";
import { findAt } from "./json-path.ts";
import { nextKey, type Scope } from "./scope.ts";

/** How the object of an ItemReader is read. */
export interface ReaderConfig {
  readonly inputType?: string;
  readonly csvHeaderLocation?: string;
  readonly csvHeaders?: readonly unknown[];
  readonly csvDelimiter?: string;
  /** 0: all. */
  readonly maxItems?: number;
  /** JSON Pointer (RFC 6901) to the array in an object. */
  readonly itemsPointer?: string;
}

/** Calls an activity as a part of a step that is reported already. */
export function callInside<I, O>(
  scope: Scope,
  step: string,
  activity: (input: I, context: ActivityContext) => Promise<O>,
  input: NoInfer<I>,
): Promise<O> {
  const { run, signal } = scope;
  const { http = fetch } = run.options;
  const idempotencyKey = run.id + nextKey(scope, step);
  const heartbeat = (): void => undefined;
  return untilAborted(signal, () =>
    activity(input, {
      step,
      attempt: 1,
      signal,
      idempotencyKey,
      heartbeat,
      http,
    }),
  );
}

/**
 * The items of a distributed Map's ItemReader. The activity answers as the service does: `s3:getObject` with an object
 * whose `Body` is a text (or can be transformed into one), or with the text itself; `s3:listObjectsV2` with `Contents`.
 */
export async function readItems<I>(
  scope: Scope,
  step: string,
  activity: (input: I, context: ActivityContext) => Promise<unknown>,
  input: NoInfer<I>,
  config: ReaderConfig,
): Promise<unknown[]> {
  const { maxItems = 0, inputType = "" } = config;
  const call = (given: I): Promise<unknown> =>
    callInside(scope, step, activity, given);
  try {
    const items =
      inputType === ""
        ? await listed(call, input, maxItems)
        : inputType === "MANIFEST"
          ? await inventory(call, input, maxItems)
          : itemsIn(await storedText(await call(input)), config);
    return maxItems > 0 ? items.slice(0, maxItems) : items;
  } catch (error) {
    scope.signal.throwIfAborted();
    const cause = error instanceof Error ? error.message : String(error);
    throw new WorkflowError("States.ItemReaderFailed", cause, step, error);
  }
}

/** All pages of a listing, as long as there are too few objects. */
async function listed<I>(
  call: (input: I) => Promise<unknown>,
  input: I,
  maxItems: number,
): Promise<unknown[]> {
  const found: unknown[] = [];
  let page = await call(input);
  for (;;) {
    const contents = isRecord(page) ? page["Contents"] : page;
    if (Array.isArray(contents))
      for (const one of contents) found.push(listedItem(one));
    const token = isRecord(page) ? page["NextContinuationToken"] : undefined;
    if (typeof token !== "string" || (maxItems > 0 && found.length >= maxItems))
      return found;
    page = await call({ ...input, ContinuationToken: token });
  }
}

/** An object of a listing as AWS gives it to a Map, where the service's own client has `ETag` and a Date. */
function listedItem(object: unknown): unknown {
  if (!isRecord(object)) return object;
  const { ETag, LastModified, ...rest } = object;
  return {
    ...(ETag !== undefined && { Etag: ETag }),
    ...(LastModified !== undefined && {
      LastModified:
        LastModified instanceof Date
          ? Math.floor(LastModified.getTime() / 1000)
          : LastModified,
    }),
    ...rest,
  };
}

/** The objects that an S3 inventory lists: its manifest names files, which are CSV in the columns of its `fileSchema`. */
async function inventory<I>(
  call: (input: I) => Promise<unknown>,
  input: I,
  maxItems: number,
): Promise<unknown[]> {
  const manifest: unknown = JSON.parse(await storedText(await call(input)));
  const { files, fileSchema, destinationBucket } = isRecord(manifest)
    ? manifest
    : {};
  if (!Array.isArray(files) || typeof fileSchema !== "string")
    throw new Error("The manifest has no files and fileSchema.");
  const columns = fileSchema.split(",").map((name) => name.trim());
  const bucket =
    typeof destinationBucket === "string"
      ? { Bucket: destinationBucket.replace("arn:aws:s3:::", "") }
      : {};
  const found: unknown[] = [];
  for (const file of files) {
    const key = isRecord(file) ? file["key"] : undefined;
    const body = await storedText(
      await call({ ...input, ...bucket, Key: key }),
    );
    for (const row of csvRows(body, ",")) found.push(recordOf(columns, row));
    if (maxItems > 0 && found.length >= maxItems) break;
  }
  return found;
}

async function storedText(response: unknown): Promise<string> {
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
function recordOf(
  headers: readonly string[],
  row: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    headers.map((header, index) => [header, row[index] ?? ""]),
  );
}

/** CSV (RFC 4180) with any delimiter of one character; empty lines are no rows. */
function csvRows(text: string, delimiter: string): string[][] {
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
