import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestCompiler, type TestCompiler } from "../modules/compiler.ts";

let compiler: TestCompiler;

beforeAll(() => {
  compiler = createTestCompiler();
});

afterAll(() => compiler.close());

/** Code, line and column of each diagnostic, and the activities of the module. */
function compiled(text: string) {
  const { artifact, diagnostics, format } = compiler.compileText(text);
  const { workflowName, activities } = artifact ?? { workflowName: "", activities: [] };
  return {
    format,
    name: workflowName,
    activities: activities.map((activity) => activity.name),
    module: artifact?.files[0]?.content ?? "",
    found: diagnostics.map(({ code, location }) => `${code} ${location.line}:${location.column}`),
    fixes: diagnostics.flatMap((diagnostic) => diagnostic.fixes),
  };
}

const sam = `Resources:
  Other: { Type: AWS::S3::Bucket }
  Orders:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionSubstitutions: { Table: !Ref OrdersTable }
      Definition:
        StartAt: Pay
        States:
          Pay:
            Type: Task
            Resource: !GetAtt Charge.Arn
            Parameters:
              table: "\${Table}"
              topic: !Sub "arn:\${AWS::Partition}:sns"
            Next: Done
          Done: { Type: Succeed }
  Second: { Type: AWS::StepFunctions::StateMachine, Properties: { DefinitionUri: a.json } }
`;

describe("a state machine in a template", () => {
  test("is compiled, with what a deployment fills in as parameters", () => {
    const { format, name, activities, module, found } = compiled(sam);
    expect({ format, name, activities, found }).toEqual({
      format: "amazon-states",
      name: "Orders",
      activities: ["Charge.Arn"],
      found: ["WF_SOURCE_015 3:3"],
    });
    expect(module).toContain("table: options.parameters.Table,");
    expect(module).toContain('`arn:${options.parameters["AWS::Partition"]}:sns`');
  });

  test("has its findings at their places in the template", () => {
    const { found, fixes } = compiled(sam.replace("Next: Done", "Next: Dome"));
    expect(found).toEqual(["WF_SOURCE_015 3:3", "WF_VALIDATION_008 16:19"]);
    expect(fixes).toHaveLength(1);
  });

  const inText = (definition: string) =>
    `Resources:\n  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      DefinitionString: !Sub |\n        ${definition.replaceAll("\n", "\n        ")}\n`;

  test("may be a text, whose findings are at their places and without fixes", () => {
    const definition =
      '{\n"StartAt": "A",\n"States": { "A": { "Type": "Task", "Resource": "${F.Arn}", "End": true } }\n}';
    expect(compiled(inText(definition))).toMatchObject({ name: "M", activities: ["F.Arn"], found: [] });
    const { found, fixes } = compiled(inText(definition.replace('"StartAt": "A"', '"StartAt": "B"')));
    expect(found).toEqual(["WF_VALIDATION_008 7:20"]);
    expect(fixes).toEqual([]);
    expect(compiled(inText('{ "StartAt" }')).found).toEqual([expect.stringMatching(/^WF_SOURCE_001 6:/)]);
  });

  test("may be a text that is joined of parts", () => {
    const parts = [
      '{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"',
      { "Fn::GetAtt": ["F", "Arn"] },
      '","End":true}}}',
    ];
    const Properties = { DefinitionString: { "Fn::Join": ["", parts] } };
    const template = { Resources: { M: { Type: "AWS::StepFunctions::StateMachine", Properties } } };
    expect(compiled(JSON.stringify(template))).toMatchObject({ activities: ["F.Arn"], found: [] });
  });

  test.each([
    ["none", "Resources: { A: { Type: AWS::S3::Bucket } }", "WF_VALIDATION_002 1:12"],
    [
      "one without a definition",
      "Resources: { A: { Type: AWS::StepFunctions::StateMachine, Properties: {} } }",
      "WF_VALIDATION_001 1:71",
    ],
    [
      "one whose definition is elsewhere",
      "Resources: { A: { Type: AWS::Serverless::StateMachine, Properties: { DefinitionUri: a.json } } }",
      "WF_COMPILE_003 1:70",
    ],
    ["one that only a deployment knows", sam.replace("!GetAtt Charge.Arn", "!If [Test, a, b]"), "WF_COMPILE_003 12:27"],
  ])("is refused where there is %s", (_, text, finding) => {
    expect(compiled(text)).toMatchObject({ module: "", found: expect.arrayContaining([finding]) });
  });
});

describe("several state machines in a template", () => {
  const machine = (type: string, state: string) =>
    `{ Type: AWS::StepFunctions::StateMachine, Properties: { StateMachineType: ${type}, Definition: { StartAt: A, States: { A: ${state} } } } }`;
  const two = (first: string, second: string) => `Resources:\n  One: ${first}\n  Two: ${second}\n`;
  const done = machine("STANDARD", "{ Type: Succeed }");

  test("become the module of the first, which says so", () => {
    expect(compiled(two(done, done))).toMatchObject({ name: "One", found: ["WF_SOURCE_015 2:3"] });
  });

  test("are all validated", () => {
    const { found, module } = compiled(two(done, machine("STANDARD", "{ Type: Pass, Next: B }")));
    expect(found).toEqual(["WF_SOURCE_015 2:3", expect.stringMatching(/^WF_VALIDATION_008 3:/)]);
    expect(module).toBe("");
  });

  test("may have the first definition in another place than the first resource", () => {
    const elsewhere = "{ Type: AWS::Serverless::StateMachine, Properties: { DefinitionUri: a.json } }";
    expect(compiled(two(elsewhere, done))).toMatchObject({ name: "Two", found: ["WF_SOURCE_015 3:3"] });
  });

  test.each([
    ["arn:aws:states:::sqs:sendMessage.waitForTaskToken", "EXPRESS", 1],
    ["arn:aws:states:::states:startExecution.sync:2", "EXPRESS", 1],
    ["arn:aws:states:eu-west-1:000000000000:activity:review", "EXPRESS", 1],
    ["arn:aws:states:::sqs:sendMessage", "EXPRESS", 0],
    ["arn:aws:states:::sqs:sendMessage.waitForTaskToken", "STANDARD", 0],
  ])("%s in a machine of type %s: %i findings", (resource, type, count) => {
    const text = `Resources:\n  One: ${machine(type, `{ Type: Task, Resource: "${resource}", End: true }`)}\n`;
    expect(compiled(text).found.filter((code) => code.startsWith("WF_VALIDATION_013"))).toHaveLength(count);
  });

  test("an Express one has no distributed Map", () => {
    const map = `{ Type: Map, ItemProcessor: { ProcessorConfig: { Mode: DISTRIBUTED, ExecutionType: EXPRESS }, StartAt: B, States: { B: { Type: Succeed } } }, End: true }`;
    const found = (type: string) => compiled(`Resources:\n  One: ${machine(type, map)}\n`).found;
    expect(found("EXPRESS")).toEqual([expect.stringMatching(/^WF_VALIDATION_013/)]);
    expect(found("STANDARD")).toEqual([]);
  });
});
