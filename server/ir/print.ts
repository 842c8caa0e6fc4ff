import { createExpressionPrinter, escapeText, printType, quote } from "./print-expression.ts";
import type {
  After,
  Block,
  CallStep,
  Choice,
  Join,
  JumpHandler,
  Program,
  Region,
  RetryRule,
  Step,
  Task,
  Terminator,
} from "./program.ts";

/**
 * The text form of a program: the same text for the same program, one step a line, in printable ASCII. Where a
 * definition's text stands it is a JSON string ("…" below). In [brackets]: left out where there is none; `*`: any number.
 *
 *   program    workflow "…" version "…" { [title "…"] [description "…"] input binding [parameters binding] output type
 *                (type name = type)* (activity "…": type -> type)* (parameter "…": type)* body region }
 *   region     { step* }
 *              jumps "entry" { (block "label" { step* end })* }
 *              flow { [before { step* }] (task "id" join { link* do { step* } choice })* after { step* } }
 *   end        jump "label" · branch { (when expression jump "label")* else jump "label" } · stop
 *              attempt { step* } (catch binding [when expression] { step* jump "label" })* then jump "label"
 *   join       all · any · first · count number
 *   link       link "task"[."outcome"] { step* }
 *   choice     take all · take { (when expression "outcome")* else "outcome" }
 *              take "outcome" (catch binding [when expression] { step* take "outcome" })*
 *   step       binding = expression · evaluate expression · visit "…" · skip "…", …
 *              call "step" activity "…" | builtin name | template name, with expression [-> binding] limits
 *              if expression region (else if expression region)* [else region]
 *              fork { (branch "…" [after all("…", …) | after number of("…" expression, …)] region)* }
 *              forEach "step" binding, binding of expression [concurrency expression] [-> binding] region
 *              loop "label" [while expression] region · block "label" region · break "label" · continue "label"
 *              try region (catch binding [when expression] region)* [finally region]
 *              wait "step" for | until expression · receive "step" channel "…" [-> binding] limits
 *              scope "step" limits region · finish [expression] · fail "step" expression, expression · rethrow variable
 *   limits     [timeout expression ["error"]] [heartbeat expression] (retry([variable when expression,] times n, initial
 *                ms, multiplier n, max ms, jitter n | full))*
 *   binding    variable, and `: type` where the text binds it first
 *   variable   %name, or %"name"; with .2, .3 … behind it for others of the same name
 *   expression JSON values · [e, …] · {key: e, …} · variable · e.key · e?.key · !(e) · -(e) · (e operator e) · (e ? e : e)
 *              template("…", $e, …) · function<type>(e, …) · (binding, …) => e; keys are names or JSON strings
 *
 * With `origins` each step ends with ` @ "pointer"`.
 */
