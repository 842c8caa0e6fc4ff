import { boolean, integer, type MemberType, string, type Type, union, unknown } from "../ir/types.ts";
import type { Builtin, Component, InputPort, OutputPort } from "./component.ts";

interface Facts {
  readonly title: string;
  readonly description: string;
  readonly config?: Readonly<Record<string, readonly [type: Type, required: boolean, description: string]>>;
  readonly inputs?: Readonly<Record<string, readonly [type: Type, required: boolean, description: string]>>;
  readonly outputs?: Readonly<Record<string, readonly [type: Type, description: string]>>;
  readonly exclusive?: boolean;
  readonly errors?: readonly string[];
}

const list: Type = { kind: "array", element: unknown };
const headers: Type = { kind: "object", members: new Map(), additional: string };
const word = (value: string): Type => ({ kind: "literal", value });
const methods = union(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].map(word));
const schema: Type = { kind: "object", members: new Map(), additional: unknown };
const passed = "A value that is passed on to the port that is taken.";

/** `unknown` stands for the types that follow from the node: of its values, its schemas or what is connected to it. */
const builtins: readonly (readonly [type: string, builtin: Builtin, facts: Facts])[] = [
  [
    "core.if",
    "if",
    {
      title: "If",
      description: "Takes port `then` where a condition holds, and `else` where it does not.",
      config: { condition: [boolean, true, "What decides."] },
      inputs: { in: [unknown, false, passed] },
      outputs: { then: [unknown, "Taken where the condition holds."], else: [unknown, "Taken where it does not."] },
      exclusive: true,
    },
  ],
  [
    "core.switch",
    "switch",
    {
      title: "Switch",
      description: "Takes the port of the first case whose condition holds, and `default` where none does.",
      config: {
        cases: [list, true, "A list of `{ port, when }`, tried in order. Each `port` is an output port of the node."],
      },
      inputs: { in: [unknown, false, passed] },
      outputs: { default: [unknown, "Taken where no case holds."] },
      exclusive: true,
    },
  ],
  [
    "core.multiChoice",
    "multiChoice",
    {
      title: "Multi-choice",
      description: "Takes the ports of all cases whose conditions hold, and `default` where none does.",
      config: {
        cases: [list, true, "A list of `{ port, when }`. Each `port` is an output port of the node."],
      },
      inputs: { in: [unknown, false, passed] },
      outputs: { default: [unknown, "Taken where no case holds."] },
    },
  ],
  [
    "core.merge",
    "merge",
    {
      title: "Merge",
      description: "Brings paths together and passes on the value of the one that was taken.",
      inputs: { in: [unknown, false, "The values that are brought together."] },
      outputs: { out: [unknown, "Of the connections taken, the value of the first in the order of the document."] },
    },
  ],
  [
    "core.transform",
    "transform",
    {
      title: "Transform",
      description: "Computes a value.",
      config: {
        value: [unknown, true, "The value: literals, lists and objects with expressions in them."],
        schema: [schema, false, "JSON Schema of the value. Default: what its expressions give."],
      },
      outputs: { out: [unknown, "The value."] },
    },
  ],
  [
    "core.wait",
    "wait",
    {
      title: "Wait",
      description: "Waits for a time, or until a point in time.",
      config: {
        duration: [unknown, false, "How long: a duration such as `30s`, or an expression that gives milliseconds."],
        until: [string, false, "Until when: an RFC 3339 timestamp. One that is past does not wait."],
      },
    },
  ],
  [
    "core.receive",
    "receive",
    {
      title: "Receive",
      description: "Waits for a message from outside.",
      config: {
        channel: [string, true, "The name of the channel; text without expressions."],
        transient: [
          boolean,
          false,
          "Whether a message that comes before anybody waits for it is lost. Default: false.",
        ],
        schema: [schema, false, "JSON Schema of the message."],
      },
      outputs: { out: [unknown, "The message."] },
    },
  ],
  [
    "core.pick",
    "pick",
    {
      title: "Pick",
      description:
        "Waits for whichever comes first of messages and times, and takes its port. The others are withdrawn.",
      config: {
        cases: [list, true, "A list of `{ port, channel, schema }`, `{ port, after }` and `{ port, until }`."],
      },
      exclusive: true,
    },
  ],
  [
    "core.cancel",
    "cancel",
    {
      title: "Cancel",
      description: "Cancels nodes of the same list, running or not yet begun, or the whole run.",
      config: {
        nodes: [list, false, "The ids of the nodes."],
        workflow: [boolean, false, "Whether the whole run is cancelled."],
      },
    },
  ],
  [
    "core.complete",
    "complete",
    {
      title: "Complete",
      description: "Ends a `core.forEach` of the same list with the outputs that it has, and cancels its other turns.",
      config: { node: [string, true, "The id of the `core.forEach`."] },
    },
  ],
  [
    "core.terminate",
    "terminate",
    {
      title: "Terminate",
      description: "Ends the workflow at once with an output, and cancels all that is still running.",
      config: { output: [unknown, false, "The output. Default: null."] },
    },
  ],
  [
    "core.fail",
    "fail",
    {
      title: "Fail",
      description: "Fails the workflow, or the container around it.",
      config: { error: [string, true, "The name of the error."] },
      inputs: { message: [string, false, "What went wrong, for people."] },
    },
  ],
  [
    "core.forEach",
    "forEach",
    {
      title: "For each",
      description: "Runs its nodes once for each item of a list.",
      config: {
        as: [string, false, "What expressions call the item. Default: `item`."],
        indexAs: [string, false, "What expressions call its index, from 0. Default: `index`."],
        concurrency: [
          integer,
          false,
          "How many turns may run at once. Default: 1; with `completion` or `channel`: all.",
        ],
        completion: [schema, false, "Ends it early: `count` or `when`, and `cancel`."],
        channel: [string, false, "Messages on this channel are further items, for as long as turns are running."],
      },
      inputs: { items: [list, true, "The list."] },
      outputs: { out: [list, "The outputs of the turns, in the order of the items."] },
    },
  ],
  [
    "core.while",
    "while",
    {
      title: "While",
      description: "Runs its nodes again and again while a condition holds, passing a state from turn to turn.",
      config: {
        condition: [boolean, true, "Tested before each turn, over `state` and `turn` (from 0)."],
        schema: [schema, false, "JSON Schema of the state. Default: the type of its first value."],
        maxTurns: [integer, false, "More turns fail the node with error `TooManyTurns`. Default: no limit."],
      },
      inputs: { state: [unknown, true, "The first state."] },
      outputs: { out: [unknown, "The last state."] },
      errors: ["TooManyTurns"],
    },
  ],
  [
    "core.scope",
    "scope",
    {
      title: "Scope",
      description: "Runs its nodes as one unit, which can be timed, tried again and caught as one.",
      outputs: { out: [unknown, "The output of its nodes."] },
    },
  ],
  [
    "core.stateMachine",
    "stateMachine",
    {
      title: "State machine",
      description: "Runs its nodes one at a time. Connections may lead back, so that they form circles of any shape.",
      config: { start: [string, false, "The id of the node that it begins with. Default: the first of its list."] },
      outputs: { out: [unknown, "The output of its nodes."] },
    },
  ],
  [
    "core.workflow",
    "workflow",
    {
      title: "Sub-workflow",
      description: "Runs another workflow, which the caller supplies as activity `workflow:<name>`.",
      config: {
        workflow: [string, true, "Its name; text without expressions."],
        inputSchema: [schema, false, "JSON Schema of its input."],
        outputSchema: [schema, false, "JSON Schema of its output."],
      },
      inputs: { input: [unknown, false, "Its input. Default: null."] },
      outputs: { out: [unknown, "Its output."] },
    },
  ],
  [
    "http.request",
    "http",
    {
      title: "HTTP request",
      description:
        "Sends an HTTP request and takes a JSON answer. An answer with status 400 or more is error `HttpError`.",
      config: {
        method: [methods, false, "Default: `GET`, or `POST` where there is a body."],
        responseSchema: [schema, false, "JSON Schema of the answer's body."],
      },
      inputs: {
        url: [string, true, "Where to."],
        headers: [headers, false, "The header fields, by name."],
        body: [unknown, false, "Sent as it is where it is text, else as JSON."],
      },
      outputs: { out: [unknown, "`{ status, headers, body }` of the answer."] },
      errors: ["HttpError"],
    },
  ],
];

/** The components that come with the compiler. */
export const builtinComponents: readonly Component[] = builtins.map(([type, builtin, facts]) => ({
  type,
  version: "1.0.0",
  title: facts.title,
  description: facts.description,
  config: mapOf(facts.config, ([of, required, description]): MemberType => ({ type: of, required, description })),
  inputs: mapOf(facts.inputs, ([of, required, description]): InputPort => ({ type: of, required, description })),
  outputs: mapOf(facts.outputs, ([of, description]): OutputPort => ({ type: of, description })),
  exclusive: facts.exclusive ?? false,
  errors: facts.errors ?? [],
  idempotent: null,
  implementation: { kind: "builtin", builtin },
  declarations: [],
  origin: null,
}));

function mapOf<T, U>(table: Readonly<Record<string, T>> = {}, change: (value: T) => U): ReadonlyMap<string, U> {
  return new Map(Object.entries(table).map(([name, value]) => [name, change(value)]));
}
