import type { Variable } from "../../server/ir/expression.ts";
import type { Program, Template } from "../../server/ir/program.ts";
import { boolean, integer, number, string, type Type, type TypeDeclaration, unknown } from "../../server/ir/types.ts";
import {
  assign,
  attempt,
  binary,
  block,
  bound,
  branch,
  build,
  call,
  callFn,
  choose,
  decide,
  fail,
  failureType,
  finish,
  forEach,
  fork,
  items,
  jump,
  lambda,
  list,
  literal,
  local,
  loop,
  map,
  not,
  object,
  oneOf,
  orNull,
  program,
  read,
  scope,
  seq,
  skip,
  template,
  visit,
  wait,
} from "./build.ts";

/** Programs whose modules are kept in `goldens/`: each shows one thing that emit has to get right. */
export const programs: ReadonlyMap<string, () => Program> = new Map([
  ["order", order],
  ["branches-return", branchesReturn],
  ["branches-wait", branchesWait],
  ["many-branches", manyBranches],
  ["loops", loops],
  ["handlers", handlers],
  ["for-each", forEachTurns],
  ["containers", containers],
  ["declarations", declarations],
  ["expressions", expressions],
  ["comparisons", comparisons],
  ["hostile", hostile],
  ["templates", templates],
  ["parameters", parameters],
  ["waits", waits],
  ["types", typesOfAll],
  ["empty", empty],
  ["deep", deep],
]);

function inputOf(members: Readonly<Record<string, Type>>, optional: readonly string[] = []): Variable {
  return { name: "input", type: object(members, optional), role: "input" };
}

const receipt = object({ id: string, total: number });

function order(): Program {
  const input = inputOf({ customer: string, total: number, lines: list(object({ sku: string, quantity: integer })) });
  const charge = local("charge", receipt);
  const review = local("review", object({ approved: boolean }));
  const failure = bound("failure", failureType);
  const when = callFn("isIn", boolean, read(failure, "name"), items(literal("Payments.Busy"), literal("Timeout")));
  return program(
    input,
    object({ receipt: string, state: oneOf("paid", "rejected") }),
    {
      "payments.charge": [object({ amount: number, currency: string, lines: unknown }), receipt],
      "review-order": [object({ receipt: string }), object({ approved: boolean })],
      notify: [object({ text: string }), unknown],
    },
    seq(
      call(
        "charge",
        "payments.charge",
        build({
          amount: binary(read(input, "total"), "*", literal(1.2)),
          currency: literal("EUR"),
          lines: read(input, "lines"),
        }),
        charge,
        {
          timeoutMs: literal(30_000),
          retry: [
            { failure, when, retries: 2, initialMs: 100, multiplier: 2, maxMs: 30_000, jitter: 0.2 },
            {
              failure: null,
              when: null,
              retries: 1,
              initialMs: 1_000,
              multiplier: 1,
              maxMs: Number.POSITIVE_INFINITY,
              jitter: "full",
            },
          ],
        },
      ),
      visit("decide"),
      decide(
        [
          [
            binary(read(charge, "total"), ">", literal(100)),
            seq(
              call("review", "review-order", build({ receipt: read(charge, "id") }), review),
              decide([
                [
                  not(read(review, "approved")),
                  seq(finish(build({ receipt: read(charge, "id"), state: literal("rejected") }))),
                ],
              ]),
            ),
          ],
        ],
        seq(skip("review")),
      ),
      call("notify", "notify", build({ text: template("Order of ", read(input, "customer"), " is paid.") })),
      finish(build({ receipt: read(charge, "id"), state: literal("paid") })),
    ),
    {
      name: "order-fulfilment",
      version: "1.2.0",
      title: "Order fulfilment",
      description: "Charges the customer, has large orders reviewed,\nand tells the customer.",
    },
  );
}

