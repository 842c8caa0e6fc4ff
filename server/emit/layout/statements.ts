import { type Around, isLogical, type LayOut } from "./around.ts";
import { layOutAssignment } from "./assignment.ts";
import { createCodeLayout } from "./code.ts";
import {
  type Doc,
  fill,
  group,
  hardLine,
  ifBroken,
  indent,
  join,
  line,
  placed,
  sequence,
  softLine,
} from "./document.ts";
import type { Code, Statement, Target } from "./syntax.ts";
import { layOutType } from "./types.ts";

/** Prettier gives an empty block two lines, but not a function's or a loop's. */
const emptyBlock: Doc = sequence(["{", hardLine, "}"]);

/** Between two words of a comment: the second one may begin another line of it. */
const nextWord: Doc = ifBroken(sequence([hardLine, "// "]), " ");

/** Lays statements out as Prettier does. The result is for one module: it keeps what it has laid out. */
export function createLayout(): (statements: readonly Statement[]) => Doc {
  const blocks = new Map<readonly Statement[], Doc>();
  const layOut: LayOut = createCodeLayout(layOutBlock);

  function layOutBlock(statements: readonly Statement[], around: Around | null, empty: Doc = "{}"): Doc {
    if (statements.length === 0) return empty;
    let doc = blocks.get(statements);
    if (doc === undefined) {
      doc = sequence(["{", indent(sequence([hardLine, layOutAll(statements, around)])), hardLine, "}"]);
      blocks.set(statements, doc);
    }
    return doc;
  }

  function layOutAll(statements: readonly Statement[], around: Around | null): Doc {
    return join(
      hardLine,
      statements.map((statement) => {
        const doc = sequence([layOutRemark(statement.comment ?? []), layOutStatement(statement, around)]);
        return statement.origin === null ? doc : placed(statement.origin, doc);
      }),
    );
  }

  function layOutStatement(statement: Statement, up: Around | null): Doc {
    const inside = (key: Around["key"]): Around => ({ parent: statement, key, up });
    switch (statement.kind) {
      case "declare":
        return layOutDeclaration(statement, inside("value"));
      case "assign": {
        const value = layOut(statement.value, inside("value"));
        return sequence([layOutAssignment(statement.target, " =", statement.value, value, null), ";"]);
      }
      case "expression":
        return sequence([layOut(statement.value, inside("value")), ";"]);
      case "if":
        return layOutIf(statement, inside);
      case "while": {
        const label = statement.label === null ? "" : `${statement.label}: `;
        return sequence([
          label,
          group(
            sequence(["while (", layOutTest(statement.test, inside("test")), ") ", layOutBlock(statement.body, up)]),
          ),
        ]);
      }
      case "block":
        return sequence([`${statement.label}: `, layOutBlock(statement.body, up, emptyBlock)]);
      case "break":
      case "continue":
        return statement.label === null ? `${statement.kind};` : `${statement.kind} ${statement.label};`;
      case "return":
        return statement.value === null
          ? "return;"
          : sequence(["return ", layOutResult(statement.value, inside("value")), ";"]);
      case "throw":
        return sequence(["throw ", layOutResult(statement.value, inside("value")), ";"]);
      case "try":
        return sequence([
          "try ",
          layOutBlock(statement.body, up, emptyBlock),
          statement.handler === null
            ? ""
            : sequence([
                ` catch (${statement.handler.parameter}) `,
                layOutBlock(statement.handler.body, up, statement.finalizer === null ? "{}" : emptyBlock),
              ]),
          statement.finalizer === null ? "" : sequence([" finally ", layOutBlock(statement.finalizer, up, emptyBlock)]),
        ]);
      default:
        return statement satisfies never;
    }
  }

  function layOutDeclaration(statement: Statement & { kind: "declare" }, around: Around): Doc {
    const type = statement.type === null ? "" : sequence([": ", layOutType(statement.type)]);
    const left = sequence([layOutTarget(statement.target), type]);
    if (statement.value === null) return sequence([`${statement.keyword} `, left, ";"]);
    const value = layOut(statement.value, around);
    return sequence([`${statement.keyword} `, layOutAssignment(left, " =", statement.value, value, null), ";"]);
  }

  function layOutIf(statement: Statement & { kind: "if" }, inside: (key: Around["key"]) => Around): Doc {
    const parts: Doc[] = [];
    for (const { test, then } of statement.cases) {
      if (parts.length > 0) parts.push(" else ");
      parts.push(
        group(
          sequence(["if (", layOutTest(test, inside("test")), ") ", layOutBlock(then, inside("body").up, emptyBlock)]),
        ),
      );
    }
    if (statement.otherwise !== null)
      parts.push(" else ", layOutBlock(statement.otherwise, inside("body").up, emptyBlock));
    return sequence(parts);
  }

  function layOutTest(test: Code, around: Around): Doc {
    if (isNegatedLogic(test)) return layOut(test, around);
    return group(sequence([indent(sequence([softLine, layOut(test, around)])), softLine]));
  }

  function layOutResult(value: Code, around: Around): Doc {
    const doc = layOut(value, around);
    return value.kind === "binary"
      ? group(sequence([ifBroken("("), indent(sequence([softLine, doc])), softLine, ifBroken(")")]))
      : doc;
  }

  return (statements) => layOutAll(statements, null);
}

/** A comment over a statement, each of its lines filled with as many words as fit. */
function layOutRemark(lines: readonly string[]): Doc {
  return sequence(
    lines.map((text) => sequence([layOutWords(text.split(" ").filter((word) => word !== "")), hardLine])),
  );
}

function layOutWords(words: readonly string[]): Doc {
  const parts = words.flatMap((word, index) => (index === 0 ? [word] : [nextWord, word]));
  return sequence(["//", ...(words.length === 0 ? [] : [" ", fill(parts)])]);
}

/** `if (!(a && b))`: the parentheses of the two are one. */
function isNegatedLogic(test: Code): boolean {
  if (test.kind !== "unary" || test.operator !== "!") return false;
  const inner =
    test.argument.kind === "unary" && test.argument.operator === "!" ? test.argument.argument : test.argument;
  return inner.kind === "binary" && isLogical(inner.operator);
}

function layOutTarget(target: Target): Doc {
  switch (target.kind) {
    case "name":
      return target.name;
    case "names":
      return sequence([
        "{",
        indent(sequence([line, join(sequence([",", line]), target.names)])),
        ifBroken(","),
        line,
        "}",
      ]);
    case "list": {
      const items = target.items.map((item) => (item === null ? "" : group(layOutTarget(item))));
      return group(
        sequence(["[", indent(sequence([softLine, join(sequence([",", line]), items), ifBroken(",")])), softLine, "]"]),
      );
    }
    default:
      return target satisfies never;
  }
}
