import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression, Variable } from "./expression.ts";
import type { Type, TypeDeclaration } from "./types.ts";

/** What a front end makes of a definition, and what everything after it works on. */
export interface Program {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly description: string;
  readonly input: Type;
  /** What the schema says of it to people. */
  readonly inputDescription?: string;
  readonly output: Type;
  readonly outputDescription?: string;
  /** Types with a name in the module, besides Input and Output, in the order of the definition. */
  readonly declarations: readonly TypeDeclaration[];
  readonly activities: readonly ActivityDeclaration[];
  /** Functions of the runtime that the module passes on to its caller. */
  readonly exports?: readonly string[];
  /** Substitutions such as `${TableName}`, given with each run; empty for most. */
  readonly parameters: readonly ParameterDeclaration[];
  readonly inputVariable: Variable;
  /** Null where `parameters` is empty. Its type is an object type of the parameters. */
  readonly parametersVariable: Variable | null;
  readonly body: Region;
}

/** A typed function that the caller of the module supplies. */
export interface ActivityDeclaration {
  readonly name: string;
  readonly description: string;
  readonly input: Type;
  readonly output: Type;
  /** The runtime type of what it is told besides its input. Default: `ActivityContext`. */
  readonly context?: string;
  readonly origin: Origin;
}

export interface ParameterDeclaration {
  readonly name: string;
  readonly type: Type;
  readonly origin: Origin;
}

/**
 * A body of steps, in one of three forms. Front ends make any of them; `structure/` turns jumps and flows into
 * sequences, which is the only form that `emit/` takes.
 */
export type Region = Sequence | Jumps | Flow;

export interface Sequence {
  readonly kind: "sequence";
  readonly steps: readonly Step[];
}

/** Blocks that jump to each other: state machines. */
export interface Jumps {
  readonly kind: "jumps";
  readonly entry: string;
  /** Whether the definition's language refuses blocks that nothing leads to. Default: no. */
  readonly isStrict?: true;
  /** By label, in the order of the definition. */
  readonly blocks: ReadonlyMap<string, Block>;
}

export interface Block {
  readonly label: string;
  readonly origin: Origin;
  readonly steps: readonly Step[];
  readonly end: Terminator;
}

export type Terminator =
  | { readonly kind: "jump"; readonly to: string }
  | {
      readonly kind: "branch";
      readonly cases: readonly { readonly when: Expression; readonly to: string }[];
      readonly otherwise: string;
    }
  /** Runs `steps`; a failure goes to the first handler whose `when` holds, else on to the caller. */
  | {
      readonly kind: "attempt";
      readonly steps: readonly Step[];
      readonly to: string;
      readonly handlers: readonly JumpHandler[];
    }
  /** The steps before it end the region: by finish or fail. */
  | { readonly kind: "stop" };

export interface JumpHandler {
  readonly failure: Variable;
  /** Over `failure`; null takes every failure. */
  readonly when: Expression | null;
  /** Run before the jump: they store the failure where the definition wants it. */
  readonly steps: readonly Step[];
  readonly to: string;
}

/**
 * Tasks with links, under dead-path elimination (Leymann and Roller, Production Workflow, 2000, §3.5): each link is decided
 * taken or not taken; a task starts when its incoming links are decided and its join holds, else it is skipped and its
 * outgoing links are not taken. Tasks without a path between them run concurrently. A task without links starts at once.
 */
export interface Flow {
  readonly kind: "flow";
  /**
   * Run before any task starts: first values of variables that links may or may not assign later. Such a variable is
   * assigned inside of concurrent branches, so that its declaration must keep its whole type (no narrowing to the first value).
   */
  readonly before?: readonly Step[];
  /** In the order of the definition. Acyclic: the front end reports cycles and makes no flow of them. */
  readonly tasks: readonly Task[];
  /** Run when all tasks are done or skipped: computes the result of the region. */
  readonly after: readonly Step[];
}

