import type { Expression, Variable } from "./expression.ts";
import { createExpressionPrinter } from "./print-expression.ts";
import { createNaming, printNumber, quote } from "./print-text.ts";
import { createTypePrinter } from "./print-type.ts";
import type {
  ActivityDeclaration,
  After,
  Block,
  CallStep,
  Choice,
  Completion,
  Join,
  JumpHandler,
  Program,
  RaceAlternative,
  Region,
  RetryRule,
  RuntimeForm,
  Step,
  Task,
  Template,
  Terminator,
} from "./program.ts";
import type { TypeDeclaration } from "./types.ts";

/**
 * The text form of a program: the same text for the same program, one step a line, in printable ASCII, from which
 * `parseProgram` makes the program again. Where a definition's text stands it is a JSON string ("…" below). In [brackets]:
 * left out where there is none; `*`: any number.
 *
 *   program    workflow "…" version "…" { [title "…"] [description "…"] shape* declared* template* input variable [of type]
 *                [about "…"] [parameters variable] output type [about "…"] (activity "…" [about "…"]: type -> type [told "…"])* (parameter "…": type)* (export "…")*
 *                body region }
 *   shape      shape #number = type: a type that is too long to stand where it is used
 *   declared   [unlisted] type name [about "…"] = type; unlisted: referred to but not among the program's declarations
 *   template   template "…": type -> type = "body"
 *   region     { step* }
 *              jumps strict? "entry" { (block "label" { step* end })* }
 *              flow { [before { step* }] (task "id" [called "…"] [hidden] join { link* do { step* } choice })* after { step* } }
 *   end        jump "label" · branch { (when expression jump "label")* else jump "label" } · stop
 *              attempt { step* } (catch variable [when expression] { step* jump "label" })* then jump "label"
 *   join       all · any · first · count number
 *   link       link "task"[."outcome"] { step* }
 *   choice     take all · take { (when expression "outcome")* else "outcome" }
 *              take "outcome" (catch variable [when expression] { step* take "outcome" })*
 *   step       [about "…"] and one of
 *              variable = expression · evaluate expression · visit "…" · enter "…" · skip "…", …
 *              call "step" callee with expression [form] [credentials expression] [-> variable] limits
 *              if expression region (else if expression region)* [else region]
 *              fork { (branch "…" [after all("…", …) | after number of("…" expression, …)] region)* }
 *              forEach "step" variable, variable of expression [concurrency expression] [form] [completion] [-> variable] region
 *              loop "label" [while expression] region · block "label" region · break "label" · continue "label"
 *              try region (catch variable [when expression] region)* [finally region]
 *              wait "step" for | until expression · receive [transient] "step" channel "…" [-> variable] [timeout e]
 *              race "step" [-> variable] { ("port" channel "…" | "port" for expression | "port" until expression)* }
 *              lock "…" region · cancellable "…" region · cancel | complete | reach | renew "…", … · settle
 *              terminate "step" [expression] · scope "step" limits region · finish [expression]
 *              fail "step" expression, expression · rethrow variable
 *   completion completion(variable [count expression] [until expression] [channel "…"] [cancel] [completable])
 *   form       by "function" [of expression]
 *   callee     activity "…" · self of "activity" · builtin "function" [of "activity"] · template "name" [of "activity"]
 *   limits     [timeout expression] [error "…"] [heartbeat expression] (retry([variable] [when expression] times n, initial
 *                ms, multiplier n, max ms, jitter n | full))*
 *   variable   %name, or %"name"; and `: type` where the text has it first
 *   expression JSON values · [e, …] · {key: e, …} · variable · e.key · e?.key · !(e) · -(e) · (e operator e) · (e ? e : e)
 *              template("text" | e, …), where a literal string as e is ("…") · function<type>([scope,] e, …)
 *              (variable, …) => e · (e as type), where its type is not the one that `naturalType` finds
 *   type       unknown · never · null · boolean · integer · number · string · string("format") · literals · type[]
 *              [type, … ...type[]] · { key[?]: type [about "…"]; … [key: string]: type } · type | type · name · #number
 *
 * Keys are names or JSON strings. A name of a declared type that is no plain one is #"name". Others of the same name have
 * .2, .3 … behind it: %name.2. With `origins` each step ends its first line with ` @ "pointer"`.
 */
