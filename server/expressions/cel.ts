import type { Expression } from "../ir/expression.ts";
import { originInside, type StringTree } from "../source/tree.ts";
import { createChecker, outermost } from "./cel-check.ts";
import { stored } from "./cel-checker.ts";
import { parseCel } from "./cel-parser.ts";
import { type CelNode, CelSyntaxError } from "./cel-syntax.ts";
import type { Environment } from "./environment.ts";

/** Longer expressions belong into an activity. */
const MAX_LENGTH = 10_000;

/** Compiles the CEL expression at `start` to `end` of a string; null after reporting what is wrong with it. */
export function compileCel(tree: StringTree, start: number, end: number, environment: Environment): Expression | null {
  const syntax = parse(tree, start, end, environment);
  const checked = syntax && createChecker(tree, start, environment).check(syntax, outermost);
  return checked && stored(checked);
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
