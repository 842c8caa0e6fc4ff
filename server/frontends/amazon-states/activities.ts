import type { Origin } from "../../diagnostics/diagnostic.ts";
import { isInherited } from "../../ir/assignable.ts";
import type { ActivityDeclaration } from "../../ir/program.ts";
import { integer, type MemberType, number, type ObjectType, string, type Type, unknown } from "../../ir/types.ts";
import { placeholderName } from "./substitutions.ts";

/** The activities that Tasks call: one for each resource, taking what all of its Tasks give. */
export interface ActivityCollector {
  /** `context`: the runtime type of what it is told besides its input, where that is no `ActivityContext`. */
  use(name: string, input: Type, origin: Origin, context?: string): void;
  readonly declared: readonly ActivityDeclaration[];
}

/** The runtime type of what activities are told whose Tasks wait for a callback. */
export const taskContext = "TaskContext";

export function createActivities(): ActivityCollector {
  const byName = new Map<string, { readonly origin: Origin; readonly inputs: Type[]; readonly context?: string }>();
  return {
    use(name, input, origin, context) {
      const known = byName.get(name) ?? { origin, inputs: [], ...(context !== undefined && { context }) };
      known.inputs.push(widened(input));
      byName.set(name, known);
    },
    get declared() {
      return [...byName].map(([name, { origin, inputs, context }]) => ({
        name,
        description: "",
        input: commonType(inputs),
        output: unknown,
        ...(context !== undefined && { context }),
        origin,
      }));
    },
  };
}

/**
 * `arn:aws:states:::lambda:invoke` is `states:::lambda:invoke` in every partition, `${LambdaArn}` is `LambdaArn`, any
 * other ARN is whole.
 */
export function activityName(resource: string): string {
  const integration =
    /^arn:(?:[\w-]{1,40}|\$\{[^{}]{1,128}\}):states:(?:[\w-]{1,40}|\$\{[^{}]{1,128}\})?:(?:\d{1,20}|\$\{[^{}]{1,128}\})?:(?!activity:)/.exec(
      resource,
    );
  if (integration !== null) return `states:::${resource.slice(integration[0].length)}`;
  return placeholderName(resource) ?? resource;
}

/** What takes all of these types. Objects are taken member by member: one that not all Tasks give is optional. */
function commonType(types: readonly Type[]): Type {
  const [first = unknown] = types;
  if (types.length === 1) return first;
  const objects = types.filter((type) => type.kind === "object");
  if (objects.length === types.length) return commonObject(objects);
  const arrays = types.filter((type) => type.kind === "array");
  if (arrays.length === types.length)
    return { kind: "array", element: commonType(arrays.map(({ element }) => element)) };
  const kinds = new Set(types.map(({ kind }) => kind));
  if (kinds.size === 1 && ["string", "boolean", "integer", "number", "null"].includes(first.kind)) return first;
  return types.every(({ kind }) => kind === "integer" || kind === "number") ? number : unknown;
}

function commonObject(objects: readonly ObjectType[]): Type {
  const given = new Map<string, MemberType[]>();
  for (const { members } of objects) {
    for (const [name, member] of members) {
      const same = given.get(name);
      if (same === undefined) given.set(name, [member]);
      else same.push(member);
    }
  }
  const members = new Map<string, MemberType>();
  for (const [name, same] of given) {
    const required = same.length === objects.length && same.every((member) => member.required);
    const inherited = !required && isInherited(name);
    members.set(name, { type: inherited ? unknown : commonType(same.map(({ type }) => type)), required });
  }
  return {
    kind: "object",
    members,
    additional: objects.some(({ additional }) => additional !== null) ? unknown : null,
  };
}

/** A type without what one Task alone says: a literal is any value of its kind. */
function widened(type: Type): Type {
  switch (type.kind) {
    case "literal":
      if (typeof type.value === "string") return string;
      return typeof type.value === "boolean" ? { kind: "boolean" } : Number.isInteger(type.value) ? integer : number;
    case "array":
      return { kind: "array", element: widened(type.element) };
    case "object":
      return {
        kind: "object",
        members: new Map([...type.members].map(([name, member]) => [name, { ...member, type: widened(member.type) }])),
        additional: type.additional,
      };
    default:
      return type;
  }
}
