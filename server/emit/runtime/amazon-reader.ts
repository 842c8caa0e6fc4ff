import {
  csvRows,
  recordOf,
  storedItems,
  storedText,
} from "./amazon-reader-formats.ts";
import { isRecord } from "./amazon-states.ts";
import type { ActivityContext } from "./call.ts";
import { untilAborted } from "./cancellation.ts";
import { WorkflowError } from "./failures.ts";
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
  readonly manifestType?: string;
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
  const { maxItems = 0, inputType = "", manifestType = "" } = config;
  const call = (given: I): Promise<unknown> =>
    callInside(scope, step, activity, given);
  return reading(scope, step, maxItems, async () => {
    if (inputType === "" && manifestType === "")
      return listed(call, input, maxItems);
    if (manifestType === "ATHENA_DATA")
      return athenaData(call, input, config, maxItems);
    if (inputType === "MANIFEST" || manifestType === "S3_INVENTORY")
      return inventory(call, input, maxItems);
    return storedItems(await call(input), config);
  });
}

/** What is read of the objects of a listing (`LOAD_AND_FLATTEN`). The activity answers as `s3:getObject` does. */
export async function loadItems(
  scope: Scope,
  step: string,
  activity: (
    input: { Bucket: unknown; Key: string },
    context: ActivityContext,
  ) => Promise<unknown>,
  { Bucket }: { readonly Bucket: unknown },
  given: {
    readonly objects: readonly unknown[];
    readonly config: ReaderConfig;
  },
): Promise<unknown[]> {
  const { objects, config } = given;
  const { maxItems = 0 } = config;
  return reading(scope, step, maxItems, async () => {
    const found: unknown[] = [];
    for (const object of objects) {
      const Key = isRecord(object) ? String(object["Key"]) : String(object);
      // A key that ends so stands for a folder.
      if (Key.endsWith("/")) continue;
      const response = await callInside(scope, step, activity, { Bucket, Key });
      for (const item of await storedItems(response, config)) found.push(item);
      if (maxItems > 0 && found.length >= maxItems) break;
    }
    return found;
  });
}

async function reading(
  scope: Scope,
  step: string,
  maxItems: number,
  read: () => Promise<unknown[]>,
): Promise<unknown[]> {
  try {
    const items = await read();
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

/** The results of a query of Athena: its manifest names a file on each line. */
async function athenaData<I>(
  call: (input: I) => Promise<unknown>,
  input: I,
  config: ReaderConfig,
  maxItems: number,
): Promise<unknown[]> {
  const manifest = await storedText(await call(input));
  const found: unknown[] = [];
  for (const [address = ""] of csvRows(manifest, ",")) {
    const [, Bucket, Key] = /^s3:\/\/([^/]+)\/([\s\S]+)$/.exec(address) ?? [];
    if (Bucket === undefined || Key === undefined)
      throw new Error(
        "The manifest has a line that is no address of an object.",
      );
    const response = await call({ ...input, Bucket, Key });
    for (const item of await storedItems(response, config)) found.push(item);
    if (maxItems > 0 && found.length >= maxItems) break;
  }
  return found;
}
