import type { Around, Hugged, LayOut } from "./around.ts";
import { layOutAssignment } from "./assignment.ts";
import { layOutBinary } from "./binary.ts";
import { isNumberList, layOutCall } from "./calls.ts";
import { layOutConditional } from "./conditional.ts";
import { type Doc, fill, group, ifBroken, indent, join, line, placed, sequence, softLine } from "./document.ts";
import { needsParentheses, startsWithObject } from "./parentheses.ts";
import { printFlat } from "./print.ts";
import type { ArrowCode, Code, Property, Statement } from "./syntax.ts";

/**
 * Lays expressions out as Prettier does. Each piece is laid out once and kept: calls try their last argument in two
 * ways, which would double the work with every level.
 */
export function createCodeLayout(layOutBlock: (statements: readonly Statement[], around: Around) => Doc): LayOut {
  const kept = new Map<Code, Doc>();
  const keptHugged = new Map<Code, Doc>();

  function layOut(code: Code, around: Around, hugged: Hugged = false): Doc {
    const memory = hugged && code.kind === "arrow" ? keptHugged : kept;
    let doc = memory.get(code);
    if (doc === undefined) {
      const bare = layOutBare(code, around, hugged);
      doc = needsParentheses(code, around) ? sequence(["(", bare, ")"]) : bare;
      memory.set(code, doc);
    }
    return doc;
  }

  function layOutBare(code: Code, around: Around, hugged: Hugged): Doc {
    const inside = (key: Around["key"]): Around => ({ parent: code, key, up: around });
    switch (code.kind) {
      case "name":
        return code.name;
      case "keyword":
        return code.keyword;
      case "number":
      case "string":
        return code.raw;
      case "array":
        return layOutArray(
          code.items,
          code.items.map((item) => layOut(item, inside("item"))),
        );
      case "object":
        return layOutObject(code.properties.map((property) => layOutProperty(property, inside("item"))));
      case "member": {
        const lookup = `${code.optional ? "?." : "."}${code.name}`;
        const isShort = code.of.kind === "name" && around.key !== "object";
        return sequence([
          layOut(code.of, inside("object")),
          isShort ? lookup : group(indent(sequence([softLine, lookup]))),
        ]);
      }
      case "index": {
        const key = layOut(code.key, inside("key"));
        const open = code.optional ? "?.[" : "[";
        const lookup =
          code.key.kind === "number"
            ? sequence([open, key, "]"])
            : group(sequence([open, indent(sequence([softLine, key])), softLine, "]"]));
        return sequence([layOut(code.of, inside("object")), lookup]);
      }
      case "call":
        return layOutCall(code, around, layOut);
      case "arrow":
        return layOutArrow(code, around, hugged);
      case "await":
        return sequence(["await ", layOut(code.argument, inside("argument"))]);
      case "unary":
        return sequence([code.operator, layOut(code.argument, inside("argument"))]);
      case "binary":
        return layOutBinary(code, around, layOut);
      case "conditional":
        return layOutConditional(code, around, layOut);
      case "template":
        return layOutTemplate(
          code.texts,
          code.values.map((value) => layOut(value, inside("part"))),
        );
      default:
        return code satisfies never;
    }
  }

  function layOutProperty(property: Property, around: Around): Doc {
    switch (property.kind) {
      case "shorthand":
        return property.name;
      case "spread":
        return sequence(["...", layOut(property.value, around)]);
      case "property": {
        const value = layOut(property.value, { parent: property, key: "value", up: around });
        const assigned = layOutAssignment(property.key, ":", property.value, value, property.key);
        return property.origin === null ? assigned : placed(property.origin, assigned);
      }
      default:
        return property satisfies never;
    }
  }

  function layOutArrow(code: ArrowCode, around: Around, hugged: Hugged): Doc {
    const { parameters, body } = code;
    const names = join(hugged ? ", " : sequence([",", line]), parameters);
    const list =
      hugged || parameters.length === 0
        ? sequence(["(", names, ")"])
        : sequence(["(", indent(sequence([softLine, names])), ifBroken(","), softLine, ")"]);
    const signature = group(sequence([code.async ? "async " : "", group(list)]));
    const close = hugged ? sequence([ifBroken(","), softLine]) : "";
    return group(sequence([placed(null, signature), " =>", group(layOutBody(code, body, around, close))]));
  }

  function layOutBody(code: ArrowCode, body: ArrowCode["body"], around: Around, close: Doc): Doc {
    const inside: Around = { parent: code, key: "body", up: around };
    if (!("kind" in body)) return sequence([" ", layOutBlock(body, inside)]);
    const value = layOut(body, inside);
    const doc = code.origin ? placed(code.origin, value) : value;
    if (body.kind === "array" || body.kind === "object") return sequence([" ", doc]);
    if (body.kind === "conditional" && !startsWithObject(body)) {
      return sequence([
        " ",
        group(sequence([ifBroken("", "("), indent(sequence([softLine, doc])), ifBroken("", ")"), close])),
      ]);
    }
    return sequence([indent(sequence([line, doc])), close]);
  }

  return layOut;
}

function layOutArray(items: readonly Code[], docs: readonly Doc[]): Doc {
  if (items.length === 0) return "[]";
  const id = Symbol("array");
  const elements = isNumberList(items)
    ? fillLines(docs, id)
    : sequence([
        join(
          sequence([",", line]),
          docs.map((doc) => group(doc)),
        ),
        ifBroken(","),
      ]);
  return group(sequence(["[", indent(sequence([softLine, elements])), softLine, "]"]), breaksList(items), id);
}

/** Several objects, or several lists, that hold more than one thing each. */
function breaksList(items: readonly Code[]): boolean {
  const kind = items[0]?.kind;
  return (
    items.length > 1 &&
    items.every(
      (item) =>
        item.kind === kind &&
        ((item.kind === "object" && item.properties.length > 1) || (item.kind === "array" && item.items.length > 1)),
    )
  );
}

function fillLines(docs: readonly Doc[], list: symbol): Doc {
  const parts: Doc[] = [];
  docs.forEach((doc, index) => {
    if (index > 0) parts.push(line);
    parts.push(sequence([doc, index === docs.length - 1 ? ifBroken(",", "", list) : ","]));
  });
  return fill(parts);
}

function layOutObject(properties: readonly Doc[]): Doc {
  if (properties.length === 0) return "{}";
  return group(
    sequence(["{", indent(sequence([line, join(sequence([",", line]), properties)])), ifBroken(","), line, "}"]),
  );
}

/** Values in a template stay on its line, however long that is. */
function layOutTemplate(texts: readonly string[], values: readonly Doc[]): Doc {
  return `\`${texts.map((text, index) => text + (index < values.length ? `\${${printFlat(values[index] ?? "")}}` : "")).join("")}\``;
}