export function printProgram(program: Program, options: { readonly origins?: boolean } = {}): string {
  const { expression, name, binding } = createExpressionPrinter();
  const lines: string[] = [];
  let indent = "";

  const line = (text: string): void => {
    lines.push(`${indent}${text}`);
  };
  const nest = (open: string, body: () => void, close = "}"): void => {
    line(`${open}{`);
    const outer = indent;
    indent += "  ";
    body();
    indent = outer;
    line(close);
  };
  /** Makes the closing line of one part the first line of the next: `} else {`. */
  const chain = (parts: readonly (() => void)[]): void => {
    for (const [index, part] of parts.entries()) {
      const last = index === 0 ? undefined : lines.pop();
      const start = lines.length;
      part();
      if (last !== undefined) lines[start] = `${last} ${(lines[start] ?? "").trimStart()}`;
    }
  };
  const quoted = (texts: readonly string[]): string => texts.map(quote).join(", ");
  const when = (test: Parameters<typeof expression>[0] | null): string =>
    test === null ? "" : ` when ${expression(test)}`;
  const result = (variable: Parameters<typeof binding>[0] | null): string =>
    variable === null ? "" : ` -> ${binding(variable)}`;

  const steps = (list: readonly Step[]): void => {
    for (const one of list) {
      const start = lines.length;
      step(one);
      if (options.origins && lines.length > start) lines[start] += ` @ ${quote(one.origin.pointer)}`;
    }
  };
  const region = (open: string, given: Region): void => {
    switch (given.kind) {
      case "sequence":
        return nest(open, () => steps(given.steps));
      case "jumps":
        return nest(`${open}jumps ${quote(given.entry)} `, () => [...given.blocks.values()].forEach(block));
      case "flow":
        return nest(`${open}flow `, () => {
          if (given.before !== undefined) nest("before ", () => steps(given.before ?? []));
          given.tasks.forEach(task);
          nest("after ", () => steps(given.after));
        });
      default:
        return given satisfies never;
    }
  };

  const block = ({ label, steps: list, end }: Block): void =>
    nest(`block ${quote(label)} `, () => {
      steps(list);
      terminator(end);
    });
  const terminator = (end: Terminator): void => {
    switch (end.kind) {
      case "jump":
        return line(`jump ${quote(end.to)}`);
      case "stop":
        return line("stop");
      case "branch":
        return nest("branch ", () => {
          for (const one of end.cases) line(`when ${expression(one.when)} jump ${quote(one.to)}`);
          line(`else jump ${quote(end.otherwise)}`);
        });
      case "attempt":
        return chain([
          () => nest("attempt ", () => steps(end.steps)),
          ...end.handlers.map((handler) => () => jumpHandler(handler)),
          () => line(`then jump ${quote(end.to)}`),
        ]);
      default:
        return end satisfies never;
    }
  };
  const jumpHandler = (handler: JumpHandler): void =>
    nest(`catch ${binding(handler.failure)}${when(handler.when)} `, () => {
      steps(handler.steps);
      line(`jump ${quote(handler.to)}`);
    });

  const task = ({ id, join, incoming, steps: list, choice }: Task): void =>
    nest(`task ${quote(id)} ${printJoin(join)} `, () => {
      for (const link of incoming) {
        const outcome = link.outcome === null ? "" : `.${quote(link.outcome)}`;
        nest(`link ${quote(link.from)}${outcome} `, () => steps(link.steps));
      }
      nest("do ", () => steps(list));
      taskChoice(choice);
    });
  const taskChoice = (choice: Choice): void => {
    switch (choice.kind) {
      case "all":
        return line("take all");
      case "cases":
        return nest("take ", () => {
          for (const one of choice.cases) line(`when ${expression(one.when)} ${quote(one.outcome)}`);
          line(`else ${quote(choice.otherwise)}`);
        });
      case "failure":
        line(`take ${quote(choice.ok)}`);
        for (const handler of choice.handlers) {
          nest(`catch ${binding(handler.failure)}${when(handler.when)} `, () => {
            steps(handler.steps);
            line(`take ${quote(handler.outcome)}`);
          });
        }
        return;
      default:
        return choice satisfies never;
    }
  };

  const retry = (rule: RetryRule): string => {
    const test = rule.when === null ? "" : `${rule.failure === null ? "" : binding(rule.failure)}${when(rule.when)}, `;
    const { retries, initialMs, multiplier, maxMs, jitter } = rule;
    return ` retry(${test}times ${retries}, initial ${initialMs}, multiplier ${multiplier}, max ${maxMs}, jitter ${jitter})`;
  };
  const limits = (of: Partial<Pick<CallStep, "timeoutMs" | "timeoutError" | "heartbeatMs" | "retry">>): string => {
    const error = of.timeoutError === undefined ? "" : ` ${quote(of.timeoutError)}`;
    const timeout = of.timeoutMs ? ` timeout ${expression(of.timeoutMs)}${error}` : "";
    const heartbeat = of.heartbeatMs ? ` heartbeat ${expression(of.heartbeatMs)}` : "";
    return `${timeout}${heartbeat}${(of.retry ?? []).map(retry).join("")}`;
  };
  const callee = ({ activity, builtin, template }: CallStep): string => {
    if (template) return `template ${quote(template.name)}`;
    return builtin ? `builtin ${quote(builtin)}` : `activity ${quote(activity)}`;
  };
  const after = (given: After): string => {
    if (given.kind === "all") return given.branches.length === 0 ? "" : `after all(${quoted(given.branches)}) `;
    const branches = given.branches.map((one) => `${quote(one.name)} ${expression(one.taken)}`);
    return `after ${given.count} of(${branches.join(", ")}) `;
  };

  const step = (given: Step): void => {
    switch (given.kind) {
      case "call": {
        const input = expression(given.input);
        const more = limits(given);
        return line(`call ${quote(given.step)} ${callee(given)} with ${input}${result(given.result)}${more}`);
      }
      case "assign": {
        const value = expression(given.value);
        return line(`${binding(given.variable)} = ${value}`);
      }
      case "evaluate":
        return line(`evaluate ${expression(given.value)}`);
      case "visit":
        return line(`visit ${quote(given.step)}`);
      case "skip":
        return line(`skip ${quoted(given.steps)}`);
      case "decide":
        return chain([
          ...given.cases.map(
            (one, index) => () => region(`${index === 0 ? "" : "else "}if ${expression(one.when)} `, one.then),
          ),
          ...(given.otherwise === null ? [] : [given.otherwise].map((last) => () => region("else ", last))),
        ]);
      case "fork":
        return nest("fork ", () => {
          for (const branch of given.branches)
            region(`branch ${quote(branch.name)} ${after(branch.after)}`, branch.body);
        });
      case "forEach": {
        const of = `of ${expression(given.items)}`;
        const concurrency = given.concurrency === null ? "" : ` concurrency ${expression(given.concurrency)}`;
        const variables = `${binding(given.item)}, ${binding(given.index)}`;
        return region(
          `forEach ${quote(given.step)} ${variables} ${of}${concurrency}${result(given.result)} `,
          given.body,
        );
      }
      case "loop":
        return region(
          `loop ${quote(given.label)} ${given.test === null ? "" : `while ${expression(given.test)} `}`,
          given.body,
        );
      case "block":
        return region(`block ${quote(given.label)} `, given.body);
      case "break":
      case "continue":
        return line(`${given.kind} ${quote(given.label)}`);
      case "try":
        return chain([
          () => region("try ", given.body),
          ...given.handlers.map(
            (handler) => () => region(`catch ${binding(handler.failure)}${when(handler.when)} `, handler.body),
          ),
          ...(given.finally === null ? [] : [given.finally].map((last) => () => region("finally ", last))),
        ]);
      case "wait": {
        const { until } = given;
        const time = until.kind === "duration" ? `for ${expression(until.ms)}` : `until ${expression(until.timestamp)}`;
        return line(`wait ${quote(given.step)} ${time}`);
      }
      case "receive":
        return line(
          `receive ${quote(given.step)} channel ${quote(given.channel)}${result(given.result)}${limits({ timeoutMs: given.timeoutMs })}`,
        );
      case "scope":
        return region(`scope ${quote(given.step)}${limits(given)} `, given.body);
      case "finish":
        return line(given.value === null ? "finish" : `finish ${expression(given.value)}`);
      case "fail":
        return line(`fail ${quote(given.step)} ${expression(given.error)}, ${expression(given.cause)}`);
      case "rethrow":
        return line(`rethrow ${name(given.failure)}`);
      default:
        return given satisfies never;
    }
  };

  nest(`workflow ${quote(program.name)} version ${quote(program.version)} `, () => {
    if (program.title !== "") line(`title ${quote(program.title)}`);
    if (program.description !== "") line(`description ${quote(program.description)}`);
    line(`input ${binding(program.inputVariable)}`);
    if (program.parametersVariable !== null) line(`parameters ${binding(program.parametersVariable)}`);
    line(`output ${printType(program.output)}`);
    for (const one of program.declarations) line(`type ${escapeText(one.name)} = ${printType(one.type)}`);
    for (const one of program.activities)
      line(`activity ${quote(one.name)}: ${printType(one.input)} -> ${printType(one.output)}`);
    for (const one of program.parameters) line(`parameter ${quote(one.name)}: ${printType(one.type)}`);
    region("body ", program.body);
  });
  return `${lines.join("\n")}\n`;
}

function printJoin(join: Join): string {
  return join.kind === "count" ? `count ${join.count}` : join.kind;
}
