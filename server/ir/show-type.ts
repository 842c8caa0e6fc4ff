import type { ObjectType, Type } from "./types.ts";

/** Longer than this nobody reads in a message. */
const MAX_SHOWN = 200;

/** The type as TypeScript would write it, for messages; cut off with an ellipsis after 200 characters. */
export function showType(type: Type): string {
  const parts: string[] = [];
  let length = 0;
  const write = (text: string): boolean => {
    parts.push(text);
    length += text.length;
    return length <= MAX_SHOWN;
  };
  show(type, write);
  const shown = parts.join("");
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN - 1)}…` : shown;
}

/** Writes a piece; false when there is no room for more. */
type Write = (text: string) => boolean;

function show(type: Type, write: Write): boolean {
  switch (type.kind) {
    case "literal":
      return write(typeof type.value === "string" ? showText(type.value) : String(type.value));
    case "array":
      return type.element.kind === "union"
        ? write("(") && show(type.element, write) && write(")[]")
        : show(type.element, write) && write("[]");
    case "tuple":
      return (
        write("[") &&
        showList(type.elements, ", ", write) &&
        (type.rest === null ||
          (write(type.elements.length === 0 ? "..." : ", ...") &&
            show({ kind: "array", element: type.rest }, write))) &&
        write("]")
      );
    case "object":
      return showObject(type, write);
    case "union":
      return showList(type.of, " | ", write);
    case "named":
      return write(type.declaration.name.slice(0, MAX_SHOWN));
    default:
      return write(type.kind);
  }
}

function showList(types: readonly Type[], separator: string, write: Write): boolean {
  return types.every((type, index) => (index === 0 || write(separator)) && show(type, write));
}

function showObject(type: ObjectType, write: Write): boolean {
  if (type.members.size === 0 && type.additional === null) return write("{}");
  let first = true;
  const next = (): string => {
    const separator = first ? "{ " : "; ";
    first = false;
    return separator;
  };
  for (const [name, member] of type.members) {
    if (!write(`${next()}${showName(name)}${member.required ? "" : "?"}: `) || !show(member.type, write)) return false;
  }
  if (type.additional !== null && !(write(`${next()}[key: string]: `) && show(type.additional, write))) return false;
  return write(" }");
}

function showName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name.slice(0, MAX_SHOWN) : showText(name);
}

function showText(text: string): string {
  return JSON.stringify(text.slice(0, MAX_SHOWN));
}

/** One step of a path to a member, as expressions write it: `.name` or `["first name"]`. */
export function showMember(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${showText(name)}]`;
}
