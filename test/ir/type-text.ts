import { print } from "../../server/emit/layout/print.ts";
import { layOutType } from "../../server/emit/layout/types.ts";
import { createSymbolTable } from "../../server/emit/names.ts";
import { createTypePrinter } from "../../server/emit/types.ts";
import type { Program } from "../../server/ir/program.ts";
import { nullType, type Type } from "../../server/ir/types.ts";

/** Types as generated modules have them. */
export interface TypeText {
  textOf(type: Type): string;
  /** The declared types that were printed, and what they need. */
  declarations(): readonly string[];
}

const program: Program = {
  name: "types",
  version: "",
  title: "",
  description: "",
  input: nullType,
  output: nullType,
  declarations: [],
  activities: [],
  parameters: [],
  inputVariable: { name: "input", type: nullType, role: "input" },
  parametersVariable: null,
  body: { kind: "sequence", steps: [] },
};

/** Each type on one line. */
export function createTypeText(): TypeText {
  const printer = createTypePrinter(program, createSymbolTable([]));
  const lineOf = (code: ReturnType<typeof printer.code>): string => print(layOutType(code)).text.replace(/\s+/g, " ");
  return {
    textOf: (type) => lineOf(printer.code(type)),
    declarations() {
      const lines: string[] = [];
      // Printing one may need others.
      for (const [declaration, name] of printer.declared)
        lines.push(`export type ${name} = ${lineOf(printer.definition(declaration.type))};`);
      return lines;
    },
  };
}
