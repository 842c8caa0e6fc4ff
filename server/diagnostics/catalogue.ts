/**
 * Every diagnostic that the compiler can give. A code is `WF_<STAGE>_<NNN>` and is never used again for something else.
 * `docs/errors/<CODE>.md` explains each, `test/diagnostics/<CODE>/` has a definition that fails with it: a test proves
 * these three and the code that reports them equal.
 */

export type Severity = "error" | "warning" | "info";

export type Category =
  | "validation"
  | "schema"
  | "compilation"
  | "type-safety"
  | "runtime"
  | "configuration"
  | "internal";

interface Entry<P extends Readonly<Record<string, string>>> {
  readonly severity: Severity;
  readonly category: Category;
  /** A few words: the heading of its page. */
  readonly title: string;
  /** What is wrong, where, and why, in one line. */
  readonly message: (params: P) => string;
  /** How to mend it, most likely first. */
  readonly suggestions: (params: P) => readonly string[];
}

function entry<P extends Readonly<Record<string, string>> = Readonly<Record<never, never>>>(
  severity: Severity,
  category: Category,
  title: string,
  message: (params: P) => string,
  suggestions: (params: P) => readonly string[],
): Entry<P> {
  return { severity, category, title, message, suggestions };
}

/** `nearest` is "" where no known name is near. */
function didYouMean(nearest: string): string {
  return nearest === "" ? "" : `; did you mean \`${nearest}\`?`;
}

function useNearest(nearest: string, otherwise: string): readonly string[] {
  return nearest === "" ? [otherwise] : [`Write \`${nearest}\`.`, otherwise];
}

