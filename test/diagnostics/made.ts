import { defaultLimits } from "../../server/source/limits.ts";

/** Definitions that no readable file can hold. The others are `<CODE>/definition.yaml` or `.json`. */
export const madeDefinitions: ReadonlyMap<string, Uint8Array> = new Map([
  ["WF_SOURCE_002", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  ["WF_SOURCE_003", Buffer.alloc(defaultLimits.bytes + 1, " ")],
  ["WF_SOURCE_004", Buffer.from(`{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`)],
  ["WF_SOURCE_005", Buffer.from(`{"a":[${"0,".repeat(defaultLimits.values)}0]}`)],
  ["WF_SOURCE_014", Buffer.from(`{"${"k".repeat(1_500)}":{"${"l".repeat(1_500)}":1}}`)],
]);

/** Codes that no definition gives by itself, each with the test that makes it happen. */
export const testedElsewhere: ReadonlyMap<string, string> = new Map([
  ["WF_COMPILE_002", "test/diagnostics/injected.test.ts"],
  ["WF_COMPILE_004", "test/diagnostics/injected.test.ts"],
]);

/** Definitions that are compiled with `allow_inline_code`. */
export const withInlineCode: ReadonlySet<string> = new Set(["WF_COMPILE_001"]);