export interface Task {
  readonly id: string;
  readonly origin: Origin;
  /** What it does. Must not hold finish: a flow ends when its tasks are done. */
  readonly steps: readonly Step[];
  readonly choice: Choice;
  readonly incoming: readonly Link[];
  readonly join: Join;
  /** What observers call it. Default: its id. */
  readonly name?: string;
  /** No step of the definition by itself, as each way out of an inclusive split: nobody is told that it is skipped. */
  readonly isHidden?: true;
}

/** How a task decides which of its outgoing links are taken once it has run. */
export type Choice =
  /** All of them. */
  | { readonly kind: "all" }
  /** Exactly one outcome: of the first case that holds, else `otherwise`. */
  | {
      readonly kind: "cases";
      readonly cases: readonly { readonly when: Expression; readonly outcome: string }[];
      readonly otherwise: string;
    }
  /** Outcome `ok`, or of the first handler that takes the failure of its steps; another failure fails the region. */
  | { readonly kind: "failure"; readonly ok: string; readonly handlers: readonly FlowHandler[] };

export interface FlowHandler {
  readonly failure: Variable;
  readonly when: Expression | null;
  readonly steps: readonly Step[];
  readonly outcome: string;
}

export interface Link {
  /** The id of the task that it comes from. */
  readonly from: string;
  /** The outcome of that task under which it is taken; null where it is taken whenever the task has run. */
  readonly outcome: string | null;
  /** Run when the link is taken, right after the task that it comes from: they carry data to a port. */
  readonly steps: readonly Step[];
  readonly origin: Origin;
}

/** `all`: every link taken. `any`: at least one, all decided. `first`: as soon as one is taken. `count`: as soon as so many are. */
export type Join =
  | { readonly kind: "all" }
  | { readonly kind: "any" }
  | { readonly kind: "first" }
  | { readonly kind: "count"; readonly count: number };

/** What all steps have. */
interface StepPlace {
  readonly origin: Origin;
  /** What the definition says of it to people, as it was written: a comment of the module. The first step of a node or state has it. */
  readonly comment?: string;
}

/** One thing that a workflow does. */
export type Step = StepPlace &
  (
    | CallStep
    /** Gives a local variable a value; the first assignment on a path declares it. */
    | { readonly kind: "assign"; readonly variable: Variable; readonly value: Expression }
    /** Evaluates an expression whose value nobody needs. */
    | { readonly kind: "evaluate"; readonly value: Expression }
    /**
     * Tells observers that a step without an activity runs: its own name in the definition. Failures after it are its own.
     * Silently, it tells nobody: a call follows, and what the call is given may fail to be made.
     */
    | { readonly kind: "visit"; readonly step: string; readonly isSilent?: true }
    /** Tells observers that these steps are skipped. */
    | { readonly kind: "skip"; readonly steps: readonly string[] }
    | {
        readonly kind: "decide";
        readonly cases: readonly { readonly when: Expression; readonly then: Region }[];
        readonly otherwise: Region | null;
      }
    | ForkStep
    | ForEachStep
    /** Runs `body` while `test` holds, tested before each turn; null: until a break, finish or fail. */
    | { readonly kind: "loop"; readonly label: string; readonly test: Expression | null; readonly body: Region }
    /** A labelled body that `break` leaves. */
    | { readonly kind: "block"; readonly label: string; readonly body: Region }
    /** Leaves the block or loop of that label. */
    | { readonly kind: "break"; readonly label: string }
    /** Begins the next turn of the loop of that label. */
    | { readonly kind: "continue"; readonly label: string }
    | TryStep
    | WaitStep
    /** Waits for a message on a channel from outside; gives its payload. */
    | {
        readonly kind: "receive";
        readonly step: string;
        readonly channel: string;
        readonly result: Variable | null;
        readonly timeoutMs: Expression | null;
        /** A message that came before anybody waited for it is lost. Default: it is kept. */
        readonly isTransient?: true;
      }
    /**
     * Runs `body` under a time limit or as one unit that observers see as a step: containers. The limit is for all attempts
     * together. Observers do not see one whose step is "", such as the limit of a whole state machine.
     */
    | {
        readonly kind: "scope";
        readonly step: string;
        readonly body: Region;
        readonly timeoutMs: Expression | null;
        readonly timeoutError?: string;
        readonly retry: readonly RetryRule[];
      }
    | RaceStep
    /** Runs `body` while no other body of the run holds the lock of that name; those that wait get it in the order of asking. */
    | { readonly kind: "lock"; readonly name: string; readonly body: Region }
    /** Runs `body` so that a `control` step of the same region can cancel it by name: it fails with `Cancelled` then. */
    | { readonly kind: "cancellable"; readonly name: string; readonly body: Region }
    | ControlStep
    /** Ends the whole run at once, whatever else is running: with that output, or cancelled where it is null. */
    | { readonly kind: "terminate"; readonly step: string; readonly value: Expression | null }
    /** Returns from the innermost body that can: of the workflow, of a fork's branch, of a forEach or of a scope. */
    | { readonly kind: "finish"; readonly value: Expression | null }
    /** Fails with an error name and a cause, both strings. */
    | { readonly kind: "fail"; readonly step: string; readonly error: Expression; readonly cause: Expression }
    /** Passes on the failure that a handler caught. */
    | { readonly kind: "rethrow"; readonly failure: Variable }
  );

