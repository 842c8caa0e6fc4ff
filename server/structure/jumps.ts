import type { Origin } from "../diagnostics/diagnostic.ts";
import { at, type BlockGraph, blockGraph, type LoopForest, loopForest, reversePostorder } from "../ir/control-flow.ts";
import type { Block, Jumps, Sequence, Step, Terminator } from "../ir/program.ts";
import { joinAttempts } from "./attempts.ts";
import { dispatchLoops } from "./dispatch.ts";
import { depthOf, exitsStep } from "./measure.ts";
import { either, negate } from "./negate.ts";
import { createPlan, type Plan } from "./plan.ts";

/**
 * How deep the steps of a region may nest, with all that is in them. What would nest deeper becomes one dispatch loop:
 * those who work on the output, the TypeScript compiler among them, go down it recursively.
 */
const MAX_DEPTH = 100;

/** Loops in loops that are deeper than this become one dispatch loop: finding each level takes time as all of them. */
const MAX_LOOPS = 32;

/** Above this depth the deepest arm of a branch is put behind it instead of into it, whatever reads best. */
const DEEP = 16;

/**
 * Turns blocks that jump into nested steps (Ramsey, Beyond Relooper, ICFP 2022): a block that several others lead to
 * follows a labelled block that they break out of; a block that is led back to becomes a loop; every other one stands
 * where its only jump was. The steps inside blocks must be structured already. `fresh` makes labels unique; it is given
 * the label of a block. The result is correct and plain; `tidy` makes it read well.
 */
export function structureJumps(jumps: Jumps, fresh: (label: string) => string): Sequence {
  const ready = joinAttempts(joinCases(jumps));
  const { blocks, ...graph } = blockGraph(ready);
  const loops = loopForest(graph, MAX_LOOPS)?.loops;
  const flat = (): Jumps => dispatchLoops(ready, [reversePostorder(graph).map((node) => at(blocks, node).label)]);
  if (loops === undefined) return build(flat(), fresh).sequence;
  const irreducible = loops.filter((loop) => loop.entries.length > 1);
  const entries = irreducible.map((loop) => loop.entries.map((node) => at(blocks, node).label));
  const nested = build(irreducible.length === 0 ? ready : dispatchLoops(ready, entries), fresh);
  return nested.depth <= MAX_DEPTH ? nested.sequence : build(flat(), fresh).sequence;
}

/** Cases next to each other that lead to the same block become one. */
function joinCases(jumps: Jumps): Jumps {
  const blocks = new Map<string, Block>();
  for (const [label, block] of jumps.blocks) blocks.set(label, { ...block, end: joinCasesOf(block.end) });
  return { ...jumps, blocks };
}

function joinCasesOf(end: Terminator): Terminator {
  if (end.kind !== "branch") return end;
  const cases: (typeof end.cases)[number][] = [];
  for (const one of end.cases) {
    const last = cases.at(-1);
    if (last?.to === one.to) cases[cases.length - 1] = { when: either(last.when, one.when), to: one.to };
    else cases.push(one);
  }
  return cases.length === 0 ? { kind: "jump", to: end.otherwise } : { ...end, cases };
}

/** Steps in reverse, so that those that come before can be added in front in constant time. */
interface Code {
  readonly reversed: Step[];
  readonly depth: number;
}

function build(jumps: Jumps, fresh: (label: string) => string): { sequence: Sequence; depth: number } {
  const graph = blockGraph(jumps);
  const forest = loopForest(graph, Number.POSITIVE_INFINITY);
  if (forest === null || forest.loops.some((loop) => loop.entries.length > 1))
    throw new Error("The jumps are not reducible");
  const plan = createPlan(graph, forest);
  const codes: Code[] = graph.blocks.map(() => ({ reversed: [], depth: 0 }));
  const translate = createTranslator(graph, forest, plan, fresh, (node) => at(codes, node));
  // A node comes before all that stands inside or behind it, so that from the end on every part is there when it is needed.
  for (const node of plan.order.toReversed()) codes[node] = translate(node);
  const code = at(codes, graph.entry);
  return { sequence: seal(code), depth: code.depth };
}

