import { durationType, timestampType } from "../../server/expressions/cel-kinds.ts";
import { boolean, integer, nullType, number, string, type Type, unknown } from "../../server/ir/types.ts";

/** Values and types of the conformance data (`cel.expr.Value` and `cel.expr.Type` in the JSON form of protocol buffers). */

export interface Json {
  readonly [name: string]: unknown;
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value that JSON cannot write, so that no workflow has it. */
export class NotJson extends Error {}

export function listOf(value: unknown, name: string): readonly unknown[] {
  const list = isJson(value) ? value[name] : undefined;
  return Array.isArray(list) ? list : [];
}

/** The value as a workflow has it: integers are numbers, timestamps and durations are text. */
export function jsonOf(given: unknown): unknown {
  const [kind, value] = Object.entries(isJson(given) ? given : {})[0] ?? ["nothing"];
  switch (kind) {
    case "nullValue":
      return null;
    case "boolValue":
    case "stringValue":
      return value;
    case "int64Value":
    case "uint64Value":
    case "doubleValue":
      return Number(value);
    case "listValue":
      return listOf(value, "values").map(jsonOf);
    case "mapValue":
      return Object.fromEntries(listOf(value, "entries").map(entryOf));
    case "objectValue":
      return messageOf(value);
    default:
      throw new NotJson(`a value of kind ${kind}`);
  }
}

function entryOf(given: unknown): [string, unknown] {
  const { key, value } = isJson(given) ? given : {};
  const name = jsonOf(key);
  if (typeof name !== "string") throw new NotJson(`a map with the key ${String(name)}`);
  return [name, jsonOf(value)];
}

const TIMESTAMP = "type.googleapis.com/google.protobuf.Timestamp";
const DURATION = "type.googleapis.com/google.protobuf.Duration";

function messageOf(given: unknown): unknown {
  if (isJson(given) && (given["@type"] === TIMESTAMP || given["@type"] === DURATION)) return given.value;
  throw new NotJson("a message");
}

/** The type of a declared name; of one without a declaration, `unknown`. */
export function typeOf(given: unknown): Type {
  const [kind, type] = Object.entries(isJson(given) ? given : {})[0] ?? ["dyn"];
  switch (kind) {
    case "dyn":
      return unknown;
    case "null":
      return nullType;
    case "primitive":
      return primitiveType(type);
    case "wellKnown":
    case "messageType":
      return timeType(type);
    case "listType":
      return { kind: "array", element: typeOf(isJson(type) ? type.elemType : undefined) };
    case "mapType":
      return mapType(isJson(type) ? type : {});
    default:
      throw new NotJson(`a name of type ${kind}`);
  }
}

function primitiveType(name: unknown): Type {
  switch (name) {
    case "BOOL":
      return boolean;
    case "STRING":
      return string;
    case "DOUBLE":
      return number;
    case "INT64":
    case "UINT64":
      return integer;
    default:
      throw new NotJson(`a name of type ${String(name)}`);
  }
}

function timeType(name: unknown): Type {
  if (name === "google.protobuf.Duration" || name === "DURATION") return durationType;
  if (name === "google.protobuf.Timestamp" || name === "TIMESTAMP") return timestampType;
  throw new NotJson(`a name of type ${String(name)}`);
}

function mapType({ keyType, valueType }: Json): Type {
  if (!isJson(keyType) || keyType.primitive !== "STRING") throw new NotJson("a map whose keys are no strings");
  return { kind: "object", members: new Map(), additional: typeOf(valueType) };
}

/** Whether a workflow's result is the value that a test expects. */
export function isExpected(found: unknown, expected: unknown): boolean {
  if (Array.isArray(expected))
    return (
      Array.isArray(found) &&
      found.length === expected.length &&
      found.every((item, i) => isExpected(item, expected[i]))
    );
  if (isJson(expected)) {
    if (!isJson(found)) return false;
    const names = Object.keys(expected);
    return (
      names.length === Object.keys(found).length &&
      names.every((name) => Object.hasOwn(found, name) && isExpected(found[name], expected[name]))
    );
  }
  if (typeof expected === "number" && Math.abs(expected) > Number.MAX_SAFE_INTEGER && Number.isInteger(expected))
    return found === expected;
  // The JSON form of protocol buffers writes 1.500s for what is 1.5s here.
  if (typeof expected === "string" && typeof found === "string" && /^-?[\d.]+s$/.test(expected))
    return /^-?[\d.]+s$/.test(found) && Number.parseFloat(found) === Number.parseFloat(expected);
  return found === expected || Object.is(found, expected);
}
