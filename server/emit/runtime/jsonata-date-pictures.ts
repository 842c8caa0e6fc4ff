import { queryError } from "./jsonata.ts";
import { type IntegerPicture, readIntegerPicture } from "./jsonata-integers.ts";

/** A part of a date in a picture, such as `[MNn,3-3]` (XPath Functions 3.1 §9.8.4.1). */
export interface DateMarker {
  readonly kind: "marker";
  /** `Y`, `M`, `D`, …: which part it is. */
  readonly component: string;
  /** How a name is written; null where the part is a number. */
  readonly names: "upper" | "lower" | "title" | null;
  readonly integer: IntegerPicture | null;
  readonly width: {
    readonly least: number | null;
    readonly most: number | null;
  } | null;
  /** The letter after a presentation, such as `t` in `[Z01:01t]`. */
  readonly modifier: string;
  /** To how many digits a year is cut; null where it is not. */
  readonly yearDigits: number | null;
  /** How many digits are read where the next part follows at once; null where it is as many as there are. */
  readonly readDigits: number | null;
}

interface DateText {
  readonly kind: "literal";
  readonly text: string;
}

export type DatePart = DateText | DateMarker;

const usualPresentations: ReadonlyMap<string, string> = new Map([
  ["Y", "1"],
  ["M", "1"],
  ["D", "1"],
  ["d", "1"],
  ["F", "n"],
  ["W", "1"],
  ["w", "1"],
  ["X", "1"],
  ["x", "1"],
  ["H", "1"],
  ["h", "1"],
  ["P", "n"],
  ["m", "01"],
  ["s", "01"],
  ["f", "1"],
  ["Z", "01:01"],
  ["z", "01:01"],
  ["C", "n"],
  ["E", "n"],
]);

export function readDatePicture(picture: string): readonly DatePart[] {
  const parts: DatePart[] = [];
  const addLiteral = (text: string): void => {
    if (text !== "")
      parts.push({ kind: "literal", text: text.replaceAll("]]", "]") });
  };
  let start = 0;
  for (
    let at = picture.indexOf("[");
    at >= 0;
    at = picture.indexOf("[", start)
  ) {
    addLiteral(picture.slice(start, at));
    if (picture.charAt(at + 1) === "[") {
      parts.push({ kind: "literal", text: "[" });
      start = at + 2;
      continue;
    }
    const end = picture.indexOf("]", at);
    if (end < 0)
      throw queryError(
        "D3135",
        "No matching closing bracket ']' in date/time picture string",
      );
    addMarker(
      parts,
      readMarker(picture.slice(at + 1, end).replace(/\s+/g, "")),
    );
    start = end + 1;
  }
  addLiteral(picture.slice(start));
  return parts;
}

/** A number right before another one has as many digits as it must have. */
function addMarker(parts: DatePart[], marker: DateMarker): void {
  const previous = parts.at(-1);
  const isNumber = marker.integer !== null && !"Zz".includes(marker.component);
  if (isNumber && previous?.kind === "marker" && previous.integer !== null) {
    const { mandatory } = previous.integer;
    parts[parts.length - 1] = { ...previous, readDigits: mandatory || null };
  }
  parts.push(marker);
}

function readMarker(written: string): DateMarker {
  const component = written.charAt(0);
  const comma = written.lastIndexOf(",");
  const width = comma < 0 ? null : readWidth(written.slice(comma + 1));
  const presentation = written.slice(1, comma < 0 ? undefined : comma);
  const last = presentation.charAt(presentation.length - 1);
  const modifier = presentation.length > 1 && "atco".includes(last) ? last : "";
  const first =
    presentation === ""
      ? usualPresentations.get(component)
      : presentation.slice(0, presentation.length - modifier.length);
  if (first === undefined)
    throw queryError(
      "D3132",
      `Unknown component specifier ${JSON.stringify(component)} in date/time picture string`,
    );
  const marker = {
    kind: "marker",
    component,
    width,
    modifier,
    readDigits: null,
  } as const;
  const names = namesOf(first);
  if (names !== null)
    return {
      ...marker,
      names,
      integer: integerOfZone(component, first),
      yearDigits: null,
    };
  if (!"YMDdFWwXxHhmsfZz".includes(component))
    return { ...marker, names, integer: null, yearDigits: null };
  const integer = readIntegerPicture(
    modifier === "" || "Zz".includes(component)
      ? first
      : `${first};${modifier}`,
  );
  return { ...marker, names, ...sizedInteger(component, integer, width) };
}

/** A zone is a number, even where a name is asked for. */
function integerOfZone(
  component: string,
  presentation: string,
): IntegerPicture | null {
  return "Zz".includes(component) && component !== ""
    ? readIntegerPicture(presentation)
    : null;
}

function readWidth(text: string): DateMarker["width"] {
  const [least = "", ...most] = text.split("-");
  const size = (written: string | undefined): number | null =>
    written === undefined || written === "*"
      ? null
      : Number.parseInt(written, 10);
  return {
    least: size(least),
    most: size(most.length === 0 ? undefined : most.join("-")),
  };
}

function namesOf(presentation: string): DateMarker["names"] {
  if (presentation.startsWith("n")) return "lower";
  if (!presentation.startsWith("N")) return null;
  return presentation.charAt(1) === "n" ? "title" : "upper";
}

/** A number as wide as its marker wants it; a year may be cut to its last digits (§9.8.4.4). */
function sizedInteger(
  component: string,
  integer: IntegerPicture,
  width: DateMarker["width"],
): Pick<DateMarker, "integer" | "yearDigits"> {
  if ("Zz".includes(component)) return { integer, yearDigits: null };
  const isShort =
    integer.kind === "digits" && integer.mandatory < (width?.least ?? 0);
  const mandatory = isShort ? (width?.least ?? 0) : integer.mandatory;
  const most = width?.most ?? null;
  if (component !== "Y")
    return { integer: { ...integer, mandatory }, yearDigits: null };
  if (most !== null)
    return { integer: { ...integer, mandatory: most }, yearDigits: most };
  const digits = mandatory + integer.optional;
  return {
    integer: { ...integer, mandatory },
    yearDigits: digits >= 2 ? digits : null,
  };
}
