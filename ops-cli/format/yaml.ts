import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  parseAllDocuments,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

/** So many aliases may stand for values before we stop to compare, as the library has it. */
const MAX_ALIASES = 100;

/**
 * YAML laid out anew: two blanks for each level, lists inside of what holds them, blanks inside of braces, one empty line where
 * there were several. Comments, anchors, quotes and the form of texts stay.
 *
 * @throws Error where it is not YAML, or would mean something else.
 */
export function formatYaml(text: string): string {
  const documents = read(text);
  const formatted = documents.map(print).join("");
  const again = read(formatted);
  const values = (list: readonly Document[]): unknown => list.map((one) => one.toJS({ maxAliasCount: MAX_ALIASES }));
  if (!isDeepStrictEqual(values(documents), values(again))) throw new Error("it would mean something else");
  return formatted;
}

function read(text: string): readonly Document[] {
  const documents = parseAllDocuments(text, { uniqueKeys: false, keepSourceTokens: false });
  if (!Array.isArray(documents)) return [];
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) throw new Error(error.message.split("\n")[0]?.replace(/:$/, ""));
  return documents;
}

function print(document: Document): string {
  visit(document, {
    Node(_key, node) {
      if (isScalar(node) || isCollection(node)) {
        if (node.comment) node.comment = trimmed(node.comment);
        if (node.commentBefore) node.commentBefore = trimmed(node.commentBefore);
      }
      if (isCollection(node)) pad(node);
    },
  });
  return document.toString({ indent: 2, lineWidth: 0, flowCollectionPadding: true });
}

/** `{ a: 1 }`, but `[1]`: the library has one setting for both. */
function pad(node: YAMLMap | YAMLSeq): void {
  const print = node.toString.bind(node);
  const flowCollectionPadding = isMap(node) ? " " : "";
  node.toString = (context, ...rest) => print(context && { ...context, flowCollectionPadding }, ...rest);
}

function trimmed(comment: string): string {
  return comment
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