function branchesReturn(): Program {
  const input = inputOf({ id: string });
  const stock = local("stock", object({ free: integer }));
  const price = local("price", object({ amount: number, currency: string }));
  const rate = local("rate", number);
  const rounded = local("rounded", number);
  const inner = local("inner", integer);
  const activity = (gives: Type): readonly [Type, Type] => [object({ id: string }), gives];
  const id = (): ReturnType<typeof build> => build({ id: read(input, "id") });
  return program(
    input,
    object({ free: integer, amount: number, inner: integer }),
    {
      stock: activity(stock.type),
      price: activity(price.type),
      rate: activity(number),
      log: activity(unknown),
      nested: activity(integer),
    },
    seq(
      fork(
        branch("stock", seq(call("stock", "stock", id(), stock))),
        branch("log", seq(call("log", "log", id()))),
        branch(
          "price",
          seq(
            call("price", "price", id(), price),
            call("rate", "rate", id(), rate),
            decide(
              [[binary(read(rate), ">", literal(1)), seq(assign(rounded, read(rate)))]],
              seq(assign(rounded, literal(1))),
            ),
          ),
        ),
      ),
      fork(
        branch("only-log", seq(call("log again", "log", id()))),
        branch(
          "outer",
          seq(
            fork(
              branch("a", seq(call("nested", "nested", id(), inner))),
              branch("b", seq(call("log once more", "log", id()))),
            ),
          ),
        ),
      ),
      finish(
        build({
          free: read(stock, "free"),
          amount: binary(read(price, "amount"), "*", read(rounded)),
          inner: read(inner),
        }),
      ),
    ),
  );
}

function branchesWait(): Program {
  const input = inputOf({ id: string });
  const packed = local("packed", object({ box: string }));
  const paid = local("paid", boolean);
  const late = local("is late", boolean);
  const shipped = local("shipped", object({ tracking: string }));
  const id = (): ReturnType<typeof build> => build({ id: read(input, "id") });
  const activity = (gives: Type): readonly [Type, Type] => [object({ id: string }), gives];
  return program(
    input,
    object({ tracking: string, late: boolean }),
    {
      pack: activity(packed.type),
      pay: activity(boolean),
      ship: [object({ box: string }), shipped.type],
      invoice: activity(unknown),
      mail: activity(unknown),
    },
    seq(
      assign(late, literal(false)),
      fork(
        branch("ship it", seq(call("ship", "ship", build({ box: read(packed, "box") }), shipped)), ["pack", "pay"]),
        branch("pack", seq(call("pack", "pack", id(), packed))),
        branch(
          "pay",
          seq(call("pay", "pay", id(), paid), decide([[not(read(paid)), seq(finish())]]), assign(late, literal(true))),
        ),
        branch("invoice", seq(call("invoice", "invoice", id())), ["pay"]),
        branch("mail", seq(call("mail", "mail", id())), {
          kind: "count",
          count: 1,
          branches: [
            { name: "pack", taken: literal(true) },
            { name: "pay", taken: read(late) },
          ],
        }),
      ),
      finish(build({ tracking: read(shipped, "tracking"), late: read(late) })),
    ),
  );
}

function manyBranches(): Program {
  const input = inputOf({ id: string });
  const results = Array.from({ length: 6 }, (_, index) => local(`result ${index}`, integer));
  const id = (): ReturnType<typeof build> => build({ id: read(input, "id") });
  return program(
    input,
    list(integer),
    { count: [object({ id: string }), integer] },
    seq(
      fork(
        ...results.map((result, index) => branch(`count ${index}`, seq(call(`count ${index}`, "count", id(), result)))),
      ),
      fork(...results.map((_, index) => branch(`again ${index}`, seq(call(`again ${index}`, "count", id()))))),
      finish(items(...results.map((result) => read(result)))),
    ),
  );
}

