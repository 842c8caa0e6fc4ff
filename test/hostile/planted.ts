/** A text of a definition: what stands at `place`, or else `otherwise`. */
export type Plant = (place: string, otherwise: string) => string;

/** A graph with a place for every kind of text that reaches a module. */
export function plantedGraph(at: Plant): unknown {
  const port = at("port", "receipt");
  const error = at("error name", "Declined");
  const pay = at("node id", "pay");
  const type = at("component type", "payments.charge");
  const property = at("property of the input", "total");
  const each = at("id of a container", "each");
  return {
    apiVersion: "workflow.compiler/v1",
    kind: "Workflow",
    metadata: {
      name: at("workflow name", "example"),
      version: at("version", "1.0.0"),
      title: at("title", "An example"),
      description: at("description", "It shows."),
    },
    spec: {
      input: {
        type: "object",
        title: at("title of the input", "The input"),
        description: at("description of the input", "What comes."),
        required: [property, "currency", "kind", "amount"],
        properties: {
          amount: { type: "number" },
          [property]: { type: "number", description: at("description of a property", "In all.") },
          currency: { enum: ["EUR", at("enum value", "USD")], description: "Of the total." },
          kind: { const: at("const value", "order") },
        },
      },
      components: [
        {
          type,
          version: "1.0.0",
          description: at("description of a component", "Takes money."),
          config: {
            type: "object",
            properties: {
              [at("config field", "mode")]: {
                type: "string",
                description: at("description of a config field", "How."),
              },
            },
          },
          inputs: {
            amount: { schema: { type: "number" }, required: true },
            data: { schema: {} },
            text: { schema: { type: "string" } },
          },
          outputs: { [port]: { schema: { type: "string" }, description: at("description of a port", "A number.") } },
          errors: [{ name: error, description: at("description of an error", "No money.") }],
        },
      ],
      nodes: [
        {
          id: pay,
          type,
          title: at("title of a node", "Pay"),
          description: at("description of a node", "Pays."),
          with: {
            amount: "${ input.amount }",
            text: `${at("text before an expression", "for ")}\${ input.amount }${at("text after an expression", " or so")}`,
            data: {
              literal: at("literal", "plain"),
              [at("key of a literal", "key")]: 1,
              text: `\${ ${JSON.stringify(at("text in CEL", "in CEL")).replaceAll("${", "$\\u007b")} }`,
              map: `\${ {${JSON.stringify(at("key in CEL", "key"))}: 1} }`,
            },
          },
        },
        {
          id: each,
          type: "core.forEach",
          with: { items: "${ [1, 2] }", as: at("loop variable", "item") },
          nodes: [
            {
              id: at("id of an inner node", "inner"),
              type: "core.transform",
              with: { value: at("value in a container", "x") },
            },
          ],
        },
        {
          id: "sorry",
          type: "core.fail",
          with: { error: at("error that is thrown", "Failed"), message: at("message that is thrown", "It failed.") },
        },
      ],
      connections: [
        { from: pay, to: each },
        { from: `${pay}.${error}`, to: "sorry" },
      ],
    },
  };
}

/** A state machine with a place for every kind of text that reaches a module. */
export function plantedMachine(at: Plant): unknown {
  const task = at("state name", "Charge");
  const choice = at("name of a choice", "Large?");
  const each = at("name of a map", "Each");
  const wait = at("name of a wait", "Rest");
  const done = at("name of the end", "Done");
  const failed = at("name of a failure", "Failed");
  return {
    Comment: at("comment", "An example"),
    StartAt: task,
    States: {
      [task]: {
        Comment: at("comment of a state", "Takes money."),
        Type: "Task",
        Resource: `arn:aws:lambda:eu-west-1:123456789012:function:${at("name of a function", "charge")}`,
        Parameters: {
          literal: at("literal", "plain"),
          [at("key of a literal", "key")]: { inner: at("literal inside", "inside") },
          "text.$": `States.Format('{} ${at("format", "only")}', $.total)`,
          "path.$": `$['${at("name in a path", "total")}']`,
        },
        ResultSelector: { [at("key of a selector", "id")]: at("value of a selector", "x") },
        ResultPath: `$['${at("result path", "charge")}']`,
        Retry: [{ ErrorEquals: [at("error that is retried", "Busy")], MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: [at("error that is caught", "Declined")], ResultPath: "$.error", Next: failed }],
        Next: choice,
      },
      [choice]: {
        Type: "Choice",
        Choices: [
          { Variable: "$.kind", StringEquals: at("text to compare with", "large"), Next: each },
          { Variable: "$.kind", StringMatches: at("pattern", "a*"), Next: wait },
        ],
        Default: done,
      },
      [each]: {
        Type: "Map",
        ItemsPath: "$.items",
        ItemProcessor: {
          StartAt: at("name of an inner state", "Inner"),
          States: { [at("name of an inner state", "Inner")]: { Type: "Pass", Result: at("result", "x"), End: true } },
        },
        Next: wait,
      },
      [wait]: { Type: "Wait", Seconds: 1, Next: done },
      [done]: { Type: "Pass", Result: { [at("key of a result", "ok")]: at("value of a result", "yes") }, End: true },
      [failed]: { Type: "Fail", Error: at("error that is thrown", "Failed"), Cause: at("cause", "It failed.") },
    },
  };
}

/** The places of a definition. */
export function placesOf(planted: (at: Plant) => unknown): readonly string[] {
  const places = new Set<string>();
  planted((place, otherwise) => {
    places.add(place);
    return otherwise;
  });
  return [...places];
}

/** The definition with `text` at one place. */
export function plant(planted: (at: Plant) => unknown, where: string, text: string): string {
  return JSON.stringify(
    planted((place, otherwise) => (place === where ? text : otherwise)),
    null,
    2,
  );
}
