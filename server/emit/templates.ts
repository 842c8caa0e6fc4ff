import type { Template } from "../ir/program.ts";
import { type Doc, hardLine, join, sequence } from "./layout/document.ts";
import { layOutType } from "./layout/types.ts";
import type { ModuleNames } from "./module-names.ts";
import type { TypePrinter } from "./types.ts";

/** The functions of the module that components' own code becomes, each written once. */
export interface TemplateTable {
  nameOf(template: Template): string;
  layOut(): readonly Doc[];
}

export function createTemplateTable(names: ModuleNames, types: TypePrinter): TemplateTable {
  const functions = new Map<Template, string>();

  function layOutFunction([template, name]: readonly [Template, string]): Doc {
    const usesContext = mentions(template.body, "context");
    const parameters: Doc[] = [];
    if (usesContext || mentions(template.body, "input")) {
      const input = mentions(template.body, "input") ? "input" : "_input";
      parameters.push(sequence([`${input}: `, layOutType(types.code(template.input))]));
    }
    if (usesContext) parameters.push(`context: ${names.runtimeType("ActivityContext")}`);
    const result = layOutType({ kind: "reference", name: "Promise", args: [types.code(template.output)] });
    return sequence([`async function ${name}(`, join(", ", parameters), "): ", result, " {", hardLine, verbatim(template.body), hardLine, "}"]);
  }

  return {
    nameOf(template) {
      const name = functions.get(template) ?? names.fresh(template.name, "component");
      functions.set(template, name);
      return name;
    },
    layOut: () => Array.from(functions, layOutFunction),
  };
}

/** The author's lines stand as they are: to indent them could change the text of a template literal. */
function verbatim(body: string): Doc {
  return join(hardLine, body.replace(/\s+$/, "").split("\n"));
}

function mentions(body: string, name: string): boolean {
  return body.split(/[^\w$]+/).includes(name);
}
