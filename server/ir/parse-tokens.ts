/** A piece of a program's text form. Lines and columns count from 1. */
export interface Token {
  readonly kind: "word" | "string" | "number" | "mark" | "end";
  /** Of a string its value; of all others as written. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** The text is not a program's text form. */
class IrSyntaxError extends Error {
  override readonly name = "IrSyntaxError";
  readonly line: number;
  readonly column: number;
  constructor(problem: string, at: Pick<Token, "line" | "column">) {
    super(`${at.line}:${at.column}: ${problem}`);
    this.line = at.line;
    this.column = at.column;
  }
}

const pieces =
  /(?<space>[ \t]+)|(?<string>"(?:[^"\\]|\\.)*")|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-Infinity\b)|(?<word>[A-Za-z_$][\w$]*)|(?<mark>\.\.\.|===|!==|=>|->|<=|>=|&&|\|\||\?\?|\?\.|[{}()[\]<>=,;:.|?!+\-*/%#@])/y;

/** The tokens of a text; those that say where a step comes from (` @ "pointer"` at the end of a line) are told apart. */
export function tokenize(text: string): { tokens: readonly Token[]; pointers: ReadonlyMap<number, string> } {
  const tokens: Token[] = [];
  const pointers = new Map<number, string>();
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const found = tokensOf(line, index + 1);
    const [mark, pointer] = found.slice(-2);
    if (mark?.text === "@" && mark.kind === "mark" && pointer?.kind === "string") {
      pointers.set(index + 1, pointer.text);
      found.length -= 2;
    }
    for (const token of found) tokens.push(token);
  }
  tokens.push({ kind: "end", text: "the end", line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 });
  return { tokens, pointers };
}

function tokensOf(text: string, line: number): Token[] {
  const tokens: Token[] = [];
  pieces.lastIndex = 0;
  while (pieces.lastIndex < text.length) {
    const column = pieces.lastIndex + 1;
    const groups = pieces.exec(text)?.groups;
    if (groups === undefined)
      throw new IrSyntaxError(`${JSON.stringify(text[column - 1])} has no meaning here`, { line, column });
    const { string, number, word, mark } = groups;
    if (string !== undefined) tokens.push({ kind: "string", text: unquote(string, { line, column }), line, column });
    else if (number !== undefined) tokens.push({ kind: "number", text: number, line, column });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, line, column });
    else if (mark !== undefined) tokens.push({ kind: "mark", text: mark, line, column });
  }
  return tokens;
}

function unquote(text: string, at: Pick<Token, "line" | "column">): string {
  try {
    return String(JSON.parse(text));
  } catch {
    throw new IrSyntaxError(`${text} is not a string in JSON`, at);
  }
}

/** Reads tokens one by one. What a word means is for the caller to say: none is reserved. */
export interface Cursor {
  readonly next: Token;
  take(): Token;
  /** Takes the word or mark if it is next. */
  accept(text: string): boolean;
  expect(text: string): void;
  isNext(text: string): boolean;
  /** Whether more stands on the line of the token taken last. */
  readonly hasMoreOnLine: boolean;
  string(): string;
  number(): number;
  /** A name, plain or quoted. */
  key(): string;
  /** The `.2` behind the name of a second thing of that name; 1 where there is none. */
  count(): number;
  /** Items with commas between, up to `close`, which it takes. */
  list<T>(close: string, item: () => T): T[];
  /** Items up to `close`, which it takes. */
  until<T>(close: string, item: () => T): T[];
  fail(problem: string, at?: Token): never;
}

export function createCursor(tokens: readonly Token[]): Cursor {
  let position = 0;
  const end = tokens.at(-1) ?? { kind: "end", text: "the end", line: 1, column: 1 };
  const next = (): Token => tokens[position] ?? end;
  const fail = (problem: string, at = next()): never => {
    throw new IrSyntaxError(problem, at);
  };
  const take = (): Token => {
    const token = next();
    position = Math.min(position + 1, tokens.length - 1);
    return token;
  };
  const isNext = (text: string): boolean => {
    const { kind, text: found } = next();
    return (kind === "word" || kind === "mark") && found === text;
  };
  const accept = (text: string): boolean => {
    const found = isNext(text);
    if (found) take();
    return found;
  };
  const shown = ({ kind, text }: Token): string => (kind === "string" ? JSON.stringify(text) : text);
  const expect = (text: string): void => {
    if (!accept(text)) fail(`expected ${text}, found ${shown(next())}`);
  };
  const string = (): string => {
    if (next().kind !== "string") fail(`expected a string, found ${shown(next())}`);
    return take().text;
  };
  const until = <T>(close: string, item: () => T): T[] => {
    const items: T[] = [];
    while (!accept(close)) items.push(item());
    return items;
  };
  return {
    get next() {
      return next();
    },
    get hasMoreOnLine() {
      return next().kind !== "end" && next().line === tokens[position - 1]?.line;
    },
    take,
    accept,
    expect,
    isNext,
    string,
    number() {
      const { kind, text } = next();
      if (kind !== "number" && text !== "Infinity" && text !== "NaN") fail(`expected a number, found ${shown(next())}`);
      return Number(take().text);
    },
    key() {
      if (next().kind !== "word" && next().kind !== "string") fail(`expected a name, found ${shown(next())}`);
      return take().text;
    },
    count() {
      if (!isNext(".") || tokens[position + 1]?.kind !== "number") return 1;
      take();
      return Number(take().text);
    },
    list(close, item) {
      const items: ReturnType<typeof item>[] = [];
      if (accept(close)) return items;
      do items.push(item());
      while (accept(","));
      expect(close);
      return items;
    },
    until,
    fail,
  };
}
