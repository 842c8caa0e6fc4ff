import { type Doc, group, hardLine, ifBroken, indent, join, line, sequence, softLine } from "./document.ts";
import type { TypeCode, TypeMember } from "./syntax.ts";

/** Types as Prettier lays them out. `isSelfIndented`: what is around a union indents its lines. */
export function layOutType(type: TypeCode, isSelfIndented = false): Doc {
  switch (type.kind) {
    case "word":
      return type.text;
    case "literal":
      return type.raw;
    case "reference":
      return sequence([type.name, layOutTypeArguments(type.args)]);
    case "list":
      return sequence([layOutType(type.element), "[]"]);
    case "tuple":
      return layOutTuple(type.elements, type.rest);
    case "shape":
      return layOutShape(type.members);
    case "union":
      return layOutUnion(type.of, isSelfIndented);
    default:
      return type satisfies never;
  }
}

export function layOutTypeArguments(args: readonly TypeCode[]): Doc {
  if (args.length === 0) return "";
  const docs = args.map((arg) => layOutType(arg, true));
  const [only] = args;
  if (args.length === 1 && only !== undefined && isHuggable(only)) return sequence(["<", ...docs, ">"]);
  return group(sequence(["<", indent(sequence([softLine, join(sequence([",", line]), docs)])), softLine, ">"]));
}

function isHuggable(type: TypeCode): boolean {
  switch (type.kind) {
    case "word":
    case "literal":
    case "shape":
      return true;
    case "reference":
      return type.args.length === 0;
    case "union":
      return isHuggedUnion(type.of);
    default:
      return false;
  }
}

/** One object and nothing else but null. */
export function isHuggedUnion(of: readonly TypeCode[]): boolean {
  const objects = of.filter((type) => type.kind === "shape" || type.kind === "reference");
  return (
    objects.length === 1 && of.every((type) => type === objects[0] || (type.kind === "word" && type.text === "null"))
  );
}

function layOutUnion(of: readonly TypeCode[], isSelfIndented: boolean): Doc {
  const docs = of.map((type) => layOutType(type));
  if (isHuggedUnion(of)) return join(" | ", docs);
  const lines = group(
    sequence(
      docs.map((doc, index) => sequence([index === 0 ? ifBroken("| ") : sequence([line, "| "]), alignUnder(doc)])),
    ),
  );
  return isSelfIndented ? lines : group(indent(sequence([softLine, lines])));
}

function alignUnder(doc: Doc): Doc {
  return indent(doc);
}

function layOutTuple(elements: readonly TypeCode[], rest: TypeCode | null): Doc {
  const docs = elements.map((type) => group(layOutType(type, true)));
  if (rest !== null)
    docs.push(group(sequence(["...", layOutType({ kind: "reference", name: "Array", args: [rest] })])));
  if (docs.length === 0) return "[]";
  return group(
    sequence([
      "[",
      indent(sequence([softLine, join(sequence([",", line]), docs), rest === null ? ifBroken(",") : ""])),
      softLine,
      "]",
    ]),
  );
}

function layOutShape(members: readonly TypeMember[]): Doc {
  return group(shapeLines(members));
}

function shapeLines(members: readonly TypeMember[]): Doc {
  if (members.length === 0) return "{}";
  const docs = members.map((member, index) =>
    sequence([layOutMember(member), index === members.length - 1 ? ifBroken(";") : ";"]),
  );
  return sequence(["{", indent(sequence([line, join(line, docs)])), line, "}"]);
}

/** The members of an interface, each on its own line. */
export function layOutInterfaceBody(members: readonly TypeMember[]): Doc {
  if (members.length === 0) return "{}";
  const docs = members.map((member) => sequence([layOutMember(member), ";"]));
  return sequence(["{", indent(sequence([hardLine, join(hardLine, docs)])), hardLine, "}"]);
}

function layOutMember(member: TypeMember): Doc {
  switch (member.kind) {
    case "index":
      return sequence(["[key: string]: ", layOutType(member.type)]);
    case "field":
      return sequence([
        layOutComment(member.comment),
        member.key,
        member.optional ? "?" : "",
        ": ",
        layOutType(member.type),
      ]);
    case "method":
      return sequence([layOutComment(member.comment), member.key, layOutSignature(member.parameters, member.result)]);
    default:
      return member satisfies never;
  }
}

/** `(a: A, b: B): Result`. An object type that is the only parameter opens on the line of the parenthesis. */
export function layOutSignature(
  parameters: readonly { readonly name: string; readonly type: TypeCode }[],
  result: TypeCode,
): Doc {
  const [only] = parameters;
  const docs = parameters.map(({ name, type }) => sequence([`${name}: `, layOutType(type)]));
  const list =
    parameters.length === 1 && only?.type.kind === "shape"
      ? sequence(["(", `${only.name}: `, shapeLines(only.type.members), ")"])
      : sequence([
          "(",
          indent(sequence([softLine, join(sequence([",", line]), docs)])),
          docs.length === 0 ? "" : ifBroken(","),
          softLine,
          ")",
        ]);
  const isListFirst = parameters.length === 1 && result.kind === "shape";
  return group(sequence([isListFirst ? group(list) : list, group(sequence([": ", layOutType(result)]))]));
}

/** Lines that are safe in a comment, as a doc comment that what it describes follows. */
export function layOutComment(lines: readonly string[]): Doc {
  if (lines.length === 0) return "";
  if (lines.length === 1) return sequence([`/** ${lines[0]} */`, hardLine]);
  const docs = lines.map((text) => (text === "" ? " *" : ` * ${text}`));
  return sequence([join(hardLine, ["/**", ...docs, " */"]), hardLine]);
}
