import { isInherited } from "../ir/assignable.ts";
import type { Template } from "../ir/program.ts";
import { typeOfSchema } from "../ir/schema.ts";
import { type MemberType, type ObjectType, resolve, type Type, type TypeDeclaration, unknown } from "../ir/types.ts";
import {
  get,
  type Json,
  type Member,
  type ObjectTree,
  originOf,
  originOfKey,
  type Tree,
  toJson,
} from "../source/tree.ts";
import type { Component, Implementation, InputPort, OutputPort } from "./component.ts";
import {
  booleanField,
  checkFields,
  describe,
  itemsOrReport,
  membersOrReport,
  objectOrReport,
  type Place,
  reportValue,
  shown,
  textField,
  typeName,
} from "./fields.ts";
import { renderTemplate } from "./template.ts";

export interface ParseOptions {
  /** `definition`: declared in the document that is compiled. `installed`: from a file of the operator. */
  readonly from: "definition" | "installed";
  /** Whether it may bring TypeScript of its own. */
  readonly allowCode: boolean;
}

const fields = [
  "type",
  "version",
  "title",
  "description",
  "config",
  "inputs",
  "outputs",
  "exclusive",
  "errors",
  "idempotent",
  "implementation",
];
const typePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}(?:\.[A-Za-z][A-Za-z0-9_-]{0,63}){0,7}$/;
const portPattern = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const errorPattern = /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/;

/** Reads a component's declaration and reports all that is wrong with it; null where it has no usable type name. */
export function parseComponent(tree: Tree, options: ParseOptions, place: Place): Component | null {
  const object = objectOrReport(tree, "component", place);
  if (object === null) return null;
  const typeTree = textField(object, "type", place);
  const type = typeTree?.value ?? "";
  checkFields(object, type === "" ? "the component" : `component \`${shown(type)}\``, fields, ["type"], place);
  if (typeTree !== null && !typePattern.test(type)) {
    const why = "a type name has up to eight parts of letters, digits, `_` and `-`, joined by dots";
    place.findings.report("WF_VALIDATION_014", originOf(typeTree, place.node), { name: shown(type), why });
  }
  const declarations: TypeDeclaration[] = [];
  const schemaType = (schema: Tree, ...name: string[]): Type =>
    typeOfSchema(schema, {
      ...place,
      name: typeName(type, ...name),
      declare: (declaration) => declarations.push(declaration),
    });
  const config = parseConfig(object.byKey.get("config")?.value, schemaType, place);
  const inputs = parsePorts(object, "inputs", schemaType, place);
  const outputs = parsePorts(object, "outputs", schemaType, place);
  for (const [name, { member }] of inputs) {
    if (config.has(name)) reportName(member, "it is also a field of `config`, and both are given under `with`", place);
  }
  const errors = parseErrors(object, outputs, place);
  const exclusive = booleanField(object, "exclusive", place);
  const parsed = { type, config: new Map(config), inputs: portsOf(inputs), outputs: portsOf(outputs), exclusive };
  const implementation = parseImplementation(object, parsed, options, place);
  if (typeTree === null) return null;
  return {
    ...parsed,
    version: textField(object, "version", place)?.value ?? "",
    title: textField(object, "title", place)?.value ?? "",
    description: textField(object, "description", place)?.value ?? "",
    defaults: defaultsOf(object),
    errors,
    idempotent: object.byKey.has("idempotent") ? booleanField(object, "idempotent", place) : null,
    implementation,
    declarations,
    origin: options.from === "definition" ? originOf(typeTree, place.node) : null,
  };
}

/** A field's schema stands in `config.properties`, a port's in `inputs.<port>.schema`. One value in `const` serves as well. */
function defaultsOf(object: ObjectTree): ReadonlyMap<string, Json> {
  const defaults = new Map<string, Json>();
  const read = (name: string, schema: Tree | undefined): void => {
    const value = schema && (get(schema, "default") ?? get(schema, "const"));
    if (value !== undefined) defaults.set(name, toJson(value));
  };
  const config = get(object, "config");
  const fieldSchemas = config && get(config, "properties");
  const ports = get(object, "inputs");
  for (const { key, value } of fieldSchemas?.kind === "object" ? fieldSchemas.members : []) read(key, value);
  for (const { key, value } of ports?.kind === "object" ? ports.members : []) read(key, get(value, "schema"));
  return defaults;
}

