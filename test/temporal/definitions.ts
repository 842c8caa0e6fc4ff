/** Small definitions, each for one thing that a Temporal workflow does in its own way. */

const head = (name: string): string => `
apiVersion: workflow.compiler/v1
kind: Workflow
metadata: { name: ${name}, version: 1.0.0 }
`;

/** Two activities and a pause; the first has a policy that Temporal itself follows. */
export const sequence = `${head("sequence")}
spec:
  input: { type: object, required: [amount], properties: { amount: { type: number } } }
  components:
    - type: payments.charge
      inputs: { amount: { schema: { type: number }, required: true } }
      outputs: { out: { schema: { type: string } } }
      errors: [Declined]
    - type: notify.customer
      inputs: { text: { schema: { type: string }, required: true } }
  nodes:
    - { id: charge, type: payments.charge, with: { amount: "\${ input.amount }" }, timeout: 30s,
        retry: { maxAttempts: 4, initialInterval: 200ms, multiplier: 3, maxInterval: 1m, notOn: [Declined] } }
    - { id: pause, type: core.wait, with: { duration: 1h } }
    - { id: tell, type: notify.customer, with: { text: "receipt \${ charge.out }" } }
  connections: [{ from: charge, to: pause }, { from: pause, to: tell }]
  output: { receipt: "\${ charge.out }" }
`;

/** Branches at once, one of which is tried again by rules that no RetryPolicy can tell. */
export const branches = `${head("branches")}
spec:
  components:
    - { type: depot.left, outputs: { out: { schema: { type: integer } } }, errors: [Busy] }
    - { type: depot.right, outputs: { out: { schema: { type: integer } } } }
  nodes:
    - { id: left, type: depot.left, retry: { maxAttempts: 3, initialInterval: 10s, on: [Busy] } }
    - { id: right, type: depot.right }
    - { id: sum, type: core.transform, join: all, with: { value: "\${ left.out + right.out }" } }
  connections: [{ from: left, to: sum }, { from: right, to: sum }]
  output: { sum: "\${ sum.out }" }
`;

/** A message, or a time limit that its port catches. */
export const approval = `${head("approval")}
spec:
  components:
    - { type: approvals.ask }
  nodes:
    - { id: ask, type: approvals.ask }
    - id: answer
      type: core.receive
      timeout: 2d
      with: { channel: answer, schema: { type: object, required: [by], properties: { by: { type: string } } } }
    - { id: decided, type: core.transform, with: { value: "by \${ answer.out.by }" } }
    - { id: silence, type: core.transform, with: { value: nobody answered } }
    - { id: outcome, type: core.merge }
  connections:
    - { from: ask, to: answer }
    - { from: answer, to: decided }
    - { from: answer.Timeout, to: silence }
    - { from: decided, to: outcome }
    - { from: silence, to: outcome }
  output: { outcome: "\${ outcome.out }" }
`;

/** A container under a time limit, and an activity whose own limit has a port. */
export const limits = `${head("limits")}
spec:
  components:
    - { type: files.fetch }
    - { type: rows.load }
  nodes:
    - { id: load, type: rows.load, timeout: 5m }
    - { id: slow, type: core.transform, with: { value: load was slow } }
    - { id: quick, type: core.transform, with: { value: load was quick } }
    - { id: first, type: core.merge }
    - id: import
      type: core.scope
      timeout: 30m
      nodes: [{ id: fetch, type: files.fetch }]
      connections: []
      output: done
    - { id: late, type: core.transform, with: { value: import was late } }
    - { id: second, type: core.merge }
  connections:
    - { from: load, to: quick }
    - { from: load.Timeout, to: slow }
    - { from: quick, to: first }
    - { from: slow, to: first }
    - { from: first, to: import }
    - { from: import, to: second }
    - { from: import.Timeout, to: late }
    - { from: late, to: second }
  output: { first: "\${ first.out }", second: "\${ second.out }" }
`;

/** A state machine that polls. */
export const poller = JSON.stringify({
  StartAt: "Ask",
  States: {
    Ask: {
      Type: "Task",
      Resource: "arn:aws:lambda:eu-central-1:123456789012:function:GetStatus",
      Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 2 }],
      ResultPath: "$.status",
      Next: "Done?",
    },
    "Done?": {
      Type: "Choice",
      Choices: [{ Variable: "$.status", StringEquals: "done", Next: "End" }],
      Default: "Wait",
    },
    Wait: { Type: "Wait", Seconds: 60, Next: "Ask" },
    End: { Type: "Pass", End: true },
  },
});

export const web = `${head("web")}
spec:
  nodes:
    - { id: get, type: http.request, with: { url: "https://example.com/" } }
  output: { status: "\${ get.out.status }" }
`;
