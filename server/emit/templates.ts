import type { Template } from "../ir/program.ts";
import { type Doc, hardLine, indent, join, sequence } from "./layout/document.ts";
import type { TypeCode } from "./layout/syntax.ts";
import { layOutSignature } from "./layout/types.ts";
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
    const usesInput = mentions(template.body, "input");
    const parameters: { name: string; type: TypeCode }[] = [];
    if (usesInput || usesContext)
      parameters.push({ name: usesInput ? "input" : "_input", type: types.code(template.input) });
    if (usesContext)
      parameters.push({
        name: "context",
        type: { kind: "reference", name: names.runtimeType("ActivityContext"), args: [] },
      });
    const signature = layOutSignature(parameters, {
      kind: "reference",
      name: "Promise",
      args: [types.code(template.output)],
    });
    return sequence([`async function ${name}`, signature, " {", layOutBody(template.body), hardLine, "}"]);
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

/** The author's lines are indented, unless that could change the text of a template literal. */
function layOutBody(body: string): Doc {
  const lines = sequence([hardLine, join(hardLine, body.trimEnd().split("\n"))]);
  return body.includes("`") ? lines : indent(lines);
}

function mentions(body: string, name: string): boolean {
  return body.split(/[^\w$]+/).includes(name);
}
