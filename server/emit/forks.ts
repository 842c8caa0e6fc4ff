import type { Branch, Step } from "../ir/program.ts";
import { inOrder } from "./assignments.ts";
import { asFunction, targetOf } from "./functions.ts";
import type { Code, Statement, Target, TypeCode } from "./layout/syntax.ts";
import { sequenceOf } from "./occurrences.ts";
import type { StepPrinter } from "./steps.ts";

type Fork = Step & { kind: "fork" };

/** The runtime has a function for each number of branches up to this one. */
const maxTuple = 5;

/** What another branch waits for. */
const promised: TypeCode = { kind: "reference", name: "Promise", args: [{ kind: "word", text: "unknown" }] };

export interface ForkPrinter {
  statements(step: Fork): readonly Statement[];
}

/** Prints concurrent branches: as one call where all of them start at once, else as promises that wait for each other. */
export function createForkPrinter(printer: StepPrinter): ForkPrinter {
  const { names, expressions, placement, locals } = printer;

  function targetOfBranch(branch: Branch): Target | null {
    return targetOf(placement.returnedBy(sequenceOf(branch.body)), names);
  }

  function branchFunction(branch: Branch, first: readonly Statement[]): Code {
    const variables = placement.returnedBy(sequenceOf(branch.body));
    const { body, usesScope } = printer.functionBody(branch.body, { kind: "variables", variables });
    return asFunction(usesScope ? ["scope"] : [], [...first, ...body]);
  }

  /** `const [a, b] = await all2(scope, …)` */
  function atOnce({ branches, origin }: Fork): readonly Statement[] {
    const functions = branches.map((branch) => branchFunction(branch, []));
    const targets = branches.map(targetOfBranch);
    const value: Code = { kind: "await", argument: names.call(`all${branches.length}`, [names.scope(), ...functions]) };
    const count = targets.findLastIndex((target) => target !== null) + 1;
    if (count === 0) return [{ kind: "expression", value, origin }];
    return [
      {
        kind: "declare",
        keyword: "const",
        target: { kind: "list", items: targets.slice(0, count) },
        type: null,
        value,
        origin,
      },
    ];
  }

  /** `await all(scope, […])` */
  function anyNumber({ branches, origin }: Fork): readonly Statement[] {
    const items = branches.map((branch) => branchFunction(branch, []));
    const value: Code = { kind: "await", argument: names.call("all", [names.scope(), { kind: "array", items }]) };
    return [{ kind: "expression", value, origin }];
  }

  /** `const branches = fork(scope); const a = start(branches, …); … await join(branches); const b = await a;` */
  function asPromises({ branches, origin }: Fork): readonly Statement[] {
    const fork = names.fresh("branches", "branches");
    const started: Code = { kind: "name", name: fork };
    locals.declare(fork, () => ({ kind: "reference", name: names.runtimeType("Branches"), args: [] }));
    const awaited = new Set(
      branches.flatMap(({ after }) => after.branches.map((each) => (typeof each === "string" ? each : each.name))),
    );
    const promises = new Map<string, Code>();
    const declare = (name: string, value: Code): Statement => ({
      kind: "declare",
      keyword: "const",
      target: { kind: "name", name },
      type: null,
      value,
      origin: null,
    });
    const statements: Statement[] = [{ ...declare(fork, names.call("fork", [names.scope()])), origin }];
    const results: Statement[] = [];
    for (const branch of inOrder(branches)) {
      const value = names.call("start", [started, branchFunction(branch, waits(branch, promises))]);
      const target = targetOfBranch(branch);
      if (target === null && !awaited.has(branch.name)) {
        statements.push({ kind: "expression", value, origin: null });
        continue;
      }
      const name = names.fresh(branch.name, "branch");
      const promise: Code = { kind: "name", name };
      locals.declare(name, target === null ? () => promised : null, true);
      promises.set(branch.name, promise);
      statements.push(declare(name, value));
      if (target !== null) {
        results.push({
          kind: "declare",
          keyword: "const",
          target,
          type: null,
          value: { kind: "await", argument: promise },
          origin: null,
        });
      }
    }
    statements.push({
      kind: "expression",
      value: { kind: "await", argument: names.call("join", [started]) },
      origin: null,
    });
    return [...statements, ...results];
  }

  function waits({ after }: Branch, promises: ReadonlyMap<string, Code>): readonly Statement[] {
    const promiseOf = (name: string): readonly Code[] => {
      const promise = promises.get(name);
      return promise === undefined ? [] : [promise];
    };
    const statement = (value: Code): Statement => ({
      kind: "expression",
      value: { kind: "await", argument: value },
      origin: null,
    });
    if (after.kind === "all")
      return after.branches.length === 0 ? [] : [statement(names.call("after", after.branches.flatMap(promiseOf)))];
    const pairs = after.branches.flatMap(({ name, taken }): readonly Code[] =>
      promiseOf(name).map((promise) => ({ kind: "array", items: [promise, expressions.lambda([], taken)] })),
    );
    const count: Code = { kind: "number", raw: String(after.count) };
    return [statement(names.call("afterCount", [count, ...pairs]))];
  }

  return {
    statements(step) {
      const { branches } = step;
      if (branches.length === 0) return [];
      const statements = printed(step);
      for (const { body } of branches) {
        const variables = placement.returnedBy(sequenceOf(body));
        variables.forEach(expressions.narrowing.received);
        locals.received(variables);
      }
      return statements;
    },
  };

  function printed(step: Fork): readonly Statement[] {
    const { branches } = step;
    if (branches.some(({ after }) => after.branches.length > 0)) return asPromises(step);
    if (branches.length > 1 && branches.length <= maxTuple) return atOnce(step);
    return branches.some((branch) => targetOfBranch(branch) !== null) ? asPromises(step) : anyNumber(step);
  }
}
