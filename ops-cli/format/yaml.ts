import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  parseAllDocuments,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

/** So many aliases may stand for values before we stop to compare, as the library has it. */
const MAX_ALIASES = 100;

/**
 * YAML laid out anew: two blanks for each level, lists inside of what holds them, blanks inside of braces, one empty line where
 * there were several. Comments, anchors and quotes stay, and texts with escapes or lines of their own as they were written.
 *
 * @throws Error where it is not YAML, or would mean something else.
 */
export function formatYaml(text: string): string {
  const values = (list: readonly Document[]): unknown => list.map((one) => one.toJS({ maxAliasCount: MAX_ALIASES }));
  const documents = read(text);
  const before = values(documents);
  const kept = createKept(text);
  const formatted = kept.putBack(documents.map((document) => print(document, kept)).join(""));
  if (!isDeepStrictEqual(before, values(read(formatted)))) throw new Error("it would mean something else");
  return formatted;
}

function read(text: string): readonly Document[] {
  const documents = parseAllDocuments(text, { uniqueKeys: false, keepSourceTokens: true });
  if (!Array.isArray(documents)) return [];
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) throw new Error(error.message.split("\n")[0]?.replace(/:$/, ""));
  return documents;
}

function print(document: Document, kept: Kept): string {
  visit(document, {
    Node(_key, node) {
      if (isScalar(node) || isCollection(node)) {
        if (node.comment) node.comment = trimmed(node.comment);
        if (node.commentBefore) node.commentBefore = trimmed(node.commentBefore);
      }
      if (isCollection(node)) pad(node);
      else if (isScalar(node)) kept.take(node);
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

/** Texts and numbers, which the library might write in another way. A word stands for each while it prints. */
interface Kept {
  take(scalar: Scalar): void;
  putBack(printed: string): string;
}

function createKept(text: string): Kept {
  // A word that the text does not have.
  let marks = "";
  while (text.includes(`kept${marks}`)) marks += "x";
  const sources: { readonly isBlock: boolean; readonly source: string }[] = [];
  return {
    take(scalar) {
      const source = sourceOf(scalar);
      if (source === null) return;
      scalar.value = `kept${marks}${sources.length}z`;
      scalar.type = "PLAIN";
      sources.push(source);
    },
    putBack(printed) {
      return printed
        .split("\n")
        .map((line) =>
          line.replace(/kept(x*)(\d+)z/g, (found, some: string, index: string, offset: number) => {
            const kept = some === marks ? sources[Number(index)] : undefined;
            if (kept === undefined) return found;
            return kept.isBlock ? indented(kept.source, line.slice(0, offset)) : kept.source;
          }),
        )
        .join("\n");
    },
  };
}

/** Null: the library may write it. */
function sourceOf({ srcToken }: Scalar): { readonly isBlock: boolean; readonly source: string } | null {
  if (srcToken !== undefined && "source" in srcToken && srcToken.type !== "block-scalar") {
    const { source } = srcToken;
    return source === "" || /[\r\n]/.test(source) ? null : { isBlock: false, source };
  }
  if (srcToken?.type !== "block-scalar") return null;
  const header = srcToken.props.find(({ type }) => type === "block-scalar-header");
  const isPlain = header !== undefined && "source" in header && /^[|>]-?$/.test(header.source);
  if (!isPlain || srcToken.props.some(({ type }) => type === "comment")) return null;
  return { isBlock: true, source: `${header.source}\n${srcToken.source}` };
}

/** A block of lines below a key or a dash, two blanks further in. */
function indented(source: string, before: string): string {
  const [header = "", ...lines] = source.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n");
  const depth = Math.min(
    ...lines.flatMap((line) => (line.trim() === "" ? [] : [line.length - line.trimStart().length])),
  );
  const [lead = ""] = /^(?: |- )*/.exec(before) ?? [];
  const indent = " ".repeat(lead.length + (before.length > lead.length ? 2 : 0));
  return [header, ...lines.map((line) => (line.trim() === "" ? "" : indent + line.slice(depth)))].join("\n");
}
