import type { Draw } from "./draw.ts";
import { drawSort, type Json, type Sort, schemaOf } from "./sorts.ts";

export interface Port {
  readonly name: string;
  readonly sort: Sort;
  readonly required: boolean;
}

export interface Component {
  readonly type: string;
  readonly config: readonly Port[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly exclusive: boolean;
  readonly errors: readonly string[];
}

export function drawComponent(index: number, draw: Draw): Component {
  const ports = (names: readonly string[]): readonly Port[] =>
    names
      .slice(0, draw.below(names.length + 1))
      .map((name) => ({ name, sort: drawSort(draw, 1), required: draw.chance(50) }));
  const exclusive = draw.chance(15);
  const outputs = exclusive
    ? ports(["yes", "no", "maybe"])
    : draw.chance(70)
      ? [{ name: "out", sort: drawSort(draw, 2), required: true }]
      : ports(["out", "left", "class"]);
  return {
    type: draw.pick([`t.c${index}`, `random.step-${index}`, `await.v${index}`]),
    config: ports(["unit", "mode"]),
    inputs: ports(draw.chance(15) ? ["in", "value", "note"] : ["value", "note", "amount"]),
    outputs,
    exclusive: exclusive && outputs.length > 0,
    errors: draw.chance(35) ? ["Broken", "Out.Of-Stock"].slice(0, 1 + draw.below(2)) : [],
  };
}

export function declaration({ type, config, inputs, outputs, exclusive, errors }: Component, draw: Draw): Json {
  const ports = (of: readonly Port[], isInput: boolean): Json =>
    Object.fromEntries(
      of.map(({ name, sort, required }) => [
        name,
        { schema: schemaOf(sort, draw), ...(isInput && required && { required }) },
      ]),
    );
  return {
    type,
    ...(draw.chance(30) && { title: "Does */ something", description: "What `it` does." }),
    ...(config.length > 0 && {
      config: schemaOf({ kind: "object", members: config }, { ...draw, chance: () => false }),
    }),
    inputs: ports(inputs, true),
    outputs: ports(outputs, false),
    ...(exclusive && { exclusive }),
    ...(errors.length > 0 && { errors }),
    ...(draw.chance(30) && { idempotent: draw.chance(50) }),
  };
}
