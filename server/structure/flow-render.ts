import type { Expression } from "../ir/expression.ts";
import { neededLinks } from "../ir/guards.ts";
import type { After, Branch, Step } from "../ir/program.ts";
import { type Condition, testsOf } from "./flow-conditions.ts";
import type { FlowGraph, FlowNode } from "./flow-graph.ts";
import type { Notes } from "./flow-notes.ts";
import { createOutcomes } from "./flow-outcomes.ts";
import type { Plan, PlannedBranch, Select } from "./flow-planned.ts";
import type { Ports } from "./flow-ports.ts";
import { atLeast, decide, joined, not, sequence, truth } from "./flow-steps.ts";
import { type HeldArm, taskWriter } from "./flow-task.ts";

/** Writes a plan out as steps. `testOf`: the condition that a node decided by, where it can be asked again. */
export function renderPlan(
  plan: Plan,
  graph: FlowGraph,
  notes: Notes,
  ports: Ports,
  testOf: (node: FlowNode) => Expression | null,
): readonly Step[] {
  const outcomes = createOutcomes(testOf);
  const writer = taskWriter(graph, notes, ports, outcomes);

  // What is written at one place depends on what others ask for, so that all is asked for before any is written.
  const held = new Set<Select>();
  for (const select of survey(plan)) {
    if (writer.canHold(select.node, armsOf(select))) held.add(select);
    else outcomes.need(select.node, select.isCertain);
  }

  /** Asks for all that the plan needs. Gives the decisions that stand right behind the tasks that make them. */
  function survey(top: Plan): readonly Select[] {
    const behind: Select[] = [];
    const visit = (each: Plan, last: Plan | undefined): void => {
      switch (each.kind) {
        case "sequence":
          for (const [index, part] of each.plans.entries()) visit(part, each.plans[index - 1]);
          return;
        case "run":
          if (each.node.isGate) noteLinks(each.node);
          return;
        case "skip":
          return;
        case "select":
          if (last?.kind === "run" && last.node === each.node) behind.push(each);
          else outcomes.need(each.node, each.isCertain);
          for (const arm of each.arms) visit(arm.plan, undefined);
          return;
        case "when":
          if (each.condition.kind === "reached") conditionsOf(each.condition.node);
          for (const { node, isCertain } of testsOf(each.condition)) outcomes.need(node, isCertain);
          visit(each.then, undefined);
          return;
        case "noted":
          conditionsOf(each.node);
          return;
        case "fork":
          for (const branch of each.branches) visit(branch.plan, undefined);
          return;
        default:
          return each satisfies never;
      }
    };
    visit(top, undefined);
    return behind;
  }

  function noteLinks(node: FlowNode): readonly Expression[] {
    return node.task.incoming.map(notes.wasTaken);
  }

  /** What is known of the links to a node, enough of which let it run. */
  function conditionsOf(node: FlowNode): readonly Expression[] {
    const { join, incoming } = node.task;
    const isAny = incoming.length > 1 && neededLinks(join, incoming.length) === 1;
    return isAny ? notes.wasAnyTaken(node.task) : noteLinks(node);
  }

  function steps(each: Plan): readonly Step[] {
    switch (each.kind) {
      case "sequence":
        return inSequence(each.plans);
      case "run":
        return writer.steps(each.node, []);
      case "skip":
        return skip(each.nodes);
      case "select":
        return select(each);
      case "when":
        return decide(
          [{ when: test(each.condition), steps: steps(each.then) }],
          skip(each.skipped),
          originOf(each.skipped),
        );
      case "noted":
        return noted(each.node);
      case "fork":
        return fork(each.branches);
      default:
        return each satisfies never;
    }
  }

  function inSequence(plans: readonly Plan[]): readonly Step[] {
    return plans.flatMap((part, index) => {
      const next = plans[index + 1];
      if (part.kind === "run" && next?.kind === "select" && held.has(next))
        return writer.steps(part.node, armsOf(next));
      return part.kind === "select" && held.has(part) ? [] : steps(part);
    });
  }

  function armsOf({ arms }: Select): readonly HeldArm[] {
    return arms.map((arm) => ({ outcomes: arm.outcomes, isIdle: arm.isIdle, steps: () => steps(arm.plan) }));
  }

  function select({ node, arms }: Select): readonly Step[] {
    const written = arms.map((arm) => ({ when: outcomes.isOneOf(node, arm.outcomes), steps: steps(arm.plan) }));
    return decide(written.slice(0, -1), written.at(-1)?.steps ?? [], node.task.origin);
  }

  function test(condition: Condition): Expression {
    if (condition.kind === "reached") return atLeast(1, conditionsOf(condition.node), condition.node.task.origin);
    if (condition.kind === "chose") {
      const chose = outcomes.isOneOf(condition.node, condition.outcomes);
      return condition.isNot ? not(chose) : chose;
    }
    const parts = condition.conditions.map(test);
    const [first] = testsOf(condition);
    const origin = first?.node.task.origin ?? originOf([]);
    return joined(condition.kind === "and" ? "&&" : "||", parts, origin);
  }

  function noted(node: FlowNode): readonly Step[] {
    const { join, incoming, origin } = node.task;
    const when = atLeast(neededLinks(join, incoming.length), conditionsOf(node), origin);
    return decide([{ when, steps: writer.steps(node, []) }], skip([node.place]), origin);
  }

  function skip(places: readonly number[]): readonly Step[] {
    const nodes = places.flatMap((place) => graph.nodes[place] ?? []).sort((a, b) => a.rank - b.rank);
    const [first, ...others] = nodes
      .filter((node) => !node.isGate && !node.task.isHidden)
      .map(({ task }) => task.name ?? task.id);
    const origin = nodes[0]?.task.origin ?? originOf([]);
    return first === undefined ? [] : [{ kind: "skip", steps: [first, ...others], origin }];
  }

  function fork(branches: readonly PlannedBranch[]): readonly Step[] {
    const written = branches.map((branch): Branch => {
      return { name: branch.name, after: afterOf(branch), body: sequence(steps(branch.plan)) };
    });
    const [first] = branches;
    return [{ kind: "fork", branches: written, origin: originOf([graph.placeOfTask(first?.name ?? "")]) }];
  }

  function afterOf({ gate, after }: PlannedBranch): After {
    if (gate === null) return { kind: "all", branches: after };
    const { join, incoming, origin } = gate.node.task;
    // What leads to no link that could be taken here is only waited for.
    const watched = gate.watched.flatMap(({ place, name }) => {
      const links = incoming.filter((link) => graph.placeOfTask(link.from) === place);
      const taken = links.map(notes.wasTaken);
      return (taken.length > 0 ? taken : [truth(false, origin)]).map((each) => ({ name, taken: each }));
    });
    return { kind: "count", count: neededLinks(join, incoming.length), branches: watched };
  }

  function originOf(places: readonly number[]) {
    const node = graph.nodes[places[0] ?? 0] ?? graph.nodes[0];
    return node?.task.origin ?? NOWHERE;
  }

  const written = steps(plan);
  return [...outcomes.begin(), ...written];
}

/** For a flow without tasks, which has no steps to place. */
const NOWHERE = { span: { start: 0, end: 0 }, pointer: "", node: "" };