function loops(): Program {
  const input = inputOf({ job: string });
  const status = local("status", object({ state: oneOf("running", "done", "failed"), progress: integer }));
  const turn = local("turn", integer);
  const last = local("last", integer);
  return program(
    input,
    object({ turns: integer, last: integer }),
    { "jobs.status": [object({ job: string }), status.type] },
    seq(
      assign(turn, literal(0)),
      loop(
        "poll",
        null,
        seq(
          wait("pause", literal(10_000)),
          call("look", "jobs.status", build({ job: read(input, "job") }), status),
          assign(turn, binary(read(turn), "+", literal(1))),
          decide([
            [binary(read(status, "state"), "===", literal("done")), seq(jump("break", "poll"))],
            [
              binary(read(status, "state"), "===", literal("failed")),
              seq(
                fail(
                  "give up",
                  literal("JobFailed"),
                  template("at ", callFn("toText", string, read(status, "progress"))),
                ),
              ),
            ],
          ]),
          loop(
            "inner",
            binary(read(turn), ">", literal(3)),
            seq(decide([[binary(read(turn), ">", literal(5)), seq(jump("break", "poll"))]]), jump("continue", "poll")),
          ),
          assign(last, read(status, "progress")),
        ),
      ),
      block(
        "skip the rest",
        seq(decide([[binary(read(turn), "===", literal(1)), seq(jump("break", "skip the rest"))]]), visit("rest")),
      ),
      finish(build({ turns: read(turn), last: read(last) })),
    ),
  );
}

function handlers(): Program {
  const input = inputOf({ id: string });
  const failure = bound("failure", failureType);
  const other = bound("problem", failureType);
  const value = local("value", string);
  const caughtPort = local("caught port", failureType);
  const busy = (of: Variable): ReturnType<typeof binary> => binary(read(of, "name"), "===", literal("Busy"));
  return program(
    input,
    object({ value: string, port: failureType }),
    { fetch: [object({ id: string }), string], undo: [object({ id: string }), unknown] },
    seq(
      attempt(seq(call("fetch", "fetch", build({ id: read(input, "id") }), value)), [
        { failure, when: busy(failure), body: seq(assign(value, literal("busy"))) },
        { failure: other, when: null, body: seq(assign(value, read(other, "message"))) },
      ]),
      attempt(
        seq(call("fetch again", "fetch", build({ id: read(value) }))),
        [{ failure, when: busy(failure), body: seq(call("undo", "undo", build({ id: read(value) }))) }],
        seq(visit("always")),
      ),
      attempt(seq(call("third", "fetch", build({ id: read(value) }))), [
        { failure, when: null, body: seq(skip("nothing")) },
      ]),
      attempt(
        seq(call("fourth", "fetch", build({ id: read(value) })), fail("stop", literal("Stop"), literal("on purpose"))),
        [
          { failure, when: busy(failure), body: seq({ kind: "rethrow", failure, origin: visit("x").origin }) },
          { failure: other, when: null, body: seq(assign(caughtPort, read(other))) },
        ],
      ),
      finish(build({ value: read(value), port: read(caughtPort) })),
    ),
  );
}

function forEachTurns(): Program {
  const line = object({ sku: string, quantity: integer });
  const input = inputOf({ lines: list(line) });
  const item = bound("line", line);
  const index = bound("index", integer);
  const packed = local("packed", list(object({ sku: string, state: oneOf("packed", "missing") })));
  const found = local("found", boolean);
  const positions = local("positions", list(integer));
  return program(
    input,
    object({ packed: packed.type, positions: list(integer) }),
    { find: [line, boolean], tell: [object({ sku: string }), unknown] },
    seq(
      forEach(
        "pack",
        read(input, "lines"),
        item,
        index,
        seq(
          call("find", "find", read(item), found),
          decide([[read(found), seq(finish(build({ sku: read(item, "sku"), state: literal("packed") })))]]),
          finish(build({ sku: read(item, "sku"), state: literal("missing") })),
        ),
        packed,
        literal(4),
      ),
      forEach(
        "tell",
        read(input, "lines"),
        item,
        index,
        seq(call("tell one", "tell", build({ sku: read(item, "sku") }))),
        null,
        literal(1),
      ),
      forEach(
        "number",
        read(input, "lines"),
        item,
        index,
        seq(finish(binary(read(index), "+", literal(1)))),
        positions,
      ),
      finish(build({ packed: read(packed), positions: read(positions) })),
    ),
  );
}

