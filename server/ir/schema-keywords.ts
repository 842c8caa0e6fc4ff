/** The keywords of JSON Schema 2020-12 that say something about types, and those that only validate or describe. */
const TYPE_KEYWORDS: ReadonlySet<string> = new Set([
  "$ref",
  "$defs",
  "definitions",
  "type",
  "enum",
  "const",
  "properties",
  "required",
  "additionalProperties",
  "patternProperties",
  "items",
  "prefixItems",
  "oneOf",
  "anyOf",
  "allOf",
  "nullable",
  "format",
  "title",
  "description",
]);

/** They do not change the type of a value: the activity that takes it may check them. */
const WITHOUT_EFFECT: readonly string[] = [
  "$schema",
  "$id",
  "$anchor",
  "$comment",
  "$vocabulary",
  "default",
  "deprecated",
  "readOnly",
  "writeOnly",
  "examples",
  "example",
  "multipleOf",
  "maximum",
  "exclusiveMaximum",
  "minimum",
  "exclusiveMinimum",
  "maxLength",
  "minLength",
  "pattern",
  "maxItems",
  "minItems",
  "uniqueItems",
  "maxContains",
  "minContains",
  "contains",
  "maxProperties",
  "minProperties",
  "dependentRequired",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
  "contentEncoding",
  "contentMediaType",
  "contentSchema",
  "discriminator",
  "externalDocs",
  "xml",
];

/** They would narrow the type, and do not here. */
export const IGNORED_KEYWORDS: ReadonlyMap<string, string> = new Map([
  ["if", "values are not told apart by it, so that members of `then` and `else` are not known"],
  ["not", "types cannot exclude values"],
  ["dependentSchemas", "members that it adds are not known"],
  ["$dynamicRef", "only `$ref` is followed"],
  ["$recursiveRef", "only `$ref` is followed"],
]);

export const KNOWN_KEYWORDS: ReadonlySet<string> = new Set([
  ...TYPE_KEYWORDS,
  ...WITHOUT_EFFECT,
  ...IGNORED_KEYWORDS.keys(),
  "then",
  "else",
  "$dynamicAnchor",
  "$recursiveAnchor",
]);

export const OBJECT_KEYWORDS: readonly string[] = [
  "properties",
  "required",
  "additionalProperties",
  "patternProperties",
];
export const ARRAY_KEYWORDS: readonly string[] = ["items", "prefixItems"];
export const TYPE_NAMES: readonly string[] = ["null", "boolean", "integer", "number", "string", "array", "object"];
