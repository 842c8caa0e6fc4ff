import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression, Variable } from "../ir/expression.ts";
import type { Block, Jumps, Terminator } from "../ir/program.ts";
import { boolean, type LiteralType } from "../ir/types.ts";

/**
 * The region with a block in front of each loop of `entries` that decides by a variable which of them comes next. Every
 * jump to an entry, from outside or from within, sets that variable and goes to the decision, which so is the only
 * entry of its loop. No block belongs to two of the loops.
 */
export function dispatchLoops(jumps: Jumps, loops: readonly (readonly string[])[]): Jumps {
  const blocks = new Map<string, Block>();
  const fresh = (wanted: string): string => {
    for (let count = 1; ; count += 1) {
      const label = count === 1 ? wanted : `${wanted}.${count}`;
      if (!blocks.has(label) && !jumps.blocks.has(label)) return label;
    }
  };
  const gates = new Map<string, { state: Variable; label: string }>();
  const redirect = (to: string, origin: Origin): string => {
    const gate = gates.get(to);
    if (gate === undefined) return to;
    const { state } = gate;
    const label = fresh(`${to}#${blocks.size}`);
    const steps = [{ kind: "assign", variable: state, value: literal(to, origin), origin }] as const;
    blocks.set(label, { label, origin, steps, end: { kind: "jump", to: gate.label } });
    return label;
  };
  for (const entries of loops) {
    const gate = createGate(jumps, entries, fresh("dispatch"));
    blocks.set(gate.block.label, gate.block);
    for (const entry of entries) gates.set(entry, { state: gate.state, label: gate.block.label });
  }
  for (const block of jumps.blocks.values()) {
    blocks.set(block.label, { ...block, end: retarget(block.end, (to) => redirect(to, block.origin)) });
  }
  return { kind: "jumps", entry: redirect(jumps.entry, blockAt(jumps, jumps.entry).origin), blocks };
}

function createGate(jumps: Jumps, entries: readonly string[], label: string): { state: Variable; block: Block } {
  const values = entries.map((value): LiteralType => ({ kind: "literal", value }));
  const [first, ...more] = values;
  if (first === undefined) throw new Error("A loop without an entry");
  const type = more.length === 0 ? first : ({ kind: "union", of: values } as const);
  const state: Variable = { name: "state", type, role: "local" };
  const cases = entries.slice(0, -1).map((to) => {
    const { origin } = blockAt(jumps, to);
    const left: Expression = { kind: "variable", variable: state, type, origin };
    const when: Expression = {
      kind: "binary",
      operator: "===",
      left,
      right: literal(to, origin),
      type: boolean,
      origin,
    };
    return { when, to };
  });
  const otherwise = entries.at(-1) ?? "";
  return {
    state,
    block: { label, origin: blockAt(jumps, otherwise).origin, steps: [], end: { kind: "branch", cases, otherwise } },
  };
}

function literal(value: string, origin: Origin): Expression {
  return { kind: "literal", value, type: { kind: "literal", value }, origin };
}

function blockAt(jumps: Jumps, label: string): Block {
  const block = jumps.blocks.get(label);
  if (block === undefined) throw new Error(`No block has the label ${JSON.stringify(label)}`);
  return block;
}

function retarget(end: Terminator, to: (label: string) => string): Terminator {
  switch (end.kind) {
    case "jump":
      return { ...end, to: to(end.to) };
    case "branch":
      return { ...end, cases: end.cases.map((one) => ({ ...one, to: to(one.to) })), otherwise: to(end.otherwise) };
    case "attempt":
      return { ...end, to: to(end.to), handlers: end.handlers.map((one) => ({ ...one, to: to(one.to) })) };
    case "stop":
      return end;
    default:
      return end satisfies never;
  }
}