function containers(): Program {
  const input = inputOf({ id: string });
  const first = local("first", integer);
  const second = local("second", integer);
  const third = local("third", integer);
  const count = (step: string, result: Variable): ReturnType<typeof call> =>
    call(step, "count", build({ id: read(input, "id") }), result);
  return program(
    input,
    integer,
    { count: [object({ id: string }), integer] },
    seq(
      scope("both", seq(count("one", first), count("two", second)), literal(60_000)),
      scope("alone", seq(count("three", third), decide([[binary(read(third), "<", literal(0)), seq(finish())]]))),
      finish(binary(binary(read(first), "+", read(second)), "+", read(third))),
    ),
  );
}

function declarations(): Program {
  const input = inputOf({ kind: oneOf("a", "b"), value: integer, note: string }, ["note"]);
  const early = local("early", object({ total: integer }));
  const either = local("either", string);
  const maybe = local("maybe", string);
  const unused = local("unused", integer);
  const onlyForUnused = local("only for unused", integer);
  const carried = local("carried", integer);
  const turn = local("turn", integer);
  const constant = local("constant", object({ mode: oneOf("fast", "slow"), list: list(string) }));
  return program(
    input,
    object({ either: string, maybe: string, carried: integer, mode: oneOf("fast", "slow"), total: integer }),
    { get: [object({ value: integer }), integer], log: [unknown, unknown] },
    seq(
      assign(early, build({ total: binary(read(input, "value"), "+", literal(1)) })),
      assign(onlyForUnused, read(input, "value")),
      assign(unused, read(onlyForUnused)),
      assign(constant, {
        ...build({ mode: literal("fast"), list: { ...items(), type: list(string) } }),
        type: constant.type,
      }),
      decide(
        [[binary(read(input, "kind"), "===", literal("a")), seq(assign(either, literal("is a")))]],
        seq(assign(either, literal("is b"))),
      ),
      decide([[binary(read(input, "value"), ">", literal(1)), seq(assign(maybe, literal("set")))]]),
      assign(turn, literal(0)),
      loop(
        "again",
        binary(read(turn), "<", literal(3)),
        seq(
          decide([[binary(read(turn), ">", literal(0)), seq(call("log", "log", read(carried)))]]),
          call("get", "get", build({ value: read(turn) }), carried),
          assign(turn, binary(read(turn), "+", literal(1))),
        ),
      ),
      call("log constant", "log", read(constant)),
      finish(
        build({
          either: read(either),
          maybe: read(maybe),
          carried: read(carried),
          mode: read(constant, "mode"),
          total: read(early, "total"),
        }),
      ),
      visit("never reached"),
    ),
  );
}

