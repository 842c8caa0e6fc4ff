import type { Expression, Variable } from "../../server/ir/expression.ts";
import type { Block, Program, Region, RetryRule, Step, Terminator } from "../../server/ir/program.ts";

/** The IR as a few readable lines; what tests do not look at is left out. */
export function showProgram(program: Program): string[] {
  return showRegion(program.body);
}

function showRegion(region: Region): string[] {
  if (region.kind === "sequence") return region.steps.flatMap(showStep);
  if (region.kind === "flow") throw new Error("state machines have no flows");
  return [...region.blocks.values()].flatMap(showBlock);
}

function showBlock({ label, steps, end }: Block): string[] {
  return [`${label}:`, ...[...steps.flatMap(showStep), ...showEnd(end)].map(indent)];
}

function indent(line: string): string {
  return `  ${line}`;
}

function showEnd(end: Terminator): string[] {
  switch (end.kind) {
    case "stop":
      return [];
    case "jump":
      return [`-> ${end.to}`];
    case "branch":
      return [...end.cases.map(({ when, to }) => `if ${show(when)} -> ${to}`), `else -> ${end.otherwise}`];
    case "attempt":
      return [
        "try",
        ...end.steps.flatMap(showStep).map(indent),
        ...end.handlers.flatMap(({ when, steps, to }) => [
          `catch ${when === null ? "" : show(when)} -> ${to}`,
          ...steps.flatMap(showStep).map(indent),
        ]),
        `-> ${end.to}`,
      ];
    default:
      return end satisfies never;
  }
}

function showStep(step: Step): string[] {
  switch (step.kind) {
    case "call": {
      const options = [
        step.timeoutMs && `timeout ${show(step.timeoutMs)} ${step.timeoutError}`,
        step.heartbeatMs && `heartbeat ${show(step.heartbeatMs)}`,
        ...step.retry.map(showRule),
      ].filter(Boolean);
      return [
        `${target(step.result)}call ${step.activity}(${show(step.input)})${options.map((option) => ` ${option}`).join("")}`,
      ];
    }
    case "assign":
      return [`${step.variable.name} = ${show(step.value)}`];
    case "evaluate":
      return [`evaluate ${show(step.value)}`];
    case "visit":
      return [`${step.isSilent ? "enter" : "visit"} ${step.step}`];
    case "finish":
      return [`finish${step.value === null ? "" : ` ${show(step.value)}`}`];
    case "fail":
      return [`fail ${show(step.error)} ${show(step.cause)}`];
    case "wait":
      return [`wait ${step.until.kind === "duration" ? show(step.until.ms) : show(step.until.timestamp)}`];
    case "scope":
      return [
        `scope ${step.timeoutMs ? show(step.timeoutMs) : ""}${step.retry.map(showRule).join("")}`,
        ...showRegion(step.body).map(indent),
      ];
    case "fork":
      return step.branches.flatMap((branch) => ["branch", ...showRegion(branch.body).map(indent)]);
    case "forEach": {
      const limit = step.concurrency === null ? "" : ` by ${show(step.concurrency)}`;
      return [`${target(step.result)}for each ${show(step.items)}${limit}`, ...showRegion(step.body).map(indent)];
    }
    default:
      throw new Error(`state machines have no ${step.kind}`);
  }
}

function target(result: Variable | null): string {
  return result === null ? "" : `${result.name} = `;
}

function showRule({ when, retries, initialMs, multiplier, maxMs, jitter }: RetryRule): string {
  return `retry ${when === null ? "all" : show(when)} ${retries} ${initialMs} ${multiplier} ${maxMs} ${jitter}`;
}

function show(expression: Expression): string {
  switch (expression.kind) {
    case "literal":
      return JSON.stringify(expression.value);
    case "array":
      return `[${expression.items.map(show).join(", ")}]`;
    case "object":
      return `{${expression.members.map(({ key, value }) => `${key}: ${show(value)}`).join(", ")}}`;
    case "variable":
      return expression.variable.name;
    case "member":
      return `${show(expression.of)}.${expression.name}`;
    case "unary":
      return `${expression.operator}${show(expression.operand)}`;
    case "binary":
      return `(${show(expression.left)} ${expression.operator} ${show(expression.right)})`;
    case "conditional":
      return `(${show(expression.test)} ? ${show(expression.then)} : ${show(expression.otherwise)})`;
    case "template":
      return `\`${expression.parts.map((part) => (typeof part === "string" ? part : `\${${show(part)}}`)).join("")}\``;
    case "call":
      return `${expression.fn}(${[...(expression.scope ? ["scope"] : []), ...expression.args.map(show)].join(", ")})`;
    case "lambda":
      return `(${expression.parameters.map(({ name }) => name).join(", ")}) => ${show(expression.body)}`;
    default:
      return expression satisfies never;
  }
}
