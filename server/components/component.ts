import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Template } from "../ir/program.ts";
import type { MemberType, Type, TypeDeclaration } from "../ir/types.ts";
import type { Json } from "../source/tree.ts";

/** A kind of node: what it takes, what it gives, how it fails and what runs for it. */
export interface Component {
  /** What a node's `type` names, such as `payments.charge`. */
  readonly type: string;
  readonly version: string;
  readonly title: string;
  readonly description: string;
  /** The fields under `with` that are not ports. */
  readonly config: ReadonlyMap<string, MemberType>;
  readonly inputs: ReadonlyMap<string, InputPort>;
  /** Of nodes whose ports follow from their config (`core.switch`) the ones that all of them have. */
  readonly outputs: ReadonlyMap<string, OutputPort>;
  /** Whether exactly one of the output ports is taken each time. */
  readonly exclusive: boolean;
  /** What the schemas of fields and ports name as their `default`; a node must give the value all the same. */
  readonly defaults?: ReadonlyMap<string, Json>;
  /** Names of failures. Each can be connected from like a port, as can `error`, which stands for any failure. */
  readonly errors: readonly string[];
  /** Whether running it twice with the same input does no harm; null where its declaration does not say. */
  readonly idempotent: boolean | null;
  readonly implementation: Implementation;
  /** Types with a name that its schemas declare. */
  readonly declarations: readonly TypeDeclaration[];
  /** Where the definition declares it; null: it comes with the compiler or is installed by the operator. */
  readonly origin: Origin | null;
}

export interface InputPort {
  readonly type: Type;
  readonly required: boolean;
  readonly description: string;
}

export interface OutputPort {
  readonly type: Type;
  readonly description: string;
}

export type Implementation =
  /** A typed function that the caller of the module supplies, by its name in `Activities`. */
  | { readonly kind: "activity"; readonly name: string }
  /** TypeScript of a trusted author, emitted into the module. */
  | { readonly kind: "template"; readonly template: Template }
  | { readonly kind: "builtin"; readonly builtin: Builtin };

export type Builtin =
  | "if"
  | "switch"
  | "multiChoice"
  | "pick"
  | "merge"
  | "transform"
  | "wait"
  | "receive"
  | "fail"
  | "cancel"
  | "complete"
  | "terminate"
  | "forEach"
  | "while"
  | "scope"
  | "stateMachine"
  | "workflow"
  | "http";

/** The components that definitions can name. */
export interface ComponentCatalogue {
  get(type: string): Component | undefined;
  /** All type names, sorted. */
  types(): readonly string[];
  /** SHA-256 over the files that the custom ones come from: equal digests, equal components. */
  readonly digest: string;
}
