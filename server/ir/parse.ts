import { createExpressionParser, neutralOrigin } from "./parse-expression.ts";
import { createRegionParser } from "./parse-region.ts";
import { type Cursor, createCursor, tokenize } from "./parse-tokens.ts";
import { createTypeParser, type TypeParser } from "./parse-type.ts";
import type { ActivityDeclaration, ParameterDeclaration, Program, Template } from "./program.ts";
import type { TypeDeclaration } from "./types.ts";

/**
 * The program of a text that `printProgram` wrote, or that follows its grammar; for tests, which write programs as text.
 * Places that the text does not tell are those of an empty document. Throws an IrSyntaxError with the line and the column.
 */
export function parseProgram(text: string): Program {
  const { tokens, pointers } = tokenize(text);
  const cursor = createCursor(tokens);
  const { accept, expect, string } = cursor;
  const types = createTypeParser(cursor);
  const expressions = createExpressionParser(cursor, types);
  const templates = createTemplateParser(cursor, types);
  const region = createRegionParser({ cursor, expressions, pointers, template: templates.reference });

  expect("workflow");
  const name = string();
  expect("version");
  const version = string();
  expect("{");
  const title = accept("title") ? string() : "";
  const description = accept("description") ? string() : "";
  const declarations = parseDeclarations(cursor, types);
  while (accept("template")) templates.declared();
  expect("input");
  const inputVariable = expressions.variable("input");
  const input = accept("of") ? types.type() : inputVariable.type;
  const inputDescription = types.about();
  const parametersVariable = accept("parameters") ? expressions.variable("parameters") : null;
  expect("output");
  const output = types.type();
  const outputDescription = types.about();
  const activities = parseActivities(cursor, types);
  const parameters = parseParameters(cursor, types);
  const exported: string[] = [];
  while (cursor.accept("export")) exported.push(cursor.string());
  expect("body");
  const body = region();
  expect("}");
  types.finish();
  if (cursor.next.kind !== "end") cursor.fail(`expected the end, found ${cursor.next.text}`);
  const interfaces = { input, output, declarations, activities, parameters };
  return {
    name,
    version,
    title,
    description,
    ...interfaces,
    ...(exported.length > 0 && { exports: exported }),
    ...(inputDescription !== undefined && { inputDescription }),
    ...(outputDescription !== undefined && { outputDescription }),
    inputVariable,
    parametersVariable,
    body,
  };
}

function parseDeclarations(cursor: Cursor, types: TypeParser): TypeDeclaration[] {
  const declarations: TypeDeclaration[] = [];
  for (;;) {
    if (cursor.accept("shape")) types.shape();
    else if (cursor.accept("unlisted")) {
      cursor.expect("type");
      types.declared();
    } else if (cursor.accept("type")) declarations.push(types.declared());
    else return declarations;
  }
}

function parseActivities(cursor: Cursor, types: TypeParser): ActivityDeclaration[] {
  const activities: ActivityDeclaration[] = [];
  while (cursor.accept("activity")) {
    const name = cursor.string();
    const description = types.about() ?? "";
    cursor.expect(":");
    const input = types.type();
    cursor.expect("->");
    const output = types.type();
    const context = cursor.accept("told") ? { context: cursor.string() } : {};
    activities.push({ name, description, input, output, ...context, origin: neutralOrigin });
  }
  return activities;
}

function parseParameters(cursor: Cursor, types: TypeParser): ParameterDeclaration[] {
  const parameters: ParameterDeclaration[] = [];
  while (cursor.accept("parameter")) {
    const name = cursor.string();
    cursor.expect(":");
    parameters.push({ name, type: types.type(), origin: neutralOrigin });
  }
  return parameters;
}

function createTemplateParser(cursor: Cursor, types: TypeParser) {
  const templates = new Map<string, Template>();
  const named = () => {
    const at = cursor.next;
    const name = cursor.string();
    const id = `${cursor.count()} ${name}`;
    return { at, name, id };
  };
  return {
    declared(): void {
      const { id, name } = named();
      cursor.expect(":");
      const input = types.type();
      cursor.expect("->");
      const output = types.type();
      cursor.expect("=");
      templates.set(id, { name, input, output, body: cursor.string() });
    },
    reference(): Template {
      const { at, id, name } = named();
      return templates.get(id) ?? cursor.fail(`there is no template ${JSON.stringify(name)} above`, at);
    },
  };
}
