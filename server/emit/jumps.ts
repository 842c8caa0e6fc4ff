import type { Region, Step } from "../ir/program.ts";
import type { ExpressionPrinter } from "./expressions.ts";
import type { Code, Statement } from "./layout/syntax.ts";
import type { ModuleNames } from "./module-names.ts";
import type { Merge } from "./narrowing.ts";
import { leaves } from "./reachability.ts";
import { mayNotWait } from "./turns.ts";

export interface JumpPrinter {
  loop(step: Step & { kind: "loop" }): Statement;
  block(step: Step & { kind: "block" }): readonly Statement[];
  jump(step: Step & { kind: "break" | "continue" }): Statement;
  /** Runs what prints a function: no jump leaves it. */
  inFunction<T>(inside: () => T): T;
}

interface Jump {
  readonly label: string;
  readonly isLoop: boolean;
  /** The name of the label, once something needs it. */
  name: string | null;
  /** What is known where the jump leads to. */
  readonly paths: Merge;
}

/** Prints loops and blocks, and what leaves them. */
export function createJumpPrinter(
  names: ModuleNames,
  { code, narrowing }: ExpressionPrinter,
  block: (region: Region) => Statement[],
): JumpPrinter {
  let jumps: Jump[] = [];

  function loopStatement(step: Step & { kind: "loop" }): Statement {
    const { test } = step;
    const printed: Code = test === null ? { kind: "keyword", keyword: "true" } : code(test);
    const jump: Jump = { label: step.label, isLoop: true, name: null, paths: narrowing.merge() };
    jumps.push(jump);
    const body = narrowing.within(test, true, () => block(step.body));
    jumps.pop();
    if (test !== null) jump.paths.arm(test, false, () => [], leaves);
    jump.paths.end();
    if (jump.name !== null) names.releaseLabel(jump.name);
    if (isPlainJump(body.at(-1))) body.pop();
    if (mayNotWait(body, jump.name)) body.unshift(nextTurn(step));
    return { kind: "while", label: jump.name, test: printed, body, origin: step.origin };
  }

  /** Lets timers and who cancels the run have their turn, too. */
  function nextTurn({ origin }: Step): Statement {
    return {
      kind: "expression",
      value: { kind: "await", argument: names.call("nextTurn", [names.scope()]) },
      origin,
    };
  }

  function blockStatements(step: Step & { kind: "block" }): readonly Statement[] {
    const jump: Jump = { label: step.label, isLoop: false, name: null, paths: narrowing.merge() };
    jumps.push(jump);
    const body = jump.paths.arm(null, true, () => block(step.body), leaves);
    jumps.pop();
    jump.paths.end();
    if (jump.name === null) return body;
    names.releaseLabel(jump.name);
    return [{ kind: "block", label: jump.name, body, origin: step.origin }];
  }

  /** Null where the jump needs no label: it is to the innermost loop, and no block is between. */
  function jumpLabel(label: string, kind: "break" | "continue"): string | null {
    const target = jumps.findLast((jump) => jump.label === label);
    if (target === undefined) throw new Error(`nothing around this ${kind} has the label ${label}`);
    if (kind === "break") target.paths.site();
    const innermost = jumps.findLast((jump) => jump.isLoop);
    if (target === innermost) return null;
    target.name ??= names.label(label);
    return target.name;
  }

  return {
    loop: loopStatement,
    block: blockStatements,
    jump: ({ kind, label, origin }) => ({ kind, label: jumpLabel(label, kind), origin }),
    inFunction(inside) {
      const outer = jumps;
      jumps = [];
      const result = inside();
      jumps = outer;
      return result;
    },
  };
}

function isPlainJump(statement: Statement | undefined): boolean {
  return statement?.kind === "continue" && statement.label === null;
}
