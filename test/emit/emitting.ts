import { readdirSync, readFileSync } from "node:fs";
import { type Node, parse } from "acorn";
import { createEmitter, type EmittedModule } from "../../server/emit/emit.ts";
import type { Program } from "../../server/ir/program.ts";
import { toJavaScript } from "../../server/typecheck/transform.ts";

const folder = new URL("../../server/emit/runtime/", import.meta.url);

export const runtimeSources: ReadonlyMap<string, string> = new Map(
  readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), "utf8")]),
);

const emitter = createEmitter(runtimeSources);

export function emit(program: Program): EmittedModule {
  return emitter.emit(program, { compilerVersion: "0.1.0", sourceDigest: "0".repeat(64) });
}

export function filesOf({ text, runtime }: EmittedModule): ReadonlyMap<string, string> {
  return new Map([
    ["workflow.ts", text],
    ["runtime.ts", runtime],
  ]);
}

function isNode(value: unknown): value is Node & Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The identifiers of a module that no declaration, import or parameter of it binds, found by a second parser. */
export function freeIdentifiers(text: string): ReadonlySet<string> {
  const bound = new Set<string>();
  const used = new Set<string>();
  const visit = (value: unknown, key: string, parent: Readonly<Record<string, unknown>> | null): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, key, parent);
    if (!isNode(value)) return;
    if (value.type === "Identifier" && typeof value.name === "string") {
      const isMember = (key === "property" || key === "key") && parent?.computed === false && parent.shorthand !== true;
      const isLabel = key === "label";
      if (!isMember && !isLabel) (isBinding(key, parent) ? bound : used).add(value.name);
    }
    for (const [inner, child] of Object.entries(value)) visit(child, inner, value);
  };
  visit(parse(toJavaScript("workflow.ts", text).code, { ecmaVersion: "latest", sourceType: "module" }), "", null);
  return new Set([...used].filter((name) => !bound.has(name)));
}

function isBinding(key: string, parent: Readonly<Record<string, unknown>> | null): boolean {
  if (key === "local" || key === "imported" || key === "params" || key === "param") return true;
  if (parent?.type === "VariableDeclarator" || parent?.type === "FunctionDeclaration") return key === "id";
  if (parent?.type === "ArrayPattern") return true;
  return parent?.type === "AssignmentPattern" && key === "left";
}
