import { parseSync, Visitor } from "oxc-parser";

/** Codes that a source file reports: strings of their form anywhere but in comments and in text around them. */
export function reportedCodes(file: string, text: string): readonly string[] {
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message}`);
  const codes: string[] = [];
  new Visitor({
    Literal({ value }) {
      if (typeof value === "string" && /^WF_[A-Z]+_\d+$/.test(value)) codes.push(value);
    },
  }).visit(program);
  return codes;
}