function expressions(): Program {
  const address = object({ street: string, "post-code": string });
  const input = inputOf(
    {
      a: integer,
      b: integer,
      flag: boolean,
      other: boolean,
      text: string,
      names: list(string),
      address,
      note: string,
      nick: orNull(string),
      far: object({ off: object({ place: address }) }),
    },
    ["note"],
  );
  const item = bound("item", string);
  const i = (...path: readonly string[]): ReturnType<typeof read> => read(input, ...path);
  const numbers = [0, -0, 1, -1.5, 1e21, 1e-7, 123_456_789, 5e-324];
  return program(
    input,
    unknown,
    { use: [unknown, unknown] },
    seq(
      call(
        "arithmetic",
        "use",
        items(
          binary(i("a"), "-", binary(i("b"), "-", literal(1))),
          binary(binary(i("a"), "+", i("b")), "*", literal(2)),
          binary(i("a"), "+", binary(i("b"), "*", literal(2))),
          {
            kind: "unary",
            operator: "-",
            operand: { kind: "unary", operator: "-", operand: i("a"), type: integer, origin: i().origin },
            type: integer,
            origin: i().origin,
          },
          binary(i("a"), "-", literal(-1)),
        ),
      ),
      call(
        "logic",
        "use",
        items(
          binary(i("flag"), "&&", binary(i("other"), "||", i("flag"))),
          binary(binary(i("flag"), "&&", i("other")), "||", binary(i("other"), "&&", not(i("flag")))),
          not(binary(i("flag"), "||", i("other"))),
          binary(i("flag"), "||", binary(i("other"), "||", binary(i("a"), ">", i("b")))),
          binary(i("nick"), "??", binary(i("note"), "??", literal("nobody"))),
          choose(i("flag"), i("a"), choose(binary(i("a"), ">", i("b")), i("b"), literal(0))),
        ),
      ),
      call("numbers", "use", items(...numbers.map(literal))),
      call(
        "members",
        "use",
        build({
          "post-code": i("address", "post-code"),
          street: i("far", "off", "place", "street"),
          "far-code": i("far", "off", "place", "post-code"),
        }),
      ),
      call(
        "functions",
        "use",
        callFn(
          "mapList",
          list(string),
          callFn("filterList", list(string), i("names"), lambda([item], binary(read(item), "!==", i("text")))),
          lambda([item], template("<", read(item), ">")),
        ),
      ),
      call(
        "texts",
        "use",
        items(
          template("a ", i("text"), " `${b}` \\ ", literal("constant"), "\n"),
          literal('say "hi"'),
          literal(`it's "both"`),
          literal("back\\slash"),
          literal("x".repeat(120)),
        ),
      ),
      call(
        "long condition",
        "use",
        choose(
          binary(
            binary(i("address", "street"), "===", literal("a rather long name of a street")),
            "&&",
            binary(i("far", "off", "place", "street"), "!==", i("text")),
          ),
          build({
            first: literal("the first value of this object"),
            second: literal("the second value of this object"),
          }),
          build({ first: literal("neither"), second: literal("nor") }),
        ),
      ),
      { kind: "evaluate", value: callFn("toInteger", integer, i("text")), origin: i().origin },
      { kind: "evaluate", value: items(callFn("toInteger", integer, i("text"))), origin: i().origin },
      finish(literal(null)),
    ),
  );
}

function comparisons(): Program {
  const input = inputOf({ status: oneOf("open", "closed"), text: string });
  const fixed = local("fixed", string);
  const is = (value: string): ReturnType<typeof binary> => binary(read(input, "status"), "===", literal(value));
  const isText = (value: string): ReturnType<typeof binary> => binary(read(input, "text"), "===", literal(value));
  const note = (step: string): ReturnType<typeof seq> => seq(visit(step));
  return program(
    input,
    unknown,
    {},
    seq(
      assign(fixed, literal("one")),
      decide([[binary(read(fixed), "===", literal("two")), note("a constant that never holds")]]),
      decide([[is("lost"), note("a value that the type lacks")]]),
      decide([[binary(literal("x"), "===", literal("y")), note("two constants")]]),
      decide([[is("open"), seq(decide([[is("closed"), note("the opposite inside")]]))]]),
      decide([[isText("a"), seq(decide([[binary(isText("b"), "||", isText("a")), note("narrowed text")]]))]]),
      decide([
        [is("open"), note("either")],
        [is("open"), note("the same again")],
      ]),
      decide([[binary(is("open"), "||", is("closed")), note("both are possible")]]),
      decide([[is("open"), seq(finish(literal("open")))]]),
      decide([[is("open"), note("has left already")]]),
      finish(literal("closed")),
    ),
  );
}