type SchemaType = (schema: Tree, ...name: string[]) => Type;

function parseConfig(tree: Tree | undefined, schemaType: SchemaType, place: Place): ReadonlyMap<string, MemberType> {
  if (tree === undefined) return new Map();
  const type = resolve(schemaType(tree, "config"));
  if (type.kind === "object") return type.members;
  const isReported = type.kind === "unknown" && tree.kind !== "object";
  if (!isReported)
    place.findings.report("WF_SCHEMA_002", originOf(tree, place.node), {
      problem: "`config` must describe an object with `properties`",
    });
  return new Map();
}

interface ParsedPort extends InputPort {
  readonly member: Member;
}

function parsePorts(
  object: ObjectTree,
  field: "inputs" | "outputs",
  schemaType: SchemaType,
  place: Place,
): ReadonlyMap<string, ParsedPort> {
  const ports = new Map<string, ParsedPort>();
  for (const member of membersOrReport(object.byKey.get(field)?.value, field, place)) {
    const tree = objectOrReport(member.value, `${field}.${shown(member.key)}`, place);
    if (!portPattern.test(member.key)) reportName(member, "a port has letters, digits, `_` and `-`, at most 64", place);
    if (tree === null) continue;
    checkFields(
      tree,
      `port \`${shown(member.key)}\``,
      field === "inputs" ? ["schema", "required", "description"] : ["schema", "description"],
      [],
      place,
    );
    const schema = tree.byKey.get("schema")?.value;
    const type = schema === undefined ? unknown : schemaType(schema, member.key);
    const required = field === "inputs" && booleanField(tree, "required", place);
    ports.set(member.key, { member, type, required, description: textField(tree, "description", place)?.value ?? "" });
  }
  return ports;
}

function portsOf(ports: ReadonlyMap<string, ParsedPort>): ReadonlyMap<string, InputPort> {
  return new Map([...ports].map(([name, { type, required, description }]) => [name, { type, required, description }]));
}

function reportName(member: Member, why: string, place: Place): void {
  place.findings.report("WF_VALIDATION_014", originOfKey(member, place.node), { name: shown(member.key), why });
}

/** Names, or `{ name, description }`. They share the node's output side with its ports, so that none may be one. */
function parseErrors(object: ObjectTree, outputs: ReadonlyMap<string, ParsedPort>, place: Place): readonly string[] {
  const errors = new Set<string>();
  for (const item of itemsOrReport(object.byKey.get("errors")?.value, "errors", place)) {
    if (item.kind === "object") checkFields(item, "the error", ["name", "description"], ["name"], place);
    const name = item.kind === "object" ? textField(item, "name", place) : item;
    if (name === null) continue;
    if (name.kind !== "string") reportValue(name, "errors", "a name, or `{ name, description }`", place);
    else if (!errorPattern.test(name.value) || name.value === "error" || outputs.has(name.value)) {
      const why = outputs.has(name.value)
        ? "it is an output port"
        : "an error's name has letters, digits, `_`, `-`, `.` and `:`, and is not `error`";
      place.findings.report("WF_VALIDATION_014", originOf(name, place.node), { name: shown(name.value), why });
    } else errors.add(name.value);
  }
  for (const [name, { member }] of outputs)
    if (name === "error") reportName(member, "port `error` stands for any failure", place);
  return [...errors];
}

interface ParsedInterface {
  readonly type: string;
  readonly config: ReadonlyMap<string, MemberType>;
  readonly inputs: ReadonlyMap<string, InputPort>;
  readonly outputs: ReadonlyMap<string, OutputPort>;
  readonly exclusive: boolean;
}