export interface CallStep {
  readonly kind: "call";
  /** The step's own name in the definition, for events, errors and idempotency keys. */
  readonly step: string;
  readonly activity: string;
  /** A runtime function with an activity's signature that is called in place of `activities[activity]`, such as `httpRequest`. */
  readonly builtin?: string | null;
  /** A component's own code, called in place of `activities[activity]`: emitted once as a local function of the module. */
  readonly template?: Template | null;
  /** Calls the workflow itself: recursion. */
  readonly isSelf?: true;
  /** A lambda where `by` makes it anew for each attempt. */
  readonly input: Expression;
  readonly result: Variable | null;
  readonly timeoutMs: Expression | null;
  /** The runtime function that makes the call, and one more argument of it, before the policy. Default: `call`. */
  readonly by?: RuntimeForm;
  /** What the activity is told of the identity that it acts with. */
  readonly credentials?: Expression;
  /** The name of the error that the time limit fails with. Default: `Timeout`. */
  readonly timeoutError?: string;
  /** An attempt fails with `States.HeartbeatTimeout` when its activity does not call `context.heartbeat()` for so long. */
  readonly heartbeatMs?: Expression | null;
  /** Tried in order: the first rule that matches an error's name governs it, with attempts counted by rule. */
  readonly retry: readonly RetryRule[];
}

/** `async function name(input: Input, context: ActivityContext): Promise<Output> { body }`; one object for each component. */
export interface Template {
  readonly name: string;
  readonly input: Type;
  readonly output: Type;
  /** TypeScript statements of a trusted author, parsed and found to be a function's body. They may use `input` and `context`. */
  readonly body: string;
}

export interface RetryRule {
  /** Over `failure`; null matches every failure. */
  readonly failure: Variable | null;
  readonly when: Expression | null;
  /** How often to try again, the first attempt not counted. */
  readonly retries: number;
  readonly initialMs: number;
  readonly multiplier: number;
  /** Infinity: no limit. */
  readonly maxMs: number;
  /** 0.2: each delay is multiplied by a random number from 0.8 to 1.2. "full": by one from 0 to 1. */
  readonly jitter: number | "full";
  /** Numbers that only a run knows, in place of those above. */
  readonly given?: readonly GivenNumber[];
}

export interface GivenNumber {
  readonly name: "retries" | "initialMs" | "multiplier" | "maxMs";
  readonly value: Expression;
}

