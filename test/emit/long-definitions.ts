/** Long definitions, drawn from numbers, whose runs do the same each time. */
export type Draw = (below: number) => number;

const work = {
  type: "test.work",
  version: "1.0.0",
  inputs: { value: { schema: { type: "number" }, required: true } },
  outputs: { out: { schema: { type: "number" } } },
  errors: [{ name: "Flaky" }],
  implementation: { activity: {} },
};

interface List {
  readonly nodes: object[];
  readonly connections: { readonly from: string; readonly to: string }[];
}

/** Where the next node goes on: what it follows, and an expression for the number that it is given. */
interface At {
  readonly from: readonly string[];
  readonly value: string;
}

/** A graph of about so many nodes: steps, decisions, caught failures, concurrent branches, and containers that are long themselves. */
export function longGraph(size: number, draw: Draw): string {
  let count = 0;
  const name = (kind: string): string => `${kind}${++count}`;

  function add(
    list: List,
    node: { readonly id: string; readonly [field: string]: unknown },
    from: readonly string[],
  ): void {
    list.nodes.push(node);
    for (const each of from) list.connections.push({ from: each, to: node.id });
  }

  function step(list: List, { from, value }: At, more: Readonly<Record<string, unknown>> = {}): At {
    const id = name("step");
    add(list, { id, type: "test.work", with: { value: `\${ ${value} }` }, ...more }, from);
    return { from: [id], value: `${id}.out` };
  }

  function decision(list: List, at: At, depth: number): At {
    const [decide, merge] = [name("decide"), name("merge")];
    const condition = `\${ ${at.value} ${draw(2) === 0 ? ">" : "<"} ${draw(50)}.0 }`;
    add(list, { id: decide, type: "core.if", with: { condition } }, at.from);
    const then = path(list, { ...at, from: [`${decide}.then`] }, 1 + draw(4), depth);
    const otherwise = draw(3) === 0 ? at : path(list, { ...at, from: [`${decide}.else`] }, 1 + draw(4), depth);
    if (otherwise === at) {
      add(list, { id: merge, type: "core.merge" }, [...then.from, `${decide}.else`]);
      return { from: [merge], value: at.value };
    }
    add(list, { id: merge, type: "core.merge" }, [...then.from, ...otherwise.from]);
    return { from: [merge], value: `${merge}.out` };
  }

  /** A step whose failure has a path of its own. */
  function caught(list: List, at: At): At {
    const failing = step(list, at);
    const [id] = failing.from;
    const handled = step(list, { from: [`${id}.Flaky`], value: `${at.value} + 1.0` });
    const merge = name("merge");
    add(list, { id: merge, type: "core.merge" }, [...failing.from, ...handled.from]);
    return { from: [merge], value: `${merge}.out` };
  }

  function concurrent(list: List, at: At, depth: number): At {
    const branches = Array.from({ length: 2 + draw(3) }, () => {
      const first = step(list, at);
      return draw(2) === 0 ? first : path(list, first, 1 + draw(3), depth);
    });
    const value = branches.map((branch) => branch.value).join(" + ");
    return step(list, { from: branches.flatMap((branch) => branch.from), value }, { join: "all" });
  }

  function container(list: List, at: At, depth: number): At {
    const id = name("each");
    const inner: List = { nodes: [], connections: [] };
    const end = path(inner, { from: [], value: `item + ${at.value}` }, 3 + draw(12), depth);
    const items = "${ input.list }";
    add(list, { id, type: "core.forEach", with: { items }, ...inner, output: `\${ ${end.value} }` }, at.from);
    return step(list, { from: [id], value: `${id}.out[0]` });
  }

  function path(list: List, start: At, length: number, depth: number): At {
    let at = start;
    for (let index = 0; index < length; index++) {
      const kind = depth === 0 ? draw(5) : draw(9);
      if (kind < 4 || (start.from.length === 0 && index === 0)) at = step(list, at);
      else if (kind === 4) at = caught(list, at);
      else if (kind < 7) at = decision(list, at, depth - 1);
      else if (kind === 7) at = concurrent(list, at, depth - 1);
      else at = container(list, at, depth - 1);
    }
    return at;
  }

  const list: List = { nodes: [], connections: [] };
  let at: At = { from: [], value: "input.start" };
  while (count < size) at = path(list, at, 5, 2);
  const input = {
    type: "object",
    properties: { start: { type: "number" }, list: { type: "array", items: { type: "number" } } },
    required: ["start", "list"],
  };
  return JSON.stringify({
    apiVersion: "workflow.compiler/v1",
    kind: "Workflow",
    metadata: { name: "long" },
    spec: { input, components: [work], ...list, output: { total: `\${ ${at.value} }` } },
  });
}

const resource = "arn:aws:lambda:eu-west-1:123456789012:function:work";

/** A state machine of so many states: tasks with handlers, choices that skip, end or go back, all over one changing document. */
export function longMachine(size: number, draw: Draw): string {
  const states: Record<string, object> = {};
  const name = (index: number): string => (index < size ? `State${index}` : "Done");
  for (let index = 0; index < size; index++) states[name(index)] = stateAt(index);
  states.Done = { Type: "Succeed" };

  function stateAt(index: number): object {
    const Next = name(index + 1);
    switch (draw(7)) {
      case 0: {
        const to = draw(6) === 0 ? "Done" : name(Math.max(0, index + 2 - draw(4)));
        return {
          Type: "Choice",
          Choices: [{ Variable: "$.total", NumericLessThan: draw(20), Next: to }],
          Default: Next,
        };
      }
      case 1:
        return { Type: "Pass", Result: draw(90), ResultPath: `$.field${draw(4)}`, Next };
      case 2: {
        const Catch = [{ ErrorEquals: ["Flaky"], ResultPath: "$.error", Next: name(index + 1 + draw(4)) }];
        return { ...task(index), Catch, Next };
      }
      case 3: {
        const branches = [1, 2].map((branch) => branchOf(`Branch${index}x${branch}`));
        return { Type: "Parallel", Branches: branches, ResultPath: `$.field${draw(4)}`, Next };
      }
      default:
        return { ...task(index), Next };
    }
  }

  function task(index: number): object {
    return { Type: "Task", Resource: resource, ResultPath: draw(3) === 0 ? `$.field${index % 4}` : "$.total" };
  }

  function branchOf(id: string): object {
    return { StartAt: id, States: { [id]: { Type: "Task", Resource: resource, End: true } } };
  }

  return JSON.stringify({ StartAt: name(0), States: states });
}
