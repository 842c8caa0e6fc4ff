import { parseSync } from "oxc-parser";
import { originInside, type StringTree } from "../source/tree.ts";
import { type Place, shown, suggest } from "./fields.ts";

/** Of a placeholder such as `{{ amount }}`. A field's name is bounded, so that this takes linear time. */
const hole = /\{\{[ \t]{0,8}([A-Za-z_][\w.-]{0,127})[ \t]{0,8}\}\}/g;
const prologue = "async function template(input, context) {\n";

/**
 * The body of a template's function. A hole `{{ name }}` names a config field or an input port and becomes a member of
 * the function's typed parameter: values never become part of the text, so that none can change its meaning.
 * Null after reporting WF_COMPILE_001.
 */
export function renderTemplate(
  tree: StringTree,
  component: string,
  fields: ReadonlySet<string>,
  place: Place,
): string | null {
  const report = (problem: string, start: number, end: number): void =>
    place.findings.report("WF_COMPILE_001", originInside(tree, start, end, place.node), {
      component: shown(component),
      problem,
    });
  let complete = true;
  const body = tree.value.replace(hole, (text: string, name: string, index: number) => {
    if (fields.has(name)) return /^[A-Za-z_]\w*$/.test(name) ? `input.${name}` : `input[${JSON.stringify(name)}]`;
    const near = suggest(name, fields, place);
    report(
      `hole \`${name}\` names no config field or input port${near === "" ? "" : `; did you mean \`${near}\`?`}`,
      index,
      index + text.length,
    );
    complete = false;
    return "undefined";
  });
  if (!complete) return null;
  const problem = syntaxProblem(body);
  if (problem === null) return body;
  report(problem, 0, tree.value.length);
  return null;
}

/** Null where the text is the body of one function and nothing besides. */
function syntaxProblem(body: string): string | null {
  const source = `${prologue}${body}\n}`;
  const { program, errors } = parseSync("template.ts", source, { lang: "ts", sourceType: "module" });
  const [error] = errors;
  if (error !== undefined) return `it is no TypeScript: ${error.message}`;
  const [only] = program.body;
  const isWhole = program.body.length === 1 && only?.type === "FunctionDeclaration" && only.end === source.length;
  return isWhole ? null : "it closes a brace that it does not open";
}