/** Runs branches concurrently, and ends when all have; a branch that fails cancels the others. */
export interface ForkStep {
  readonly kind: "fork";
  readonly branches: readonly Branch[];
}

export interface Branch {
  readonly name: string;
  /** Branches of the same fork that it waits for; empty: it starts at once. */
  readonly after: After;
  readonly body: Region;
}

export type After =
  /** Waits until all of them have ended. */
  | { readonly kind: "all"; readonly branches: readonly string[] }
  /** Waits until `count` of those have ended whose `taken`, read when its branch has ended, is true; or until all have ended. */
  | {
      readonly kind: "count";
      readonly count: number;
      readonly branches: readonly { readonly name: string; readonly taken: Expression }[];
    };

export interface ForEachStep {
  readonly kind: "forEach";
  readonly step: string;
  readonly items: Expression;
  readonly item: Variable;
  readonly index: Variable;
  /** How many turns may run at once: 1 is sequential; null is no limit. */
  readonly concurrency: Expression | null;
  /** Ends with finish of the turn's result where `result` is wanted. */
  readonly body: Region;
  readonly result: Variable | null;
  /** Absent: it has a turn for each item and ends when all of them have. */
  readonly completion?: Completion;
  /** The runtime function that runs the turns, and one more argument of it, after the concurrency. Default: `forEach`. */
  readonly by?: RuntimeForm;
}

/** What a dialect does in its own way with a step that others have too. */
export interface RuntimeForm {
  readonly fn: string;
  readonly more: Expression | null;
}

/** How a forEach ends before all of its turns have, and how it gets more of them. */
export interface Completion {
  /** Ends it when so many turns have ended; null: no number does. */
  readonly count: Expression | null;
  /** Ends it when it holds: asked whenever a turn has ended, over `results`, the results so far in the order of the items. */
  readonly until: Expression | null;
  readonly results: Variable;
  /** Whether turns that are still running are then cancelled. Otherwise they go on, and the region around ends after them. */
  readonly cancelsRest: boolean;
  /** Messages on this channel are further items, as long as turns are running. */
  readonly channel: string | null;
  /** Whether a `control` step can complete it by the name of its step. */
  readonly isCompletable: boolean;
}

/** Waits for whichever comes first; the others are withdrawn. The result is `{ port, value }`, the value of a time being null. */
export interface RaceStep {
  readonly kind: "race";
  readonly step: string;
  readonly alternatives: readonly RaceAlternative[];
  readonly result: Variable | null;
}

export interface RaceAlternative {
  readonly port: string;
  readonly event:
    | { readonly kind: "message"; readonly channel: string }
    | { readonly kind: "duration"; readonly ms: Expression }
    | { readonly kind: "timestamp"; readonly timestamp: Expression };
}

/**
 * Acts on what has a name in the same region. cancel: cancels bodies that are `cancellable`, those too that have not begun.
 * complete: ends a forEach with the results that it has. reach: tells that a state is reached, which the runtime's `isReached`
 * asks for. renew: takes back all of these, for the next turn of a loop. settle (without names): waits for the turns that
 * go on after the forEach that began them.
 */
export interface ControlStep {
  readonly kind: "control";
  readonly action: "cancel" | "complete" | "reach" | "renew" | "settle";
  readonly names: readonly string[];
}

export interface TryStep {
  readonly kind: "try";
  readonly body: Region;
  readonly handlers: readonly { readonly failure: Variable; readonly when: Expression | null; readonly body: Region }[];
  readonly finally: Region | null;
}

export interface WaitStep {
  readonly kind: "wait";
  readonly step: string;
  readonly until:
    | { readonly kind: "duration"; readonly ms: Expression }
    /** An RFC 3339 timestamp; one that is past does not wait. */
    | { readonly kind: "timestamp"; readonly timestamp: Expression };
}