export function printProgram(program: Program, options: { readonly origins?: boolean } = {}): string {
  const types = createTypePrinter();
  const { expression, variable } = createExpressionPrinter(types);
  const templateName = createNaming<Template>(({ name }) => quote(name));
  const templates = new Map<Template, string>();
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
  const when = (test: Expression | null): string => (test === null ? "" : ` when ${expression(test)}`);
  const result = (given: Variable | null): string => (given === null ? "" : ` -> ${variable(given)}`);

  const steps = (list: readonly Step[]): void => {
    for (const one of list) {
      const start = lines.length;
      step(one);
      if (one.comment !== undefined && lines.length > start)
        lines[start] = `${indent}about ${quote(one.comment)} ${(lines[start] ?? "").trimStart()}`;
      if (options.origins && lines.length > start) lines[start] += ` @ ${quote(one.origin.pointer)}`;
    }
  };
  const region = (open: string, given: Region): void => {
    switch (given.kind) {
      case "sequence":
        return nest(open, () => steps(given.steps));
      case "jumps":
        return nest(`${open}jumps ${given.isStrict ? "strict " : ""}${quote(given.entry)} `, () =>
          [...given.blocks.values()].forEach(block),
        );
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
    nest(`catch ${variable(handler.failure)}${when(handler.when)} `, () => {
      steps(handler.steps);
      line(`jump ${quote(handler.to)}`);
    });

  const task = ({ id, join, incoming, steps: list, choice, name, isHidden }: Task): void =>
    nest(
      `task ${quote(id)} ${name === undefined ? "" : `called ${quote(name)} `}${isHidden ? "hidden " : ""}${printJoin(join)} `,
      () => {
        for (const link of incoming) {
          const outcome = link.outcome === null ? "" : `.${quote(link.outcome)}`;
          nest(`link ${quote(link.from)}${outcome} `, () => steps(link.steps));
        }
        nest("do ", () => steps(list));
        taskChoice(choice);
      },
    );
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
          nest(`catch ${variable(handler.failure)}${when(handler.when)} `, () => {
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
    const test = `${rule.failure === null ? "" : variable(rule.failure)}${when(rule.when)}`.trimStart();
    const [retries, initial, multiplier, max] = [rule.retries, rule.initialMs, rule.multiplier, rule.maxMs].map(
      printNumber,
    );
    const jitter = rule.jitter === "full" ? "full" : printNumber(rule.jitter);
    const pace = `times ${retries}, initial ${initial}, multiplier ${multiplier}, max ${max}, jitter ${jitter}`;
    const given = (rule.given ?? []).map(({ name, value }) => `, given ${quote(name)} ${expression(value, "limit")}`);
    return ` retry(${test === "" ? "" : `${test} `}${pace}${given.join("")})`;
  };
  const limits = (of: Partial<Pick<CallStep, "timeoutMs" | "timeoutError" | "heartbeatMs" | "retry">>): string => {
    const timeout = of.timeoutMs ? ` timeout ${expression(of.timeoutMs, "limit")}` : "";
    const error = of.timeoutError === undefined ? "" : ` error ${quote(of.timeoutError)}`;
    const heartbeat = of.heartbeatMs ? ` heartbeat ${expression(of.heartbeatMs, "limit")}` : "";
    return `${timeout}${error}${heartbeat}${(of.retry ?? []).map(retry).join("")}`;
  };
  const reference = (template: Template): string => {
    const name = templateName(template);
    if (!templates.has(template)) {
      const signature = `${types.type(template.input)} -> ${types.type(template.output)}`;
      templates.set(template, `template ${name}: ${signature} = ${quote(template.body)}`);
    }
    return name;
  };
  const form = (by: RuntimeForm | undefined): string =>
    by === undefined ? "" : ` by ${quote(by.fn)}${by.more === null ? "" : ` of ${expression(by.more)}`}`;
  const callee = ({ activity, builtin, template, isSelf }: CallStep): string => {
    if (isSelf) return `self of ${quote(activity)}`;
    const of = activity === "" ? "" : ` of ${quote(activity)}`;
    if (template) return `template ${reference(template)}${of}`;
    return builtin ? `builtin ${quote(builtin)}${of}` : `activity ${quote(activity)}`;
  };
  const after = (given: After): string => {
    if (given.kind === "all") return given.branches.length === 0 ? "" : `after all(${quoted(given.branches)}) `;
    const branches = given.branches.map((one) => `${quote(one.name)} ${expression(one.taken)}`);
    return `after ${printNumber(given.count)} of(${branches.join(", ")}) `;
  };

  const completion = (given: Completion | undefined): string => {
    if (given === undefined) return "";
    // The type stands where the variable does first.
    const results = variable(given.results);
    const count = given.count === null ? "" : `count ${expression(given.count, "limit")} `;
    const until = given.until === null ? "" : `until ${expression(given.until)} `;
    const channel = given.channel === null ? "" : `channel ${quote(given.channel)} `;
    const flags = `${given.cancelsRest ? "cancel " : ""}${given.isCompletable ? "completable " : ""}`;
    return ` completion(${`${results} ${count}${until}${channel}${flags}`.trimEnd()})`;
  };
  const raceEvent = (event: RaceAlternative["event"]): string => {
    if (event.kind === "message") return `channel ${quote(event.channel)}`;
    return event.kind === "duration" ? `for ${expression(event.ms, "limit")}` : `until ${expression(event.timestamp)}`;
  };

  const step = (given: Step): void => {
    switch (given.kind) {
      case "call": {
        const input = expression(given.input);
        const credentials = given.credentials === undefined ? "" : ` credentials ${expression(given.credentials)}`;
        return line(
          `call ${quote(given.step)} ${callee(given)} with ${input}${form(given.by)}${credentials}${result(given.result)}${limits(given)}`,
        );
      }
      case "assign":
        return line(`${variable(given.variable)} = ${expression(given.value)}`);
      case "evaluate":
        return line(`evaluate ${expression(given.value)}`);
      case "visit":
        return line(`${given.isSilent ? "enter" : "visit"} ${quote(given.step)}`);
      case "skip":
        return line(`skip ${quoted(given.steps)}`.trimEnd());
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
        const variables = `${variable(given.item)}, ${variable(given.index)}`;
        const of = `of ${expression(given.items)}`;
        const concurrency = given.concurrency === null ? "" : ` concurrency ${expression(given.concurrency, "limit")}`;
        return region(
          `forEach ${quote(given.step)} ${variables} ${of}${concurrency}${form(given.by)}${completion(given.completion)}${result(given.result)} `,
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
            (handler) => () => region(`catch ${variable(handler.failure)}${when(handler.when)} `, handler.body),
          ),
          ...(given.finally === null ? [] : [given.finally].map((last) => () => region("finally ", last))),
        ]);
      case "wait": {
        const { until } = given;
        const time =
          until.kind === "duration" ? `for ${expression(until.ms, "limit")}` : `until ${expression(until.timestamp)}`;
        return line(`wait ${quote(given.step)} ${time}`);
      }
      case "race":
        return nest(`race ${quote(given.step)}${result(given.result)} `, () => {
          for (const { port, event } of given.alternatives) line(`${quote(port)} ${raceEvent(event)}`);
        });
      case "lock":
      case "cancellable":
        return region(`${given.kind} ${quote(given.name)} `, given.body);
      case "control":
        return line(`${given.action} ${quoted(given.names)}`.trimEnd());
      case "terminate":
        return line(`terminate ${quote(given.step)}${given.value === null ? "" : ` ${expression(given.value)}`}`);
      case "receive":
        return line(
          `receive ${given.isTransient ? "transient " : ""}${quote(given.step)} channel ${quote(given.channel)}${result(given.result)}${limits({ timeoutMs: given.timeoutMs })}`,
        );
      case "scope":
        return region(`scope ${quote(given.step)}${limits(given)} `, given.body);
      case "finish":
        return line(given.value === null ? "finish" : `finish ${expression(given.value)}`);
      case "fail":
        return line(`fail ${quote(given.step)} ${expression(given.error)}, ${expression(given.cause)}`);
      case "rethrow":
        return line(`rethrow ${variable(given.failure)}`);
      default:
        return given satisfies never;
    }
  };

  const declared = (one: TypeDeclaration): string =>
    `type ${types.declaration(one)}${types.about(one.description)} = ${types.type(one.type)}`;
  const signature = (one: ActivityDeclaration): string => `${types.type(one.input)} -> ${types.type(one.output)}`;
  /** A declaration may be met first in another one that is unlisted: sets grow as they are read. */
  const unlisted = (): string[] => {
    const texts: string[] = [];
    for (const one of types.declarations)
      if (!program.declarations.includes(one)) texts.push(`unlisted ${declared(one)}`);
    return texts;
  };

  nest(`workflow ${quote(program.name)} version ${quote(program.version)} `, () => {
    if (program.title !== "") line(`title ${quote(program.title)}`);
    if (program.description !== "") line(`description ${quote(program.description)}`);
    const top = lines.length;
    const listed = program.declarations.map(declared);
    const { inputVariable, input } = program;
    const of = types.type(inputVariable.type) === types.type(input) ? "" : ` of ${types.type(input)}`;
    line(`input ${variable(inputVariable)}${of}${types.about(program.inputDescription)}`);
    if (program.parametersVariable !== null) line(`parameters ${variable(program.parametersVariable)}`);
    line(`output ${types.type(program.output)}${types.about(program.outputDescription)}`);
    for (const one of program.activities)
      line(
        `activity ${quote(one.name)}${types.about(one.description)}: ${signature(one)}${one.context === undefined ? "" : ` told ${quote(one.context)}`}`,
      );
    for (const one of program.parameters) line(`parameter ${quote(one.name)}: ${types.type(one.type)}`);
    for (const name of program.exports ?? []) line(`export ${quote(name)}`);
    region("body ", program.body);
    const named = [...listed, ...unlisted()];
    lines.splice(top, 0, ...[...types.shapes, ...named, ...templates.values()].map((text) => `${indent}${text}`));
  });
  return `${lines.join("\n")}\n`;
}

function printJoin(join: Join): string {
  return join.kind === "count" ? `count ${printNumber(join.count)}` : join.kind;
}
