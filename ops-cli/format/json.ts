/** Widest line that a list or an object is written on. */
const WIDTH = 100;

/**
 * JSON laid out anew, token by token: numbers, texts and repeated keys stay as they were written. Lists and objects that hold
 * no others and fit in a line stand on one.
 *
 * @throws Error where it is not JSON.
 */
export function formatJson(text: string): string {
  // The grammar is checked by somebody who knows it; all that is left to do here is to put blanks between tokens.
  JSON.parse(text);
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g) ?? [];
  const lines: string[] = [];
  let current = "";
  let depth = 0;
  const indent = (): string => "  ".repeat(depth);
  const newLine = (): void => {
    lines.push(current);
    current = indent();
  };
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? "";
    if (token === "{" || token === "[") {
      const flat = onOneLine(tokens, index);
      // A comma may follow.
      if (flat !== null && current.length + flat.text.length < WIDTH) {
        current += flat.text;
        index = flat.end;
      } else {
        current += token;
        depth++;
        newLine();
      }
    } else if (token === "}" || token === "]") {
      depth--;
      newLine();
      current += token;
    } else if (token === ",") {
      current += ",";
      newLine();
    } else current += token === ":" ? ": " : token;
  }
  lines.push(current);
  return `${lines.join("\n")}\n`;
}

/** The list or object that begins at `start` as one line; null where it holds others that are not empty. */
function onOneLine(tokens: readonly string[], start: number): { readonly text: string; readonly end: number } | null {
  const isObject = tokens[start] === "{";
  let text = "";
  for (let index = start + 1; text.length < WIDTH; index++) {
    const token = tokens[index];
    if (token === undefined) return null;
    if (token === "}" || token === "]") {
      if (text === "") return { text: isObject ? "{}" : "[]", end: index };
      return { text: isObject ? `{ ${text} }` : `[${text}]`, end: index };
    }
    if (token === "{" || token === "[") {
      const close = tokens[index + 1];
      if (close !== "}" && close !== "]") return null;
      text += token + close;
      index++;
    } else text += token === ":" ? ": " : token === "," ? ", " : token;
  }
  return null;
}
