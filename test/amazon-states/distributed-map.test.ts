import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { createLoader, type Loader } from "./running.ts";

let compiler: TestCompiler;
let loader: Loader;

beforeAll(async () => {
  compiler = createTestCompiler();
  loader = await createLoader();
});

afterAll(async () => {
  compiler.close();
  await loader.close();
});

/** A machine of one distributed Map, whose children call `work`. */
const map = (fields: Readonly<Record<string, unknown>>) => ({
  StartAt: "All",
  States: {
    All: {
      Type: "Map",
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
        StartAt: "Work",
        States: { Work: { Type: "Task", Resource: "arn:aws:lambda:eu-west-1:123456789012:function:work", End: true } },
      },
      End: true,
      ...fields,
    },
  },
});

type Activity = (input: never) => Promise<unknown>;

async function execute(
  definition: unknown,
  input: unknown,
  more: Readonly<Record<string, Activity>> = {},
  work: (item: unknown) => unknown = (item) => item,
) {
  const { run } = await loader.load(compiler.artifactOf(JSON.stringify(definition), "amazon-states"));
  const steps: string[] = [];
  const children: string[] = [];
  const options = {
    runId: "run",
    onEvent: ({ type, step }: { type: string; step: string }) => steps.push(`${type} ${step}`),
    onChildEvent: ({ type, step }: { type: string; step: string }, child: string) =>
      children.push(`${child} ${type} ${step}`),
  };
  const activities = {
    "arn:aws:lambda:eu-west-1:123456789012:function:work": async (item: unknown) => work(item),
    ...more,
  };
  const done = run(input, activities, options);
  const result = await done.then(
    (output) => ({ output, error: "" }),
    (error: Error) => ({ output: undefined, error: `${error.name}: ${error.message}` }),
  );
  return { ...result, steps, children };
}

const failing = (item: unknown): unknown => {
  if (item === "bad") throw Object.assign(new Error("it is bad"), { name: "Bad" });
  return item;
};

const reader = (ReaderConfig: unknown) => ({
  ItemReader: {
    Resource: "arn:aws:states:::s3:getObject",
    Parameters: { Bucket: "b", "Key.$": "$.key" },
    ReaderConfig,
  },
});

const stored = (Body: unknown) => ({ "states:::s3:getObject": async () => ({ Body }) });