/** `{ activity: { name } }` (the default, named like the type) or `{ template: … }`. */
function parseImplementation(
  object: ObjectTree,
  of: ParsedInterface,
  options: ParseOptions,
  place: Place,
): Implementation {
  const fallback: Implementation = { kind: "activity", name: of.type };
  const given = object.byKey.get("implementation")?.value;
  const tree = given === undefined ? null : objectOrReport(given, "implementation", place);
  if (tree === null) return fallback;
  checkFields(tree, "`implementation`", ["activity", "template"], [], place);
  const activity = tree.byKey.get("activity")?.value;
  const template = tree.byKey.get("template")?.value;
  if (activity !== undefined && template !== undefined) {
    const params = { fields: "`activity` and `template`", of: "`implementation`", why: "a component runs one of them" };
    place.findings.report("WF_VALIDATION_013", originOf(tree, place.node), params);
  }
  if (template !== undefined) return parseTemplate(template, of, options, place) ?? fallback;
  const settings = activity === undefined ? null : objectOrReport(activity, "activity", place);
  if (settings !== null) checkFields(settings, "`activity`", ["name"], [], place);
  const name = settings === null ? null : textField(settings, "name", place);
  if (name !== null && !errorPattern.test(name.value)) {
    reportValue(name, "name", "letters, digits, `_`, `-`, `.` and `:`, at most 128", place);
    return fallback;
  }
  return name === null ? fallback : { kind: "activity", name: name.value };
}

function parseTemplate(tree: Tree, of: ParsedInterface, options: ParseOptions, place: Place): Implementation | null {
  const origin = originOf(tree, place.node);
  if (!options.allowCode) place.findings.report("WF_COMPILE_005", origin, { component: shown(of.type) });
  if (tree.kind !== "string") {
    place.findings.report("WF_COMPILE_001", origin, {
      component: shown(of.type),
      problem: `a template is a string, and this is ${describe(tree)}`,
    });
    return null;
  }
  const body = options.allowCode
    ? renderTemplate(tree, of.type, new Set([...of.config.keys(), ...of.inputs.keys()]), place)
    : null;
  if (body === null) return null;
  const template: Template = { name: of.type, input: inputTypeOf(of), output: outputTypeOf(of), body };
  return { kind: "template", template };
}

/**
 * What its function is given: one object with the config fields and the input ports. To TypeScript every object has a
 * `toString`, so an optional member of such a name can be typed no closer.
 */
export function inputTypeOf({ config, inputs }: Pick<Component, "config" | "inputs">): ObjectType {
  const members = new Map<string, MemberType>(config);
  for (const [name, port] of inputs) members.set(name, port);
  for (const [name, member] of members) {
    if (isInherited(name) && !member.required) members.set(name, { ...member, type: unknown });
  }
  return { kind: "object", members, additional: null };
}

/**
 * What its function returns: the value of the only port `out`; an object with a member for each of several ports; of
 * ports that exclude each other `{ port, value }`.
 */
export function outputTypeOf({ outputs, exclusive }: Pick<Component, "outputs" | "exclusive">): Type {
  const out = outputs.get("out");
  if (exclusive) return exclusiveType(outputs);
  if (out !== undefined && outputs.size === 1) return out.type;
  if (outputs.size === 0) return unknown;
  const members = new Map(
    [...outputs].map(([name, { type }]): [string, MemberType] => [name, { type, required: true }]),
  );
  return { kind: "object", members, additional: null };
}

function exclusiveType(outputs: ReadonlyMap<string, OutputPort>): Type {
  const alternatives = [...outputs].map(([name, port]): Type => {
    const members = new Map<string, MemberType>([
      ["port", { type: { kind: "literal", value: name }, required: true }],
      ["value", { type: port.type, required: true }],
    ]);
    return { kind: "object", members, additional: null };
  });
  const [only] = alternatives;
  return alternatives.length > 1 ? { kind: "union", of: alternatives } : (only ?? unknown);
}
