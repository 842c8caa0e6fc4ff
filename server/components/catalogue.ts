import { createHash } from "node:crypto";
import { createFindings } from "../diagnostics/findings.ts";
import { render } from "../diagnostics/render.ts";
import { defaultLimits, parseSource } from "../source/parse.ts";
import { builtinComponents } from "./builtin.ts";
import type { Component, ComponentCatalogue } from "./component.ts";
import { parseComponent } from "./parse.ts";

/**
 * The built-in components and those of the operator's files, path → text: one component each. Throws an error whose
 * message lists every problem of every file, a line each.
 */
export function createCatalogue(files: ReadonlyMap<string, string>): ComponentCatalogue {
  const components = new Map(builtinComponents.map((component) => [component.type, component]));
  const problems: string[] = [];
  const hash = createHash("sha256");
  for (const [path, text] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path.length}:${path}${text.length}:${text}`);
    const { component, problems: found } = readFile(path, text);
    problems.push(...found);
    if (component === null) continue;
    if (components.has(component.type)) problems.push(`${path}: component ${component.type} is already there`);
    components.set(component.type, component);
  }
  if (problems.length > 0) throw new Error(`Components cannot be loaded:\n${problems.join("\n")}`);
  return catalogueOf(components, hash.digest("hex"));
}

/** The catalogue with the components that a definition declares. */
export function extendCatalogue(
  base: ComponentCatalogue,
  components: ReadonlyMap<string, Component>,
): ComponentCatalogue {
  const types = [...new Set([...base.types(), ...components.keys()])].toSorted();
  return { get: (type) => components.get(type) ?? base.get(type), types: () => types, digest: base.digest };
}

function catalogueOf(components: ReadonlyMap<string, Component>, digest: string): ComponentCatalogue {
  const types = [...components.keys()].toSorted();
  return { get: (type) => components.get(type), types: () => types, digest };
}

function readFile(path: string, text: string): { component: Component | null; problems: readonly string[] } {
  const findings = createFindings();
  const source = parseSource(Buffer.from(text), defaultLimits, findings);
  const component =
    source.document &&
    parseComponent(source.document.root, { from: "installed", allowCode: true }, { findings, node: "" });
  const problems = render(findings.list, source.text)
    .filter(({ severity }) => severity === "error")
    .map(({ location, code, message }) => `${path}:${location.line}:${location.column}: ${code} ${message}`);
  return { component, problems };
}
