import type { Variable } from "../ir/expression.ts";
import type { Program } from "../ir/program.ts";
import { resolve, type Type } from "../ir/types.ts";
import type { CallCode, Code } from "./layout/syntax.ts";
import type { SymbolTable } from "./names.ts";

/** What the parts of a module are called, and which of them are used: only those are imported and declared. */
export interface ModuleNames {
  variable(variable: Variable): Code;
  /** The name that a declaration gives a variable. */
  declare(variable: Variable): string;
  /** The name of a parameter; free again after `unbind`. */
  bind(variable: Variable, as?: "failure" | "value"): string;
  /** Gives a variable a name that is bound already. */
  alias(variable: Variable, name: string): void;
  unbind(variable: Variable): void;
  /** The variables that a name stands for here, or has stood for where it was free again; empty for what is no variable. */
  named(name: string): readonly Variable[];
  /** A name of its own for what is no variable of the definition. */
  fresh(suggestion: string, otherwise: string): string;
  isUsed(name: string): boolean;
  /** Whether a variable is a caught failure, which is an error object. */
  isFailure(variable: Variable): boolean;
  /** Whether it is one wherever it is bound. */
  isEverFailure(variable: Variable): boolean;
  /** Whether a type is an interface of the module. */
  isInterface(type: Type): boolean;
  label(suggestion: string): string;
  releaseLabel(name: string): void;
  scope(): Code;
  activities(): Code;
  /** A call of a function of the runtime. */
  call(fn: string, args: readonly Code[]): CallCode;
  /** A function of the runtime as a value. */
  runtimeFunction(fn: string): string;
  runtimeType(name: string): string;
  /** Notes whether what runs inside uses its `scope`. */
  inFunction<T>(inside: () => T): { readonly result: T; readonly usesScope: boolean };
  readonly uses: { readonly input: boolean; readonly activities: boolean; readonly options: boolean };
  readonly runtimeValues: ReadonlySet<string>;
  readonly runtimeTypes: ReadonlySet<string>;
}

/** `parameters`: how the module gets at its substitutions. */
export function createModuleNames(program: Program, symbols: SymbolTable, parameters: Code): ModuleNames {
  const locals = new Map<Variable, string>();
  const bound = new Map<Variable, string[]>();
  const failures = new Set<Variable>();
  const variables = new Map<string, { current: Variable | null; readonly all: Set<Variable> }>();
  const used = new Set<string>();
  const runtimeValues = new Set<string>();
  const runtimeTypes = new Set<string>();
  const uses = { input: false, activities: false, options: false };
  let usesScope = false;

  function declare(variable: Variable): string {
    let name = locals.get(variable);
    if (name === undefined) {
      name = symbols.value(variable.name, "value");
      locals.set(variable, name);
      nameNow(name, variable);
    }
    return name;
  }

  function nameNow(name: string, variable: Variable | null): void {
    const known = variables.get(name) ?? { current: null, all: new Set() };
    known.current = variable;
    if (variable !== null) known.all.add(variable);
    variables.set(name, known);
  }

  return {
    uses,
    runtimeValues,
    runtimeTypes,
    declare,
    variable(variable) {
      if (variable === program.inputVariable || variable.role === "input") {
        uses.input = true;
        return { kind: "name", name: "input" };
      }
      if (variable === program.parametersVariable || variable.role === "parameters") {
        uses.options = true;
        return parameters;
      }
      const name = bound.get(variable)?.at(-1) ?? declare(variable);
      used.add(name);
      return { kind: "name", name };
    },
    bind(variable, as = "value") {
      const name = symbols.bind(variable.name, as === "failure" ? "failure" : "item");
      bound.set(variable, [...(bound.get(variable) ?? []), name]);
      if (as === "failure") failures.add(variable);
      nameNow(name, variable);
      used.delete(name);
      return name;
    },
    alias(variable, name) {
      bound.set(variable, [...(bound.get(variable) ?? []), name]);
      failures.add(variable);
    },
    fresh: (suggestion, otherwise) => symbols.value(suggestion, otherwise),
    unbind(variable) {
      const name = bound.get(variable)?.pop();
      if (name === undefined) return;
      symbols.release(name);
      nameNow(name, null);
    },
    named(name) {
      const known = variables.get(name);
      return known === undefined ? [] : known.current === null ? [...known.all] : [known.current];
    },
    isUsed: (name) => used.has(name),
    isFailure: (variable) => failures.has(variable) && (bound.get(variable)?.length ?? 0) > 0,
    isEverFailure: (variable) => failures.has(variable),
    isInterface(type) {
      const resolved = resolve(type);
      return resolved.kind === "object" && (resolved === program.input || resolved === program.output);
    },
    label(suggestion) {
      return symbols.bind(suggestion, "loop");
    },
    releaseLabel: (name) => symbols.release(name),
    scope() {
      usesScope = true;
      return { kind: "name", name: "scope" };
    },
    activities() {
      uses.activities = true;
      return { kind: "name", name: "activities" };
    },
    call(fn, args) {
      runtimeValues.add(fn);
      return { kind: "call", callee: fn, args };
    },
    runtimeFunction(fn) {
      runtimeValues.add(fn);
      return fn;
    },
    runtimeType(name) {
      runtimeTypes.add(name);
      return name;
    },
    inFunction(inside) {
      const outer = usesScope;
      usesScope = false;
      const result = inside();
      const inner = usesScope;
      usesScope = outer;
      return { result, usesScope: inner };
    },
  };
}
