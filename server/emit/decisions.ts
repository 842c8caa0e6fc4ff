import type { Region, Step } from "../ir/program.ts";
import { type ExpressionPrinter, not } from "./expressions.ts";
import type { Code, Statement } from "./layout/syntax.ts";
import { sequenceOf } from "./occurrences.ts";
import { leaves } from "./reachability.ts";

export interface DecisionPrinter {
  statements(step: Step & { kind: "decide" }): readonly Statement[];
}

/** Prints decisions as `if`. */
export function createDecisionPrinter(
  { code, narrowing }: ExpressionPrinter,
  block: (region: Region) => readonly Statement[],
): DecisionPrinter {
  function decideStatements(step: Step & { kind: "decide" }): readonly Statement[] {
    const { origin } = step;
    const [only] = step.cases;
    if (
      step.cases.length === 1 &&
      only !== undefined &&
      sequenceOf(only.then).steps.length === 0 &&
      step.otherwise !== null
    ) {
      const { otherwise } = step;
      const paths = narrowing.merge();
      const then = paths.arm(only.when, false, () => block(otherwise), leaves);
      paths.arm(only.when, true, () => [], leaves);
      paths.end();
      return [{ kind: "if", cases: [{ test: not(code(only.when)), then }], otherwise: null, origin }];
    }
    return caseStatements(step);
  }

  /** After cases that all leave, what would be their `else` follows them instead. */
  function caseStatements(step: Step & { kind: "decide" }): readonly Statement[] {
    const statements: (Statement & { kind: "if" })[] = [];
    const paths = narrowing.merge();
    let cases: { test: Code; then: readonly Statement[] }[] = [];
    for (const { when, then } of step.cases) {
      if (cases.length > 0 && cases.every((each) => leaves(each.then))) {
        statements.push({ kind: "if", cases, otherwise: null, origin: step.origin });
        cases = [];
      }
      const test = code(when);
      cases.push({ test, then: paths.arm(when, true, () => block(then), leaves) });
      narrowing.learn(when, false);
    }
    const { otherwise: region } = step;
    const otherwise = region === null ? null : paths.arm(null, true, () => block(region), leaves);
    if (region === null) paths.site();
    paths.end();
    const isFlat = otherwise === null || cases.every((each) => leaves(each.then));
    const last: Statement = { kind: "if", cases, otherwise: isFlat ? null : otherwise, origin: step.origin };
    return [...statements, last, ...(isFlat ? (otherwise ?? []) : [])];
  }

  return { statements: decideStatements };
}
