import type { FieldKind, FieldTable } from "./fields.ts";

type Fields = Readonly<Record<string, FieldKind>>;

const common: Fields = { Type: "text", Comment: "text", QueryLanguage: "text" };
const transition: Fields = { Next: "text", End: "boolean" };
const paths: Fields = { InputPath: "nullable path", OutputPath: "nullable path" };
const result: Fields = { ResultPath: "nullable path" };
const handlers: Fields = { Retry: "list", Catch: "list" };
const stored: Fields = { Assign: "object", Output: "any" };

const timeouts: Fields = {
  TimeoutSeconds: "positive",
  TimeoutSecondsPath: "path",
  HeartbeatSeconds: "positive",
  HeartbeatSecondsPath: "path",
};

/** The fields of each type of state (states-language.net, "State Types"). */
export const stateFields: ReadonlyMap<string, FieldTable> = new Map<string, FieldTable>([
  ["Pass", { fields: { ...common, ...transition, ...paths, ...result, ...stored, Parameters: "any", Result: "any" } }],
  [
    "Task",
    {
      fields: {
        ...common,
        ...transition,
        ...paths,
        ...result,
        ...handlers,
        ...timeouts,
        ...stored,
        Resource: "text",
        Parameters: "any",
        ResultSelector: "any",
        Credentials: "object",
        Arguments: "any",
      },
      required: ["Resource"],
      exclusive: [
        ["TimeoutSeconds", "TimeoutSecondsPath"],
        ["HeartbeatSeconds", "HeartbeatSecondsPath"],
      ],
    },
  ],
  ["Choice", { fields: { ...common, ...paths, ...stored, Choices: "list", Default: "text" }, required: ["Choices"] }],
  [
    "Wait",
    {
      fields: {
        ...common,
        ...transition,
        ...paths,
        ...stored,
        Seconds: "count",
        SecondsPath: "path",
        Timestamp: "text",
        TimestampPath: "path",
      },
    },
  ],
  ["Succeed", { fields: { ...common, ...paths, Output: "any" } }],
  [
    "Fail",
    {
      fields: { ...common, Error: "text", Cause: "text", ErrorPath: "path", CausePath: "path" },
      exclusive: [
        ["Error", "ErrorPath"],
        ["Cause", "CausePath"],
      ],
    },
  ],
  [
    "Parallel",
    {
      fields: {
        ...common,
        ...transition,
        ...paths,
        ...result,
        ...handlers,
        ...stored,
        Branches: "list",
        Parameters: "any",
        ResultSelector: "any",
        Arguments: "any",
      },
      required: ["Branches"],
    },
  ],
  [
    "Map",
    {
      fields: {
        ...common,
        ...transition,
        ...paths,
        ...result,
        ...handlers,
        ...stored,
        ItemProcessor: "object",
        Iterator: "object",
        ItemsPath: "path",
        ItemSelector: "any",
        Parameters: "any",
        ResultSelector: "any",
        MaxConcurrency: "count",
        MaxConcurrencyPath: "path",
        Label: "text",
        Items: "any",
        ItemReader: "object",
        ItemBatcher: "object",
        ResultWriter: "object",
        ToleratedFailureCount: "count",
        ToleratedFailureCountPath: "path",
        ToleratedFailurePercentage: "percentage",
        ToleratedFailurePercentagePath: "path",
      },
      exclusive: [
        ["ItemProcessor", "Iterator"],
        ["ItemSelector", "Parameters"],
        ["MaxConcurrency", "MaxConcurrencyPath"],
        ["ToleratedFailureCount", "ToleratedFailureCountPath"],
        ["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"],
      ],
    },
  ],
]);

export const machineFields: FieldTable = {
  fields: {
    Comment: "text",
    StartAt: "text",
    States: "object",
    Version: "text",
    TimeoutSeconds: "positive",
    QueryLanguage: "text",
  },
  required: ["StartAt", "States"],
};

export const branchFields: FieldTable = {
  fields: { Comment: "text", StartAt: "text", States: "object", QueryLanguage: "text" },
  required: ["StartAt", "States"],
};

export const processorFields: FieldTable = {
  fields: { ...branchFields.fields, ProcessorConfig: "object" },
  required: ["StartAt", "States"],
};

export const processorConfigFields: FieldTable = { fields: { Mode: "text", ExecutionType: "text" } };

export const readerFields: FieldTable = {
  fields: { Resource: "text", Parameters: "any", Arguments: "any", ReaderConfig: "object" },
  required: ["Resource"],
};

export const readerConfigFields: FieldTable = {
  fields: {
    InputType: "text",
    MaxItems: "count",
    MaxItemsPath: "path",
    CSVHeaderLocation: "text",
    CSVHeaders: "list",
    CSVDelimiter: "text",
    ItemsPointer: "text",
    ManifestType: "text",
    Transformation: "text",
  },
  exclusive: [["MaxItems", "MaxItemsPath"]],
};

export const batcherFields: FieldTable = {
  fields: {
    MaxItemsPerBatch: "count",
    MaxItemsPerBatchPath: "path",
    MaxInputBytesPerBatch: "count",
    MaxInputBytesPerBatchPath: "path",
    BatchInput: "any",
  },
  exclusive: [
    ["MaxItemsPerBatch", "MaxItemsPerBatchPath"],
    ["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"],
  ],
};

export const writerFields: FieldTable = {
  fields: { Resource: "text", Parameters: "any", Arguments: "any", WriterConfig: "object" },
};

export const writerConfigFields: FieldTable = { fields: { OutputType: "text", Transformation: "text" } };

export const retrierFields: FieldTable = {
  fields: {
    ErrorEquals: "list",
    IntervalSeconds: "positive",
    MaxAttempts: "count",
    BackoffRate: "factor",
    MaxDelaySeconds: "positive",
    JitterStrategy: "text",
    Comment: "text",
  },
  required: ["ErrorEquals"],
};

export const catcherFields: FieldTable = {
  fields: {
    ErrorEquals: "list",
    Next: "text",
    ResultPath: "nullable path",
    Comment: "text",
    Assign: "object",
    Output: "any",
  },
  required: ["ErrorEquals", "Next"],
};
