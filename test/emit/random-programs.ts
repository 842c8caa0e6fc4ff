import type { Expression, Variable } from "../../server/ir/expression.ts";
import type { Branch, Program, Sequence, Step } from "../../server/ir/program.ts";
import { boolean, integer, string, type Type, unknown } from "../../server/ir/types.ts";
import {
  assign,
  attempt,
  binary,
  block,
  bound,
  branch,
  build,
  call,
  choose,
  decide,
  fail,
  failureType,
  finish,
  forEach,
  fork,
  jump,
  list,
  literal,
  local,
  loop,
  not,
  object,
  oneOf,
  program,
  read,
  scope,
  seq,
  skip,
  visit,
  wait,
} from "./build.ts";

/** Gives numbers from 0 up to the limit, without it. */
export type Random = (limit: number) => number;

/** A small generator (mulberry32), so that a failure can be had again from its seed. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  };
}

const status = oneOf("open", "closed", "lost");

/** Where a step stands: what it may jump to, and whether it may return. */
interface Around {
  readonly depth: number;
  readonly loops: readonly string[];
  readonly blocks: readonly string[];
  readonly returns: "output" | "nothing" | "turn";
  readonly variables: readonly Variable[];
  readonly failures: readonly Variable[];
}

/** Programs that use variables before, after and without their assignment, on every kind of path. */
export function randomProgram(random: Random): Program {
  const input: Variable = {
    name: "input",
    type: object({ status, text: string, count: integer, flag: boolean, list: list(integer) }),
    role: "input",
  };
  let steps = 0;
  const pick = <T>(...choices: readonly [T, ...T[]]): T => choices[random(choices.length)] ?? choices[0];
  const locals = Array.from({ length: 6 }, (_, index) =>
    local(`value ${index % 4}`, pick<Type>(integer, integer, string, boolean, status)),
  );
  const ofType = (type: Type, around: Around): readonly Variable[] =>
    around.variables.filter((variable) => variable.type === type);

  function integerValue(around: Around, depth: number): Expression {
    const variables = ofType(integer, around);
    const variable = variables[random(variables.length)];
    if (variable !== undefined && random(3) > 0) return read(variable);
    if (depth > 0 && random(3) === 0)
      return binary(integerValue(around, depth - 1), pick("+", "-", "*"), integerValue(around, depth - 1));
    if (depth > 0 && random(5) === 0)
      return choose(condition(around, depth - 1), integerValue(around, depth - 1), integerValue(around, depth - 1));
    return random(2) === 0 ? read(input, "count") : literal(random(5));
  }

  function anyValue(type: Type, around: Around): Expression {
    const variables = ofType(type, around);
    const variable = variables[random(variables.length)];
    if (variable !== undefined && random(2) === 0) return read(variable);
    if (type === integer) return integerValue(around, 2);
    if (type === boolean) return random(2) === 0 ? literal(random(2) === 0) : condition(around, 2);
    if (type === string) return random(2) === 0 ? read(input, "text") : literal(pick("a", "b"));
    return random(2) === 0 ? read(input, "status") : literal(pick("open", "closed", "lost"));
  }

  function condition(around: Around, depth: number): Expression {
    switch (depth > 0 ? random(8) : random(4)) {
      case 0:
        return binary(anyValue(status, around), pick("===", "!=="), literal(pick("open", "closed", "lost", "other")));
      case 1:
        return binary(anyValue(string, around), "===", literal(pick("a", "b", "c")));
      case 2:
        return binary(integerValue(around, 1), pick("<", ">", "==="), integerValue(around, 1));
      case 3: {
        const [flag] = ofType(boolean, around);
        return flag === undefined ? read(input, "flag") : read(flag);
      }
      case 4:
        return not(condition(around, depth - 1));
      case 5:
        return literal(random(2) === 0);
      default:
        return binary(condition(around, depth - 1), pick("&&", "||"), condition(around, depth - 1));
    }
  }

  function sequence(around: Around): Sequence {
    return seq(...Array.from({ length: 1 + random(4) }, () => step(around)));
  }

  function step(around: Around): Step {
    steps += 1;
    const { depth } = around;
    const deeper: Around = { ...around, depth: depth - 1 };
    const inFunction: Around = { ...deeper, loops: [], blocks: [], returns: "nothing" };
    const variable = locals[random(locals.length)] ?? locals[0];
    const kind = depth <= 0 || steps > 60 ? random(6) : random(18);
    const name = `step ${steps}`;
    switch (kind) {
      case 0:
      case 1:
        return variable === undefined ? visit(name) : assign(variable, anyValue(variable.type, around));
      case 2: {
        const result = locals.find(({ type }) => type === integer) ?? null;
        return call(name, "get", build({ value: integerValue(around, 1) }), random(3) === 0 ? null : result);
      }
      case 3:
        return call(name, "use", variable === undefined ? literal(null) : read(variable));
      case 4:
        return pick(visit(name), skip(name), wait(name, literal(10)));
      case 5:
        return exit(around, name);
      case 6:
      case 7:
      case 8: {
        const cases = Array.from({ length: 1 + random(2) }, () => [condition(around, 2), sequence(deeper)] as const);
        return decide(cases, random(2) === 0 ? sequence(deeper) : null);
      }
      case 9:
        return loop(
          name,
          random(2) === 0 ? null : condition(around, 1),
          sequence({ ...deeper, loops: [...around.loops, name] }),
        );
      case 10:
        return block(name, sequence({ ...deeper, blocks: [...around.blocks, name] }));
      case 11:
      case 12: {
        const failure = bound("failure", failureType);
        const handled: Around = { ...deeper, failures: [...around.failures, failure] };
        const when = random(2) === 0 ? null : binary(read(failure, "name"), "===", literal("Busy"));
        return attempt(
          sequence(deeper),
          [{ failure, when, body: sequence(handled) }],
          random(4) === 0 ? seq(visit(name)) : null,
        );
      }
      case 13:
      case 14:
        return fork(...branches(inFunction, name));
      case 15: {
        const item = bound("item", integer);
        const index = bound("index", integer);
        const result = local("results", list(integer));
        const inside: Around = { ...inFunction, returns: "turn", variables: [...around.variables, item, index] };
        return forEach(
          name,
          read(input, "list"),
          item,
          index,
          seq(...sequence(inside).steps, finish(integerValue(inside, 1))),
          random(2) === 0 ? null : result,
        );
      }
      default:
        return scope(name, sequence(inFunction), random(2) === 0 ? null : literal(1_000));
    }
  }

  function branches(around: Around, name: string): readonly Branch[] {
    const waits = random(3) === 0;
    return Array.from({ length: 1 + random(6) }, (_, index) => {
      const before = Array.from({ length: index }, (_, other) => `${name} ${other}`).filter(
        () => waits && random(2) === 0,
      );
      if (waits && before.length > 0 && random(4) === 0) {
        const taken = condition(around, 1);
        return branch(`${name} ${index}`, sequence(around), {
          kind: "count",
          count: 1,
          branches: before.map((each) => ({ name: each, taken })),
        });
      }
      return branch(`${name} ${index}`, sequence(around), before);
    });
  }

  function exit(around: Around, name: string): Step {
    const targets = [...around.loops, ...around.blocks];
    const target = targets[random(targets.length)];
    const failure = around.failures.at(-1);
    if (target !== undefined && random(2) === 0)
      return jump(around.loops.includes(target) && random(2) === 0 ? "continue" : "break", target);
    if (failure !== undefined && random(2) === 0) return { kind: "rethrow", failure, origin: visit(name).origin };
    if (random(3) === 0) return fail(name, literal("Failed"), literal("on purpose"));
    if (random(2) === 0) return visit(name);
    if (around.returns === "nothing") return finish();
    return finish(around.returns === "turn" ? integerValue(around, 1) : anyValue(status, around));
  }

  const around: Around = { depth: 4, loops: [], blocks: [], returns: "output", variables: locals, failures: [] };
  const body = Array.from({ length: 3 + random(5) }, () => step(around));
  return program(
    input,
    unknown,
    { get: [object({ value: integer }), integer], use: [unknown, unknown] },
    seq(...body, finish(anyValue(status, around))),
  );
}