export const catalogue = {
  // The text itself.
  WF_SOURCE_001: entry<{ syntax: string; problem: string }>(
    "error",
    "validation",
    "The text is not well-formed",
    (p) => `the definition is not well-formed ${p.syntax}: ${p.problem}`,
    () => ["Correct the text at this place; everything after it may have been misread."],
  ),
  WF_SOURCE_002: entry<{ offset: string; hint: string }>(
    "error",
    "validation",
    "The text is not UTF-8",
    (p) => `the definition is not valid UTF-8 at byte ${p.offset}${p.hint}`,
    () => ["Save the definition as UTF-8."],
  ),
  WF_SOURCE_003: entry<{ bytes: string; limit: string }>(
    "error",
    "validation",
    "The definition is too large",
    (p) => `the definition has ${p.bytes} bytes; the limit is ${p.limit}`,
    () => ["Split the workflow into sub-workflows, or ask the operator to raise the limit."],
  ),
  WF_SOURCE_004: entry<{ limit: string }>(
    "error",
    "validation",
    "The definition is nested too deeply",
    (p) => `values are nested more than ${p.limit} levels deep`,
    () => ["Flatten the structure."],
  ),
  WF_SOURCE_005: entry<{ limit: string }>(
    "error",
    "validation",
    "The definition has too many values",
    (p) => `the definition has more than ${p.limit} values`,
    () => ["Split the workflow into sub-workflows."],
  ),
  WF_SOURCE_006: entry<{ alias: string; limit: string }>(
    "error",
    "validation",
    "YAML aliases expand too far",
    (p) => `expanding alias \`*${p.alias}\` makes more than ${p.limit} values, or refers to itself`,
    () => ["Write the value out, or use fewer aliases of aliases."],
  ),
  WF_SOURCE_007: entry<{ key: string; line: string }>(
    "error",
    "validation",
    "A key stands twice",
    (p) => `key \`${p.key}\` stands twice in the same object; it is first given on line ${p.line}`,
    () => ["Remove or rename one of the two; readers differ in which one they keep."],
  ),
  WF_SOURCE_008: entry<{ key: string }>(
    "error",
    "validation",
    "A key is forbidden",
    (p) => `key \`${p.key}\` is not allowed, because JavaScript readers take it for an object's prototype`,
    () => ["Rename the key."],
  ),
  WF_SOURCE_009: entry<{ unit: string }>(
    "error",
    "validation",
    "A string holds half a character",
    (p) => `the string holds a lone surrogate (${p.unit}), which no UTF-8 text can carry`,
    () => ["Write the whole character, or both halves of its escape."],
  ),
  WF_SOURCE_010: entry<{ seen: string }>(
    "error",
    "validation",
    "The format is not recognised",
    (p) => `the format is not recognised: ${p.seen}`,
    () => [
      "A graph has `apiVersion: workflow.compiler/v1` and `kind: Workflow`; a state machine has `StartAt` and `States`.",
      "Or name the format in the request.",
    ],
  ),
  WF_SOURCE_011: entry<{ feature: string }>(
    "error",
    "validation",
    "A YAML feature is not supported",
    (p) => `${p.feature} is not supported in definitions`,
    () => ["Write it in the part of YAML that JSON can express (YAML 1.2 core schema)."],
  ),
  WF_SOURCE_012: entry<{ raw: string }>(
    "error",
    "validation",
    "A number is out of range",
    (p) => `number \`${p.raw}\` is beyond what an IEEE 754 double can hold`,
    () => ["Use a smaller number, or a string."],
  ),
  WF_SOURCE_013: entry<{ found: string }>(
    "error",
    "validation",
    "The definition is not an object",
    (p) => `a definition is an object, and this is ${p.found}`,
    () => [
      "Start with an object: a graph has `apiVersion`, `kind`, `metadata` and `spec`; a state machine `StartAt` and `States`.",
    ],
  ),
  WF_SOURCE_014: entry<{ limit: string }>(
    "error",
    "validation",
    "A path of keys is too long",
    (p) => `the keys that lead to this value make a path of more than ${p.limit} characters`,
    () => ["Shorten the keys, or flatten the structure."],
  ),
  WF_SOURCE_015: entry<{ compiled: string; others: string }>(
    "info",
    "validation",
    "One of several state machines is compiled",
    (p) => `the template has several state machines: \`${p.compiled}\` is compiled, and not ${p.others}`,
    () => ["To compile another one, send its definition by itself, or a template in which it stands first."],
  ),

  // What the definition says.
  WF_VALIDATION_001: entry<{ field: string; of: string }>(
    "error",
    "validation",
    "A required field is missing",
    (p) => `${p.of} lacks the required field \`${p.field}\``,
    (p) => [`Add \`${p.field}\`.`],
  ),
  WF_VALIDATION_002: entry<{ field: string; found: string; allowed: string }>(
    "error",
    "validation",
    "A field has an invalid value",
    (p) => `\`${p.field}\` is ${p.found}; it must be ${p.allowed}`,
    (p) => [`Give ${p.allowed}.`],
  ),
  WF_VALIDATION_003: entry<{ path: string }>(
    "error",
    "validation",
    "Nodes depend on each other in a circle",
    (p) => `the connections form a circle: ${p.path}; a node in it would wait for itself`,
    () => [
      "Remove one of these connections.",
      "To repeat work, put the nodes into a container: `core.while` or `core.stateMachine`.",
    ],
  ),
  WF_VALIDATION_004: entry<{ field: string; of: string; nearest: string }>(
    "error",
    "validation",
    "A field is unknown",
    (p) => `${p.of} has no field \`${p.field}\`${didYouMean(p.nearest)}`,
    (p) => useNearest(p.nearest, `Remove \`${p.field}\`.`),
  ),
  WF_VALIDATION_005: entry<{ id: string; line: string }>(
    "error",
    "validation",
    "An id stands twice",
    (p) => `id \`${p.id}\` is already used on line ${p.line}; ids name nodes in connections and expressions`,
    () => ["Give one of the two another id."],
  ),
  WF_VALIDATION_006: entry<{ node: string; nearest: string }>(
    "error",
    "validation",
    "A connection names an unknown node",
    (p) => `there is no node \`${p.node}\` here${didYouMean(p.nearest)}`,
    (p) => useNearest(p.nearest, `Add a node with id \`${p.node}\`, or remove the connection.`),
  ),
  WF_VALIDATION_007: entry<{ port: string; node: string; direction: string; ports: string; nearest: string }>(
    "error",
    "validation",
    "A connection names an unknown port",
    (p) =>
      `node \`${p.node}\` has no ${p.direction} port \`${p.port}\`${didYouMean(p.nearest) || "."} It has: ${p.ports}`,
    (p) => useNearest(p.nearest, `Use one of: ${p.ports}.`),
  ),
  WF_VALIDATION_008: entry<{ target: string; field: string; nearest: string }>(
    "error",
    "validation",
    "A transition goes nowhere",
    (p) => `\`${p.field}\` names state \`${p.target}\`, which does not exist here${didYouMean(p.nearest)}`,
    (p) => useNearest(p.nearest, `Add a state \`${p.target}\`.`),
  ),
  WF_VALIDATION_009: entry<{ node: string; why: string }>(
    "warning",
    "validation",
    "A step can never run",
    (p) => `\`${p.node}\` can never run: ${p.why}`,
    (p) => [`Lead to \`${p.node}\` from a step that runs, or remove it.`],
  ),
  WF_VALIDATION_010: entry<{ node: string; why: string }>(
    "error",
    "validation",
    "A join can never hold",
    (p) => `the join of \`${p.node}\` can never hold: ${p.why}`,
    () => ["Use join `any`, or change the connections that lead here."],
  ),
  WF_VALIDATION_011: entry<{ steps: string }>(
    "warning",
    "validation",
    "A loop has no exit",
    (p) => `nothing leads out of the loop ${p.steps}: only a failure can end the workflow`,
    () => ["Add a branch that leaves the loop."],
  ),
  WF_VALIDATION_012: entry<{ state: string }>(
    "error",
    "validation",
    "A state has neither Next nor End",
    (p) => `state \`${p.state}\` has neither \`Next\` nor \`End\`, so that nothing says what follows it`,
    () => ['Add `"End": true`, or `Next` with the name of a state.'],
  ),
  WF_VALIDATION_013: entry<{ fields: string; of: string; why: string }>(
    "error",
    "validation",
    "Fields exclude each other",
    (p) => `${p.of} has ${p.fields}: ${p.why}`,
    () => ["Keep one of them."],
  ),
  WF_VALIDATION_014: entry<{ name: string; why: string }>(
    "error",
    "validation",
    "A name cannot be used",
    (p) => `\`${p.name}\` cannot be used as a name: ${p.why}`,
    () => ["Choose another name."],
  ),
  WF_VALIDATION_015: entry<{ port: string; node: string; type: string }>(
    "error",
    "validation",
    "A required input is not given",
    (p) => `node \`${p.node}\` needs \`${p.port}\` (${p.type}), and neither \`with\` nor a connection gives it`,
    (p) => [`Add \`${p.port}\` under \`with\`, or connect a port to \`${p.node}.${p.port}\`.`],
  ),
  WF_VALIDATION_016: entry<{ what: string; count: string; limit: string }>(
    "error",
    "validation",
    "A limit is exceeded",
    (p) => `${p.what}: ${p.count}; the limit is ${p.limit}`,
    () => ["Split the workflow into sub-workflows."],
  ),
  WF_VALIDATION_017: entry<{ lock: string; node: string; why: string }>(
    "error",
    "validation",
    "A lock would be waited for for ever",
    (p) => `\`${p.node}\` would wait for ever for lock \`${p.lock}\`: ${p.why}`,
    () => [
      "Take a lock in one place only: on the container, or on the nodes in it.",
      "Or take locks in the same order everywhere.",
    ],
  ),
  WF_VALIDATION_018: entry<{ node: string }>(
    "error",
    "validation",
    "A state can never run",
    (p) =>
      `state \`${p.node}\` can never run, and AWS refuses such a state machine: no path leads to it from the start`,
    (p) => [`Lead a transition to \`${p.node}\`, or remove it.`],
  ),

  // Components and schemas.
  WF_SCHEMA_001: entry<{ type: string; nearest: string }>(
    "error",
    "schema",
    "A component type is unknown",
    (p) => `unknown component \`${p.type}\`${didYouMean(p.nearest)}`,
    (p) => useNearest(p.nearest, `Declare \`${p.type}\` under \`spec.components\`, or have the operator install it.`),
  ),
  WF_SCHEMA_002: entry<{ problem: string }>(
    "error",
    "schema",
    "A schema is invalid",
    (p) => `the schema is invalid: ${p.problem}`,
    () => ["Correct the schema (JSON Schema 2020-12)."],
  ),
  WF_SCHEMA_003: entry<{ keyword: string; effect: string }>(
    "warning",
    "schema",
    "A schema keyword is not used",
    (p) => `schema keyword \`${p.keyword}\` is not used: ${p.effect}`,
    () => ["Check such values inside the activity."],
  ),
  WF_SCHEMA_004: entry<{ type: string; line: string }>(
    "error",
    "schema",
    "A component is declared twice",
    (p) => `component \`${p.type}\` is already declared${p.line === "" ? " as a built-in one" : ` on line ${p.line}`}`,
    () => ["Give it another type name."],
  ),

  // Types.
  WF_TYPE_001: entry<{ what: string; found: string; expected: string; member: string }>(
    "error",
    "type-safety",
    "A value has the wrong type",
    (p) => `${p.what} is ${p.found}, but ${p.expected} is needed${p.member}`,
    (p) => [`Give a value of type ${p.expected}.`],
  ),
  WF_TYPE_002: entry<{ from: string; to: string; found: string; expected: string; member: string }>(
    "error",
    "type-safety",
    "Connected ports have incompatible types",
    (p) => `\`${p.from}\` gives ${p.found}, but \`${p.to}\` takes ${p.expected}${p.member}`,
    () => ["Put a `core.transform` between the two.", "Or change the schema of one of the ports."],
  ),
  WF_TYPE_003: entry<{ member: string; of: string; nearest: string }>(
    "error",
    "type-safety",
    "A member does not exist",
    (p) => `${p.of} has no member \`${p.member}\`${didYouMean(p.nearest)}`,
    (p) => useNearest(p.nearest, "Declare the member in the schema."),
  ),
  WF_TYPE_004: entry<{ operator: string; operands: string; hint: string }>(
    "error",
    "type-safety",
    "An operator does not take these types",
    (p) => `\`${p.operator}\` cannot be applied to ${p.operands}${p.hint}`,
    () => ["Convert one side first, with `int()`, `double()` or `string()`."],
  ),
  WF_TYPE_005: entry<{ fn: string; problem: string; nearest: string }>(
    "error",
    "type-safety",
    "A function call is wrong",
    (p) => `\`${p.fn}\`: ${p.problem}${didYouMean(p.nearest)}`,
    (p) => useNearest(p.nearest, `See the functions that expressions can call in docs/expressions.md.`),
  ),
  WF_TYPE_006: entry<{ node: string; user: string; why: string }>(
    "error",
    "type-safety",
    "A result is not certain to exist",
    (p) => `\`${p.user}\` uses the result of \`${p.node}\`, which is not certain to exist here: ${p.why}`,
    (p) => [
      `Lead a connection from \`${p.node}\` to \`${p.user}\` on every path.`,
      "Or pass the value along the connection that is taken, to a port.",
    ],
  ),
  WF_TYPE_007: entry<{ member: string; of: string }>(
    "error",
    "type-safety",
    "A member may be absent",
    (p) => `member \`${p.member}\` of ${p.of} may be absent`,
    (p) => [`Test it first: \`has(….${p.member}) ? … : …\`.`, "Or make it required in the schema."],
  ),

  // Expressions.
  WF_EXPRESSION_001: entry<{ language: string; problem: string }>(
    "error",
    "validation",
    "An expression does not parse",
    (p) => `this is not a valid ${p.language} expression: ${p.problem}`,
    () => ["Correct the expression at this place."],
  ),
  WF_EXPRESSION_002: entry<{ name: string; known: string; nearest: string }>(
    "error",
    "validation",
    "An expression uses an unknown name",
    (p) => `\`${p.name}\` is not known here${didYouMean(p.nearest) || "."} Known: ${p.known}`,
    (p) => useNearest(p.nearest, `Use one of: ${p.known}.`),
  ),
  WF_EXPRESSION_003: entry<{ path: string; problem: string }>(
    "error",
    "validation",
    "A path is invalid",
    (p) => `path \`${p.path}\` is invalid: ${p.problem}`,
    () => ["A reference path names one place, such as `$.order.items[0]`."],
  ),
  WF_EXPRESSION_004: entry<{ fn: string; problem: string; nearest: string }>(
    "error",
    "validation",
    "An intrinsic function is misused",
    (p) => `\`${p.fn}\`: ${p.problem}${didYouMean(p.nearest)}`,
    (p) => useNearest(p.nearest, "See the intrinsic functions of the Amazon States Language."),
  ),
  WF_EXPRESSION_005: entry<{ field: string; value: string }>(
    "warning",
    "validation",
    "A path is taken as text",
    (p) => `\`${p.field}\` looks like a path but is plain text, because its key does not end in \`.$\`: ${p.value}`,
    (p) => [`Write the key as \`${p.field}.$\` to have the path evaluated.`],
  ),
  WF_EXPRESSION_006: entry<{ field: string; value: string; instead: string }>(
    "warning",
    "validation",
    "A path is taken as text in a field that takes none",
    (p) => `\`${p.field}\` looks like a path but is plain text; \`${p.instead}\` takes a path: ${p.value}`,
    (p) => [`Write \`${p.instead}\` to have the path evaluated.`],
  ),
  WF_EXPRESSION_007: entry<{ value: string }>(
    "warning",
    "validation",
    "A path in a Result is not evaluated",
    (p) => `the \`Result\` of a Pass is static, so that this path stays text: ${p.value}`,
    () => ["Write `Parameters` in place of `Result`: what it holds is evaluated."],
  ),

  // Code.
  WF_COMPILE_001: entry<{ component: string; problem: string }>(
    "error",
    "compilation",
    "A template could not be rendered",
    (p) => `the template of \`${p.component}\` could not be rendered: ${p.problem}`,
    () => ["Correct the component's template, or ask the operator who installed it."],
  ),
  WF_COMPILE_002: entry<{ problem: string }>(
    "error",
    "internal",
    "The TypeScript compiler refused the generated code",
    (p) =>
      `the TypeScript compiler refused the generated code: ${p.problem.replace(/\.$/, "")}. This is a defect of the Workflow Compiler`,
    () => ["Report the definition to the operator; it is kept as a dead letter."],
  ),
  WF_COMPILE_003: entry<{ feature: string; instead: string }>(
    "error",
    "compilation",
    "A feature is not supported yet",
    (p) => `${p.feature} is not supported yet`,
    (p) => [p.instead],
  ),
  WF_COMPILE_004: entry<{ stage: string; limit: string }>(
    "error",
    "compilation",
    "A stage of the compiler ran into its limit",
    (p) => `the ${p.stage} stage was stopped at its limit of ${p.limit}`,
    () => ["Simplify the definition, or split it into sub-workflows."],
  ),
  WF_COMPILE_005: entry<{ component: string }>(
    "error",
    "compilation",
    "Code in the definition is not allowed",
    (p) =>
      `component \`${p.component}\` brings TypeScript of its own, and this request does not allow code in the definition`,
    () => [
      "Have the operator install the component.",
      "Or compile with `allow_inline_code`, where the server permits it.",
    ],
  ),

  // What can be proven of a definition that is otherwise sound.
  WF_CHECK_001: entry<{ joins: string; path: string }>(
    "error",
    "validation",
    "Joins wait for each other",
    (p) => `the joins of ${p.joins} wait for each other, so that none of them ever holds: ${p.path}`,
    () => ["Remove one of these connections.", "To repeat work, put the nodes into a container such as `core.while`."],
  ),
  WF_CHECK_002: entry<{ node: string; join: string }>(
    "info",
    "validation",
    "A path runs past a join",
    (p) => `\`${p.node}\` can still be running when \`${p.join}\` goes on, and nothing else waits for it`,
    (p) => [
      `Give \`${p.join}\` the join \`all\` where it needs what \`${p.node}\` does.`,
      "Nothing is wrong where only the first counts; the workflow still ends after the slowest.",
    ],
  ),
  WF_CHECK_003: entry<{ loop: string; why: string }>(
    "warning",
    "validation",
    "A loop's condition never changes",
    (p) => `the condition of loop \`${p.loop}\` is the same at each turn: ${p.why}`,
    () => ["Test what a turn changes, such as `state` or `turn`."],
  ),
  WF_CHECK_004: entry<{ value: string; first: string; second: string }>(
    "warning",
    "validation",
    "Two paths write the same value",
    (p) => `${p.first} and ${p.second} can both write ${p.value}; only one of the two values is kept`,
    () => [
      "Give each its own port or variable, or bring only one of the paths here.",
      "Name the results in an expression: there each is read for itself.",
    ],
  ),
  WF_CHECK_005: entry<{ node: string; subject: string; missing: string; port: string }>(
    "warning",
    "validation",
    "A decision leaves out values",
    (p) =>
      `\`${p.node}\` has no case for ${p.subject} being ${p.missing}, and nothing is connected to \`${p.port}\`: what follows is then skipped`,
    (p) => ["Add the missing cases.", `Or connect \`${p.port}\`.`],
  ),
  WF_CHECK_006: entry<{ case: string; node: string; why: string }>(
    "warning",
    "validation",
    "A case can never be chosen",
    (p) => `${p.case} of \`${p.node}\` can never be chosen: ${p.why}`,
    () => ["Remove it, or put it before the one that takes its place."],
  ),
  WF_CHECK_007: entry<{ node: string; outcome: string; effect: string }>(
    "info",
    "validation",
    "An outcome leads nowhere",
    (p) => `\`${p.node}\` has nothing for \`${p.outcome}\`: ${p.effect}`,
    (p) => [`Say what follows \`${p.outcome}\`.`],
  ),
  WF_CHECK_008: entry<{ node: string; errors: string }>(
    "info",
    "validation",
    "A declared error is not handled",
    (p) => `nothing handles ${p.errors} of \`${p.node}\`: it fails the workflow`,
    (p) => [`Connect the error, or \`${p.node}.error\`.`, "Or add `retry`, where trying again can help."],
  ),
  WF_CHECK_009: entry<{ limit: string; node: string; why: string }>(
    "warning",
    "validation",
    "A time limit cannot hold",
    (p) => `${p.limit} of \`${p.node}\` cannot hold: ${p.why}`,
    () => ["Lengthen the limit around it, or shorten what is inside."],
  ),
  WF_CHECK_010: entry<{ node: string; component: string; where: string }>(
    "warning",
    "validation",
    "A retry repeats what must not be repeated",
    (p) =>
      `\`${p.node}\` is tried again after any failure${p.where}, but \`${p.component}\` is declared as not idempotent`,
    () => [
      "Name the errors after which trying again is safe in `retry.on`.",
      "Or remove `retry`.",
      "Or declare the component idempotent, where its activity uses the idempotency key.",
    ],
  ),
  WF_CHECK_011: entry<{ node: string }>(
    "warning",
    "validation",
    "A result is never used",
    (p) => `nobody uses the result of \`${p.node}\`, and computing it is all that it does`,
    (p) => [`Use \`${p.node}.out\`, or remove the node.`],
  ),
  WF_CHECK_012: entry<{ what: string }>(
    "warning",
    "validation",
    "A secret stands in the definition",
    (p) => `this looks like ${p.what}; whoever reads the definition or the module that is made of it can use it`,
    () => [
      "Let the activity take the secret from where it runs, and give it a name here.",
      "Treat a secret that was sent in a definition as known to others, and replace it.",
    ],
  ),
} as const satisfies Readonly<Record<`WF_${string}_${string}`, Entry<never>>>;

export type Code = keyof typeof catalogue;

/** The named parameters of a code's message, as text. */
export type Params<C extends Code> = C extends Code ? Parameters<(typeof catalogue)[C]["message"]>[0] : never;
