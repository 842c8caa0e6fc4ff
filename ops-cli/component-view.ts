import {
  type Component,
  CompilerServiceService as contract,
  type Port,
} from "@workflow-compiler/proto/gen/workflow/compiler/v1/compiler.ts";
import type { Outcome, Session } from "./command.ts";
import { CliError } from "./exit.ts";
import { firstAnswer } from "./fleet.ts";
import { listing, safe, wrap } from "./layout.ts";
import { nearest } from "./nearest.ts";
import type { Terminal } from "./terminal.ts";

export async function listComponents(session: Session, type: string, installedOnly: boolean): Promise<Outcome> {
  const replicas = await session.servers();
  const { components } = await firstAnswer(replicas, (server) =>
    server.call(contract.listComponents, { typePrefix: "" }),
  );
  const exact = components.filter((component) => component.type === type);
  const near = exact.length > 0 ? exact : components.filter((component) => component.type.startsWith(type));
  const shown = near.filter(({ builtIn }) => !(installedOnly && builtIn));
  if (near.length === 0) throw unknownType(type, components);
  const { terminal } = session;
  const [only] = shown;
  const text =
    exact.length > 0 && only !== undefined
      ? described(only, terminal)
      : listing(
          ["TYPE", "VERSION", "WHAT IT DOES"],
          shown.map(({ type: name, version, description }) => [name, version, description]),
          terminal.columns,
        );
  return { data: { components: shown.map(jsonOf) }, text };
}

function unknownType(type: string, components: readonly Component[]): CliError {
  const guess = nearest(
    type,
    components.map((component) => component.type),
  );
  const hint = guess === "" ? "" : `; did you mean ${guess}?`;
  return new CliError("not-found", `there is no component ${type}${hint}`, ["See `wfops components` for all."]);
}

function described(component: Component, { style, columns }: Terminal): string {
  const { type, version, title, description, inputs, outputs, errors, configSchema, builtIn } = component;
  const part = (heading: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ["", style("bold", heading), ...lines.map((line) => `  ${safe(line)}`)];
  return [
    `${style("bold", safe(type))} ${safe(version)} ${style("dim", `(${safe(title)}${builtIn ? ", built in" : ""})`)}`,
    "",
    ...wrap(safe(description), columns),
    ...part(
      "inputs",
      inputs.flatMap((port) => portLines(port, columns)),
    ),
    ...part(
      component.exclusiveOutputs ? "outputs (one of them)" : "outputs",
      outputs.flatMap((port) => portLines(port, columns)),
    ),
    ...part("errors", errors),
    ...part("with", configSchema === "" ? [] : JSON.stringify(parsed(configSchema), null, 2).split("\n")),
  ].join("\n");
}

function portLines({ name, description, schema, required }: Port, columns: number): readonly string[] {
  const [first = "", ...rest] = wrap(description, Math.max(20, columns - name.length - 4));
  const head = `${name}${required ? " (required)" : ""}${first === "" ? "" : `: ${first}`}`;
  return [head, ...rest.map((line) => `  ${line}`), ...(schema === "" ? [] : [`  ${schema}`])];
}

function jsonOf({ configSchema, ...component }: Component) {
  const port = ({ name, description, required, schema }: Port) => ({
    name,
    description,
    required,
    schema: parsed(schema),
  });
  return {
    ...component,
    inputs: component.inputs.map(port),
    outputs: component.outputs.map(port),
    config: parsed(configSchema),
  };
}

function parsed(schema: string): unknown {
  return schema === "" ? null : JSON.parse(schema);
}