function createTranslator(
  graph: BlockGraph,
  forest: LoopForest,
  plan: Plan,
  fresh: (label: string) => string,
  codeOf: (node: number) => Code,
): (node: number) => Code {
  const labels = { block: new Map<number, string>(), loop: new Map<number, string>() };
  const labelOf = (kind: "block" | "loop", node: number): string => {
    const label = labels[kind].get(node) ?? fresh(at(graph.blocks, node).label);
    labels[kind].set(node, label);
    return label;
  };
  const go = (from: number, nth: number, origin: Origin): Code => {
    const to = at(at(graph.successors, from), nth);
    if (plan.isBackward(from, to)) return leaf({ kind: "continue", label: labelOf("loop", to), origin });
    return plan.isInline(to) ? codeOf(to) : leaf({ kind: "break", label: labelOf("block", to), origin });
  };
  const followedBy = (code: Code, nodes: readonly number[]): Code => {
    let all = code;
    for (const node of nodes) {
      const { origin } = at(graph.blocks, node);
      const block: Step = { kind: "block", label: labelOf("block", node), body: seal(all), origin };
      const next = codeOf(node);
      next.reversed.push(block);
      all = { reversed: next.reversed, depth: Math.max(next.depth, all.depth + 1) };
    }
    return all;
  };
  return (node) => {
    const block = at(graph.blocks, node);
    const code = prepend(
      block.steps,
      end(block, (nth, origin = block.origin) => go(node, nth, origin)),
    );
    const within = followedBy(code, plan.within(node));
    if (at(forest.loopOf, node)?.entries[0] !== node) return within;
    const loop: Step = {
      kind: "loop",
      label: labelOf("loop", node),
      test: null,
      body: seal(within),
      origin: block.origin,
    };
    return followedBy({ reversed: [loop], depth: within.depth + 1 }, plan.after(node));
  };
}

/** The code of a terminator. `go` gives the code of its nth target, in the order of `targetsOf`; each is used once. */
function end({ end, origin, steps }: Block, go: (nth: number, origin?: Origin) => Code): Code {
  switch (end.kind) {
    case "stop":
      return steps.some(exitsStep) ? { reversed: [], depth: 0 } : leaf({ kind: "finish", value: null, origin });
    case "jump":
      return go(0);
    case "branch": {
      const cases = end.cases.map(({ when }, nth) => ({ when, code: go(nth, when.origin) }));
      return branch(cases, go(cases.length), origin);
    }
    case "attempt": {
      const handlers = end.handlers.map(({ failure, when, steps }, nth) => {
        const code = prepend(steps, go(nth + 1));
        return { failure, when, body: seal(code) };
      });
      if (handlers.length === 0) return prepend(end.steps, go(0));
      const body: Sequence = { kind: "sequence", steps: end.steps };
      return prepend([{ kind: "try", body, handlers, finally: null, origin }], go(0));
    }
    default:
      return end satisfies never;
  }
}

interface Arm {
  readonly when: Extract<Terminator, { kind: "branch" }>["cases"][number]["when"];
  readonly code: Code;
}

/** Every arm leaves, so that any of them may as well stand behind the rest: `otherwise`, or one that is deep. */
function branch(arms: readonly Arm[], otherwise: Code, origin: Origin): Code {
  const deepest = arms.reduce((best, arm, index) => (arm.code.depth > (arms[best]?.code.depth ?? 0) ? index : best), 0);
  const deep = arms[deepest];
  if (deep === undefined || deep.code.depth <= Math.max(DEEP, otherwise.depth)) {
    return arms.length === 0 ? otherwise : prepend([decide(arms, origin)], otherwise);
  }
  const rest = branch(arms.slice(deepest + 1), otherwise, origin);
  const not = { when: negate(deep.when), code: rest };
  return prepend([decide([...arms.slice(0, deepest), not], origin)], deep.code);
}

function decide(arms: readonly Arm[], origin: Origin): Step {
  return { kind: "decide", cases: arms.map(({ when, code }) => ({ when, then: seal(code) })), otherwise: null, origin };
}

function leaf(step: Step): Code {
  return { reversed: [step], depth: 0 };
}

function prepend(steps: readonly Step[], code: Code): Code {
  let depth = code.depth;
  for (const step of steps.toReversed()) {
    code.reversed.push(step);
    depth = Math.max(depth, depthOf(step));
  }
  return { reversed: code.reversed, depth };
}

function seal(code: Code): Sequence {
  return { kind: "sequence", steps: code.reversed.reverse() };
}
