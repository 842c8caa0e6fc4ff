import { createFindings } from "../diagnostics/findings.ts";
import type { Expression } from "../ir/expression.ts";
import { originInside, type StringTree } from "../source/tree.ts";
import { createChecker, outermost } from "./cel-check.ts";
import { stored } from "./cel-checker.ts";
import { hasRisk } from "./cel-failures.ts";
import { parseCel } from "./cel-parser.ts";
import { type CelNode, CelSyntaxError } from "./cel-syntax.ts";
import type { Environment } from "./environment.ts";

/** Nested conditions that are checked twice could double the work at every level. */
const MAX_ATTEMPTS = 100;

/** Longer expressions belong into an activity. */
const MAX_LENGTH = 10_000;

/** Compiles the CEL expression at `start` to `end` of a string; null after reporting what is wrong with it. */
export function compileCel(tree: StringTree, start: number, end: number, environment: Environment): Expression | null {
  const syntax = parse(tree, start, end, environment);
  const plain = syntax && createChecker(tree, start, environment).check(syntax, outermost);
  if (syntax === null || plain === null) return null;
  return stored((hasRisk(plain) ? checkCarefully(syntax, tree, start, environment) : null) ?? plain);
}

/**
 * As CEL has it, `&&` and `||` do not mind an operand that fails where the other decides. To do the same, both operands become
 * functions, in which TypeScript does not follow what was tested before: null where the expression needs that.
 */
function checkCarefully(syntax: CelNode, tree: StringTree, start: number, environment: Environment): Expression | null {
  const findings = createFindings();
  const checked = createChecker(tree, start, { ...environment, findings }, { left: MAX_ATTEMPTS }).check(
    syntax,
    outermost,
  );
  return findings.list.length === 0 ? checked : null;
}

function parse(tree: StringTree, start: number, end: number, { findings, node }: Environment): CelNode | null {
  const fail = (problem: string, from: number, to: number): null => {
    findings.report("WF_EXPRESSION_001", originInside(tree, from, to, node), { language: "CEL", problem });
    return null;
  };
  if (end - start > MAX_LENGTH) return fail(`it is longer than ${MAX_LENGTH} characters`, start, end);
  try {
    return parseCel(tree.value.slice(start, end));
  } catch (error) {
    if (error instanceof CelSyntaxError) return fail(error.message, start + error.start, start + error.end);
    throw error;
  }
}
