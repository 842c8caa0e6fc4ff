import type { Findings } from "../diagnostics/diagnostic.ts";
import type { Program } from "../ir/program.ts";
import { allRegions } from "../ir/regions.ts";
import { checkEndlessLoops } from "./endless-loops.ts";
import { checkJoins } from "./joins.ts";
import { checkReachability } from "./reachability.ts";

/** What is true of every region of a sound program, whatever it was written in; one file a pass, in this order. */
const passes = [checkReachability, checkJoins, checkEndlessLoops];

/** Runs all passes over a program. A pass reports and changes nothing. */
export function runChecks(program: Program, findings: Findings): void {
  for (const region of allRegions(program)) for (const pass of passes) pass(region, findings);
}
