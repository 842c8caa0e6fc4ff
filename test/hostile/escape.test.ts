import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";
import { hostileTexts } from "./definitions.ts";
import { type Plant, placesOf, plant, plantedGraph, plantedMachine } from "./planted.ts";
import { expectSound } from "./sound.ts";

let compiler: TestCompiler;
beforeAll(() => {
  compiler = createTestCompiler();
});
afterAll(() => compiler.close());

const definitions = [
  { name: "graph", planted: plantedGraph },
  { name: "state machine", planted: plantedMachine },
];

/** Places that have rules of their own for what may stand there: names that connections, paths and keys refer to. */
const ruled: ReadonlySet<string> = new Set([
  "port",
  "error name",
  "node id",
  "component type",
  "config field",
  "property of the input",
  "id of a container",
  "id of an inner node",
  "loop variable",
  "workflow name",
  "key of a literal",
  "key in CEL",
  "state name",
  "name of a choice",
  "name of a map",
  "name of a wait",
  "name of the end",
  "name of a failure",
  "name of an inner state",
  "name of a function",
  "name in a path",
  "result path",
  "format",
  "key of a selector",
  "key of a result",
  "error that is thrown",
]);

describe("a definition with nothing planted compiles", () => {
  test.each(definitions)("$name", ({ planted }) => {
    expect(expectSound(compiler, Buffer.from(plant(planted, "", "")))).not.toBeNull();
  });
});

describe("text that takes any characters stays text, wherever it stands at once", () => {
  const texts = hostileTexts.filter((text) => text.isWellFormed() && text !== "" && !text.startsWith("${"));
  test.each(definitions)("$name", ({ planted }) => {
    for (const text of texts) {
      const at: Plant = (place, otherwise) => (ruled.has(place) ? otherwise : text);
      const artifact = expectSound(compiler, Buffer.from(JSON.stringify(planted(at))));
      expect({ text, compiled: artifact !== null }).toEqual({ text, compiled: true });
    }
  });
});

test("whatever is planted in whichever place, it never becomes code", () => {
  const cases = fc
    .constantFrom(...definitions)
    .chain(({ planted }) => fc.tuple(fc.constant(planted), fc.constantFrom(...placesOf(planted))));
  const text = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...hostileTexts) },
    fc.tuple(fc.constantFrom(...hostileTexts), fc.constantFrom(...hostileTexts)).map((pair) => pair.join("")),
    fc.string({ unit: "binary", maxLength: 30 }),
  );
  fc.assert(
    fc.property(
      cases,
      text,
      ([planted, place], put) => void expectSound(compiler, Buffer.from(plant(planted, place, put))),
    ),
    { numRuns: 400 },
  );
});

test("states whose names are all hostile get variables of their own", () => {
  const names = hostileTexts.filter(
    (text) => text.isWellFormed() && text.length <= 80 && text !== "" && text !== "__proto__",
  );
  const states = names.map((name, index) => [
    name,
    {
      Type: "Task",
      Resource: `arn:aws:lambda:eu-west-1:123456789012:function:f${index}`,
      ResultPath: `$.r${index}`,
      ...(index === names.length - 1 ? { End: true } : { Next: names[index + 1] }),
    },
  ]);
  const artifact = expectSound(
    compiler,
    Buffer.from(JSON.stringify({ StartAt: names[0], States: Object.fromEntries(states) })),
  );
  if (artifact === null) throw new Error("it did not compile");
  expect(artifact.activities).toHaveLength(names.length);
});

test("names that differ only in what an identifier cannot hold stay apart", () => {
  const ids = [
    "send-mail",
    "send_mail",
    "sendMail",
    "send--mail",
    "Send-Mail",
    "SEND_MAIL",
    "_sendMail",
    "sendmail",
    "sendMail2",
    "sendMail_2",
  ];
  const definition = {
    apiVersion: "workflow.compiler/v1",
    kind: "Workflow",
    metadata: { name: "apart", version: "1.0.0" },
    spec: {
      components: [{ type: "mail.send", version: "1.0.0", outputs: { out: { schema: { type: "string" } } } }],
      nodes: ids.map((id) => ({ id, type: "mail.send" })),
      output: Object.fromEntries(ids.map((id) => [id, `\${ nodes[${JSON.stringify(id)}].out }`])),
    },
  };
  expect(expectSound(compiler, Buffer.from(JSON.stringify(definition)))).not.toBeNull();
});
