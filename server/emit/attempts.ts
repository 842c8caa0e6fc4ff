import type { Region, Step } from "../ir/program.ts";
import { type ExpressionPrinter, not } from "./expressions.ts";
import type { Code, Statement } from "./layout/syntax.ts";
import type { ModuleNames } from "./module-names.ts";
import { leaves } from "./reachability.ts";

export interface AttemptPrinter {
  statement(step: Step & { kind: "try" }): Statement;
}

/** Prints `try`, with one `catch` for all of its handlers. */
export function createAttemptPrinter(
  names: ModuleNames,
  { code, narrowing }: ExpressionPrinter,
  block: (region: Region) => readonly Statement[],
): AttemptPrinter {
  function tryStatement(step: Step & { kind: "try" }): Statement {
    const paths = narrowing.merge();
    const body = paths.arm(null, true, () => block(step.body), leaves);
    const handler =
      step.handlers.length === 0
        ? null
        : { parameter: "error", body: paths.arm(null, true, () => handlerBody(step), leaves) };
    paths.end();
    const { finally: last } = step;
    return { kind: "try", body, handler, finalizer: last === null ? null : block(last), origin: step.origin };
  }

  function handlerBody(step: Step & { kind: "try" }): readonly Statement[] {
    const [first] = step.handlers;
    if (first === undefined) return [];
    const name = names.bind(first.failure, "failure");
    for (const { failure } of step.handlers) if (failure !== first.failure) names.alias(failure, name);
    const origin = null;
    const caught = names.call("caught", [names.scope(), { kind: "name", name: "error" }]);
    const handled = handlerStatements(step, name);
    for (const { failure } of step.handlers) names.unbind(failure);
    const declaration: Statement = handled.isUsed
      ? { kind: "declare", keyword: "const", target: { kind: "name", name }, type: null, value: caught, origin }
      : { kind: "expression", value: caught, origin };
    return [declaration, ...handled.statements];
  }

  function handlerStatements(
    step: Step & { kind: "try" },
    name: string,
  ): { readonly statements: readonly Statement[]; readonly isUsed: boolean } {
    const origin = null;
    const before: Statement[] = [];
    let cases: { test: Code; then: readonly Statement[] }[] = [];
    const paths = narrowing.merge();
    let otherwise: readonly Statement[] | null = null;
    for (const { when, body } of step.handlers) {
      if (when === null || (when.kind === "literal" && when.value === true)) {
        otherwise = paths.arm(null, true, () => block(body), leaves);
        break;
      }
      if (cases.length > 0 && cases.every(({ then }) => leaves(then))) {
        before.push({ kind: "if", cases, otherwise: null, origin });
        cases = [];
      }
      const test = code(when);
      cases.push({ test, then: paths.arm(when, true, () => block(body), leaves) });
      narrowing.learn(when, false);
    }
    paths.end();
    const passOn: Statement = { kind: "throw", value: { kind: "name", name }, origin };
    if (cases.length === 0)
      return { statements: otherwise ?? [passOn], isUsed: otherwise === null || names.isUsed(name) };
    const [single] = cases;
    if (single !== undefined && cases.length === 1 && otherwise === null && single.then.length === 0)
      return {
        statements: [
          ...before,
          { kind: "if", cases: [{ test: not(single.test), then: [passOn] }], otherwise: null, origin },
        ],
        isUsed: true,
      };
    const rest = otherwise ?? [passOn];
    if (otherwise !== null && rest.length === 0)
      return { statements: [...before, { kind: "if", cases, otherwise: null, origin }], isUsed: names.isUsed(name) };
    const isUsed = otherwise === null || names.isUsed(name);
    if (cases.every(({ then }) => leaves(then)))
      return { statements: [...before, { kind: "if", cases, otherwise: null, origin }, ...rest], isUsed };
    return { statements: [...before, { kind: "if", cases, otherwise: rest, origin }], isUsed };
  }

  return { statement: tryStatement };
}