function hostile(): Program {
  const text = "'\"`${x}*/ // \\ \u2028 \u202e evil \u0000 \ud800 </script> 😀 e\u0301 日本";
  const names = [
    "class",
    "constructor",
    "__proto__",
    "call",
    "scope",
    "",
    "a b",
    "1st",
    "日本",
    text,
    "await",
    "input",
    "Promise",
    "a-b",
    "größe",
    "ᎠᎡ",
  ];
  const input = inputOf(Object.fromEntries(names.map((name) => [name === "__proto__" ? "proto" : name, string])));
  const variables = names.map((name) => local(name, string));
  return program(
    input,
    {
      kind: "object",
      members: new Map(
        names.map((name) => [name, { type: string, required: true, description: `${name} */ ${text}\n@ts-ignore` }]),
      ),
      additional: null,
    },
    Object.fromEntries(["new", "constructor", "a.b", text, "class"].map((name) => [name, [string, string] as const])),
    seq(
      ...variables.map((variable, index) =>
        call(
          names[index] ?? "",
          ["new", "constructor", "a.b", text, "class"][index % 5] ?? "",
          literal(text),
          variable,
        ),
      ),
      loop("class", literal(true), seq(loop("while", literal(true), seq(jump("break", "class"))))),
      finish({
        kind: "object",
        members: names.map((key, index) => ({ key, value: read(variables[index] ?? input) })),
        type: unknown,
        origin: visit("").origin,
      }),
    ),
    {
      name: text,
      version: "*/ 1\n@ts-nocheck",
      title: `@ts-ignore ${text}`,
      description: `*/ export default 1; /*\n${text}`,
    },
  );
}

function templates(): Program {
  const input = inputOf({ name: string });
  const shout: Template = {
    name: "text.shout",
    input: object({ text: string }),
    output: string,
    body: "return input.text.toUpperCase();",
  };
  const fixed: Template = {
    name: "text.fixed",
    input: object({ text: string }),
    output: string,
    body: "const answer: string = `42`;\nreturn context.step + answer;",
  };
  const a = local("a", string);
  const b = local("b", string);
  const response = local("response", object({ status: integer, headers: map(string), body: unknown }));
  return program(
    input,
    object({ a: string, b: string, status: integer }),
    {},
    seq(
      call("first", "text.shout", build({ text: read(input, "name") }), a, { template: shout }),
      call("second", "text.shout", build({ text: read(a) }), a, { template: shout }),
      call("third", "text.fixed", build({ text: read(a) }), b, { template: fixed }),
      call(
        "fetch",
        "http.request",
        build({ url: template("https://example.com/", read(input, "name")), method: literal("GET") }),
        response,
        { builtin: "httpRequest", timeoutMs: literal(5_000) },
      ),
      finish(build({ a: read(a), b: read(b), status: read(response, "status") })),
    ),
  );
}

function parameters(): Program {
  const input: Variable = { name: "input", type: unknown, role: "input" };
  const type = object({ TableName: string, "Retry-Count": integer });
  const all: Variable = { name: "parameters", type, role: "parameters" };
  const at = visit("x").origin;
  return program(
    input,
    unknown,
    { "dynamodb:putItem": [object({ TableName: string }), unknown] },
    seq(
      call("Put", "dynamodb:putItem", build({ TableName: read(all, "TableName") }), null, {
        heartbeatMs: literal(5_000),
        timeoutMs: read(all, "Retry-Count"),
        timeoutError: "States.Timeout",
      }),
      finish(read(input)),
    ),
    {
      parameters: [
        { name: "TableName", type: string, origin: at },
        { name: "Retry-Count", type: integer, origin: at },
      ],
      parametersVariable: all,
    },
  );
}

