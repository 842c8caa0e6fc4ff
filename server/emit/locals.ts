import type { Variable } from "../ir/expression.ts";
import { createSameType } from "../ir/same-type.ts";
import type { Type } from "../ir/types.ts";
import type { TypeCode } from "./layout/syntax.ts";
import type { ModuleNames } from "./module-names.ts";
import { type Local, orUndefined } from "./parts/knowledge.ts";
import type { Placement } from "./placement.ts";
import type { TypePrinter } from "./types.ts";

/** What is known of the names that are in reach of a statement, for parts of functions that get them as parameters. */
export interface Locals {
  /** Null for names of the whole module. */
  of(name: string): Local | null;
  /** The type that a `let` declares the variable with. */
  letType(variable: Variable): TypeCode;
  /** From here on, the variables are constants, which a function inside this one has returned. */
  received(variables: readonly Variable[]): void;
  /** Tells of a constant that is no variable of the definition. Without a type it stays in its function. */
  declare(name: string, type: (() => TypeCode) | null, isPromise?: boolean): void;
}

const unchanging = { size: 0, isMutable: false, isOptional: false, isPromise: false };
/** No type counts as more, however much is written in it. */
const maxSize = 1_000;

export function createLocals(
  names: ModuleNames,
  types: TypePrinter,
  placement: Placement,
  runParameters: ReadonlyMap<string, TypeCode>,
): Locals {
  const same = createSameType();
  const constants = new Set<Variable>();
  const others = new Map<string, Local>();
  const sizes = new Map<Type, number>();
  for (const [name, type] of runParameters) others.set(name, { ...unchanging, type: () => type });
  others.set("error", { ...unchanging, type: () => ({ kind: "word", text: "unknown" }) });
  others.set("scope", { ...unchanging, type: () => runtimeType("Scope") });

  function letType(variable: Variable): TypeCode {
    const type = types.code(variable.type);
    return placement.of(variable) === "optional" ? orUndefined(type) : type;
  }

  function ofVariable(variable: Variable): Local {
    if (names.isEverFailure(variable)) return { ...unchanging, type: () => runtimeType("WorkflowError") };
    const declaration = placement.of(variable);
    const isConstant = declaration === "const" || declaration === null || constants.has(variable);
    return {
      type: () => types.code(variable.type),
      size: sizeOf(variable.type),
      isMutable: !isConstant,
      isOptional: declaration === "optional" && !isConstant,
      isPromise: false,
    };
  }

  /** Whether two variables that had the same name one after the other can be taken for one. */
  function isLike(left: Variable, right: Variable): boolean {
    if (names.isEverFailure(left) || names.isEverFailure(right))
      return names.isEverFailure(left) && names.isEverFailure(right);
    return placement.of(left) === placement.of(right) && same(left.type, right.type);
  }

  function runtimeType(name: string): TypeCode {
    return { kind: "reference", name: names.runtimeType(name), args: [] };
  }

  /** How much is written in a type. */
  function sizeOf(type: Type): number {
    let size = sizes.get(type);
    if (size === undefined) {
      size = Math.min(
        maxSize,
        partsOf(type).reduce((sum, part) => sum + 1 + sizeOf(part), 0),
      );
      sizes.set(type, size);
    }
    return size;
  }

  return {
    letType,
    of(name) {
      const [variable, ...more] = names.named(name);
      if (variable === undefined) return others.get(name) ?? null;
      const local = ofVariable(variable);
      const isClear = more.every((each) => isLike(each, variable));
      return isClear ? local : { ...local, type: null };
    },
    received(variables) {
      for (const variable of variables) constants.add(variable);
    },
    declare: (name, type, isPromise = false) => void others.set(name, { ...unchanging, type, isPromise }),
  };
}

function partsOf(type: Type): readonly Type[] {
  switch (type.kind) {
    case "object":
      return Array.from(type.members.values(), (member) => member.type);
    case "array":
      return [type.element];
    case "tuple":
      return type.elements;
    case "union":
      return type.of;
    default:
      return [];
  }
}
