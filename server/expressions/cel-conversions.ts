import type { Expression } from "../ir/expression.ts";
import { boolean, integer, number, string, type Type, unknown } from "../ir/types.ts";
import { callOf, literalOf, stored } from "./cel-checker.ts";
import { type CelKind, durationType, kindOf, timestampType } from "./cel-kinds.ts";

interface Conversion {
  readonly fn: string;
  readonly type: Type;
  /** Values of these kinds are so already. */
  readonly same: readonly CelKind[];
  readonly from: readonly CelKind[];
}

const CONVERSIONS: ReadonlyMap<string, Conversion> = new Map<string, Conversion>([
  ["int", { fn: "toInteger", type: integer, same: ["int"], from: ["double", "string"] }],
  ["uint", { fn: "toUnsigned", type: integer, same: [], from: ["int", "double", "string"] }],
  ["double", { fn: "toNumber", type: number, same: ["double"], from: ["string"] }],
  ["bool", { fn: "toBoolean", type: boolean, same: ["bool"], from: ["string"] }],
]);

export const CONVERSION_NAMES: readonly string[] = [...CONVERSIONS.keys(), "string", "dyn"];

/** `int(x)` and its like; null where values of that type cannot be converted. */
export function convert(name: string, value: Expression, origin: Expression["origin"]): Expression | null {
  const kind = kindOf(value.type);
  if (name === "dyn") return { ...stored(value), type: unknown };
  if (name === "string") return toText(value, kind, origin);
  const conversion = CONVERSIONS.get(name);
  if (conversion === undefined) return null;
  if (name === "int" && value.type === timestampType) return callOf("epochSeconds", [value], integer, origin);
  if (name === "double" && kind === "int") return { ...value, type: number };
  if (conversion.same.includes(kind)) return value;
  return kind === "dyn" || conversion.from.includes(kind)
    ? callOf(conversion.fn, [value], conversion.type, origin)
    : null;
}

function toText(value: Expression, kind: CelKind, origin: Expression["origin"]): Expression | null {
  if (value.type === timestampType || value.type === durationType) return stored(value);
  if (kind === "string") return value;
  if (value.kind === "literal") return literalOf(String(value.value), origin);
  if (kind === "int" || kind === "double" || kind === "bool")
    return { kind: "template", parts: [value], type: string, origin };
  return kind === "dyn" ? callOf("toText", [value], string, origin) : null;
}