function waits(): Program {
  const input = inputOf({ until: string, seconds: integer });
  const message = local("message", object({ approved: boolean }));
  return program(
    input,
    object({ approved: boolean }),
    {},
    seq(
      wait("short", literal(500)),
      wait("long", literal(86_400_000)),
      wait("computed", binary(read(input, "seconds"), "*", literal(1000))),
      {
        kind: "wait",
        step: "until",
        until: { kind: "timestamp", timestamp: read(input, "until") },
        origin: visit("x").origin,
      },
      {
        kind: "receive",
        step: "approval",
        channel: "approvals",
        result: message,
        timeoutMs: literal(3_600_000),
        origin: visit("x").origin,
      },
      finish(build({ approved: read(message, "approved") })),
    ),
  );
}

function typesOfAll(): Program {
  const node: TypeDeclaration = { name: "tree-node", description: "A node of a tree.", type: unknown };
  const named: Type = { kind: "named", declaration: node };
  node.type = object({ value: number, children: list(named), parent: orNull(named) }, ["parent"]);
  const color: TypeDeclaration = {
    name: "Color",
    type: oneOf("red", "green", "blue", "a very long name of a color", "another very long name of a color"),
  };
  const type: Type = {
    kind: "object",
    members: new Map<string, { type: Type; required: boolean; description?: string }>([
      ["tree", { type: named, required: true, description: "The whole tree." }],
      ["color", { type: { kind: "named", declaration: color }, required: false }],
      ["pair", { type: { kind: "tuple", elements: [string, integer], rest: null }, required: true }],
      ["many", { type: { kind: "tuple", elements: [string], rest: oneOf(1, -2) }, required: true }],
      ["counts", { type: map(integer), required: true }],
      ["anything", { type: map(unknown), required: true }],
      ["nothing", { type: object({}), required: true }],
      [
        "mixed",
        { type: list({ kind: "union", of: [string, integer, number, object({ a: string })] }), required: true },
      ],
      ["matrix", { type: list(list(number)), required: true }],
      [
        "deep",
        {
          type: object({
            of: object({ several: object({ levels: string, that: integer, are: boolean, too: string, long: string }) }),
          }),
          required: true,
        },
      ],
      [
        "choice",
        {
          type: {
            kind: "union",
            of: [
              object({ kind: { kind: "literal", value: "a" }, first: string }),
              object({ kind: { kind: "literal", value: "b" }, second: integer }),
            ],
          },
          required: true,
        },
      ],
      ["maybe", { type: orNull(object({ a: string })), required: true, description: "One line.\nAnd another */ one." }],
    ]),
    additional: unknown,
  };
  const input: Variable = { name: "input", type, role: "input" };
  const copy = local("copy", type);
  return program(
    input,
    type,
    { index: [map(unknown), map(number)], walk: [named, named] },
    seq(
      call("index", "index", read(input)),
      call("walk", "walk", read(input, "tree")),
      assign(copy, read(input)),
      call("index again", "index", read(copy)),
      finish(read(copy)),
    ),
    { declarations: [node, color] },
  );
}

function empty(): Program {
  return program(inputOf({}), { kind: "null" }, {}, seq(), { version: "" });
}

function deep(): Program {
  const input = inputOf({ a: integer, flag: boolean });
  let sum = read(input, "a");
  let nested = build({ leaf: literal(1) });
  let test = read(input, "flag");
  for (let level = 0; level < 150; level++) {
    sum = level % 2 === 0 ? binary(sum, "+", literal(level)) : binary(literal(level), "-", sum);
    nested = level % 2 === 0 ? build({ inner: nested }) : items(nested);
    test = level % 2 === 0 ? binary(test, "&&", read(input, "flag")) : not(binary(test, "||", read(input, "flag")));
  }
  return program(
    input,
    unknown,
    { use: [unknown, unknown] },
    seq(call("sum", "use", sum), call("nested", "use", nested), call("test", "use", test), finish(literal(null))),
  );
}
