import { asBody } from "../functions.ts";
import { type Doc, hardLine, indent, sequence } from "../layout/document.ts";
import { createLayout } from "../layout/statements.ts";
import type { TypeCode } from "../layout/syntax.ts";
import { layOutSignature } from "../layout/types.ts";
import type { Part } from "./cut.ts";

/** `async function name(…): Promise<…> { … }` */
export function layOutPart({ name, isAsync, parameters, result, body }: Part): Doc {
  const type: TypeCode = isAsync ? { kind: "reference", name: "Promise", args: [result] } : result;
  const statements = createLayout()(isAsync ? asBody(body) : body);
  return sequence([
    `${isAsync ? "async " : ""}function ${name}`,
    layOutSignature(parameters, type),
    " {",
    indent(sequence([hardLine, statements])),
    hardLine,
    "}",
  ]);
}