describe("a distributed Map", () => {
  test("runs children, whose steps are told apart from its own", async () => {
    const { output, steps, children } = await execute(map({}), ["a", "b"]);
    expect(output).toEqual(["a", "b"]);
    expect(steps).toEqual(["started All", "finished All"]);
    expect(children.sort()).toEqual([
      "All:0 finished Work",
      "All:0 started Work",
      "All:1 finished Work",
      "All:1 started Work",
    ]);
  });

  test("fails where more children fail than it tolerates", async () => {
    const items = ["a", "bad", "b", "bad"];
    const exceeded = {
      error: "States.ExceedToleratedFailureThreshold: The specified tolerated failure threshold was exceeded",
    };
    expect(await execute(map({}), items, {}, failing)).toMatchObject(exceeded);
    expect(await execute(map({ ToleratedFailureCount: 1 }), items, {}, failing)).toMatchObject(exceeded);
    expect(await execute(map({ ToleratedFailurePercentage: 49 }), items, {}, failing)).toMatchObject(exceeded);
    const kept = { output: ["a", "b"] };
    expect(await execute(map({ ToleratedFailureCount: 2 }), items, {}, failing)).toMatchObject(kept);
    expect(await execute(map({ ToleratedFailurePercentage: 50 }), items, {}, failing)).toMatchObject(kept);
    expect(
      await execute(map({ ToleratedFailureCount: 9, ToleratedFailurePercentage: 1 }), items, {}, failing),
    ).toMatchObject(exceeded);
  });

  test("gives children batches, limited by items and by bytes", async () => {
    const batched = (ItemBatcher: unknown) => map({ ItemsPath: "$.items", ItemBatcher });
    const input = { items: [1, 2, 3], name: "n" };
    const byItems = batched({ MaxItemsPerBatch: 2, BatchInput: { "of.$": "$.name" } });
    expect(await execute(byItems, input)).toMatchObject({
      output: [
        { BatchInput: { of: "n" }, Items: [1, 2] },
        { BatchInput: { of: "n" }, Items: [3] },
      ],
    });
    const byBytes = batched({ MaxInputBytesPerBatch: 20 });
    const words = { items: ["aaaaaa", "b", "cccccc"] };
    expect(await execute(byBytes, words)).toMatchObject({
      output: [{ Items: ["aaaaaa"] }, { Items: ["b"] }, { Items: ["cccccc"] }],
    });
  });

  test("selects what children get, before it makes batches", async () => {
    const definition = map({
      ItemSelector: { "value.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index" },
      ItemBatcher: { MaxItemsPerBatch: 10 },
    });
    expect(await execute(definition, ["a", "b"])).toMatchObject({
      output: [
        {
          Items: [
            { value: "a", index: 0 },
            { value: "b", index: 1 },
          ],
        },
      ],
    });
  });

  test.each([
    ["JSON", { InputType: "JSON" }, "[1, 2, 3]", [1, 2, 3]],
    ["so many items", { InputType: "JSON", MaxItems: 2 }, "[1, 2, 3]", [1, 2]],
    ["an array inside", { InputType: "JSON", ItemsPointer: "/a/0" }, '{"a": [[1]]}', [1]],
    ["lines of JSON", { InputType: "JSONL" }, '{"a":1}\n\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    [
      "CSV",
      { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" },
      'a,__proto__\r\n"x, ""y""",2\r\n\r\n3\r\n',
      [
        Object.fromEntries([
          ["a", 'x, "y"'],
          ["__proto__", "2"],
        ]),
        Object.fromEntries([
          ["a", "3"],
          ["__proto__", ""],
        ]),
      ],
    ],
    [
      "CSV with headers of its own",
      { InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: ["a", "b"], CSVDelimiter: "PIPE" },
      "1|2|3\n",
      [{ a: "1", b: "2" }],
    ],
  ])("reads %s", async (_, config, body, items) => {
    expect(await execute(map(reader(config)), { key: "k" }, stored(body))).toMatchObject({ output: items });
  });

  test("reads the body as the service's own client gives it", async () => {
    const body = { transformToString: async () => "[7]" };
    expect(await execute(map(reader({ InputType: "JSON" })), { key: "k" }, stored(body))).toMatchObject({
      output: [7],
    });
  });

  test("fails where its items cannot be read", async () => {
    const json = map(reader({ InputType: "JSON" }));
    expect((await execute(json, { key: "k" }, stored("{}"))).error).toBe(
      "States.ItemReaderFailed: Attempting to map over non-iterable node.",
    );
    expect((await execute(json, { key: "k" }, stored(undefined))).error).toMatch(/^States\.ItemReaderFailed: /);
    const denied = async () => Promise.reject(new Error("Access Denied"));
    expect((await execute(json, { key: "k" }, { "states:::s3:getObject": denied })).error).toBe(
      "States.ItemReaderFailed: Access Denied",
    );
  });

  test("lists objects page by page, and reads inventories", async () => {
    const listing = map({ ItemReader: { Resource: "arn:aws:states:::s3:listObjectsV2", Parameters: { Bucket: "b" } } });
    const pages = async ({ ContinuationToken }: { ContinuationToken?: string }) =>
      ContinuationToken === undefined
        ? { Contents: [{ Key: "1", ETag: "e" }], NextContinuationToken: "t" }
        : { Contents: [{ Key: "2", LastModified: new Date(5_000) }] };
    expect(await execute(listing, {}, { "states:::s3:listObjectsV2": pages })).toMatchObject({
      output: [
        { Key: "1", Etag: "e" },
        { Key: "2", LastModified: 5 },
      ],
    });
    const manifest = { files: [{ key: "f" }], fileSchema: "Bucket, Key", destinationBucket: "arn:aws:s3:::other" };
    const read = async ({ Bucket, Key }: { Bucket: string; Key: string }) =>
      Key === "k" ? JSON.stringify(manifest) : `"${Bucket}","x"\n`;
    expect(
      await execute(map(reader({ InputType: "MANIFEST" })), { key: "k" }, { "states:::s3:getObject": read }),
    ).toMatchObject({ output: [{ Bucket: "other", Key: "x" }] });
  });

  test("reads the objects of a listing, all as one", async () => {
    const loading = map({
      ItemReader: {
        Resource: "arn:aws:states:::s3:listObjectsV2",
        Parameters: { Bucket: "b" },
        ReaderConfig: { InputType: "JSONL", Transformation: "LOAD_AND_FLATTEN", MaxItems: 3 },
      },
    });
    const activities = {
      "states:::s3:listObjectsV2": async () => ({ Contents: ["1", "folder/", "2"].map((Key) => ({ Key })) }),
      "states:::s3:getObject": async ({ Bucket, Key }: { Bucket: string; Key: string }) =>
        `"${Bucket}${Key}"\n"again ${Key}"`,
    };
    expect(await execute(loading, {}, activities)).toMatchObject({ output: ["b1", "again 1", "b2"] });
  });

  test("reads the results of a query of Athena", async () => {
    const config = { ManifestType: "ATHENA_DATA", InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" };
    const read = async ({ Bucket, Key }: { Bucket: string; Key: string }) =>
      Key === "k" ? "s3://other/a/1.csv\n" : `bucket,key\n${Bucket},${Key}`;
    expect(await execute(map(reader(config)), { key: "k" }, { "states:::s3:getObject": read })).toMatchObject({
      output: [{ bucket: "other", key: "a/1.csv" }],
    });
  });

  test("takes items that the activity has decoded, as Parquet must be", async () => {
    const parquet = map(reader({ InputType: "PARQUET" }));
    expect(await execute(parquet, { key: "k" }, stored([{ a: 1 }]))).toMatchObject({ output: [{ a: 1 }] });
    expect((await execute(parquet, { key: "k" }, stored("PAR1"))).error).toBe(
      "States.ItemReaderFailed: Parquet must be decoded: its Body is an array of rows.",
    );
  });

  test("writes what came of its children", async () => {
    const written = new Map<string, unknown>();
    const put = async ({ Bucket, Key, Body }: { Bucket: string; Key: string; Body: string }) =>
      written.set(`${Bucket}/${Key}`, JSON.parse(Body));
    const definition = map({
      ToleratedFailureCount: 1,
      ResultWriter: { Resource: "arn:aws:states:::s3:putObject", Parameters: { Bucket: "b", Prefix: "out" } },
    });
    const { output } = await execute(definition, ["a", "bad"], { "states:::s3:putObject": put }, failing);
    expect(output).toMatchObject({ ResultWriterDetails: { Bucket: "b", Key: "out/run/manifest.json" } });
    expect([...written.keys()]).toEqual([
      "b/out/run/SUCCEEDED_0.json",
      "b/out/run/FAILED_0.json",
      "b/out/run/manifest.json",
    ]);
    expect(written.get("b/out/run/SUCCEEDED_0.json")).toMatchObject([
      { Input: '"a"', Output: '"a"', Status: "SUCCEEDED" },
    ]);
    expect(written.get("b/out/run/FAILED_0.json")).toMatchObject([
      { Error: "Bad", Cause: "it is bad", Status: "FAILED" },
    ]);
  });

  test("transforms its results where it writes nothing", async () => {
    const flat = map({ ResultWriter: { WriterConfig: { Transformation: "FLATTEN", OutputType: "JSON" } } });
    expect(await execute(flat, [[1], [2, 3]])).toMatchObject({ output: [1, 2, 3] });
  });
});
