/** Words of the language, and globals that generated code or the runtime relies on. */
const reserved: ReadonlySet<string> = new Set(
  `abstract any arguments as asserts async await bigint boolean break case catch class const constructor continue debugger
   declare default delete do else enum eval export extends false finally for from function get global globalThis if
   implements import in infer instanceof interface intrinsic is keyof let module namespace never new null number object of
   out override package private protected public readonly require return satisfies set static string super switch symbol
   this throw true try type typeof undefined unique unknown using var void while with yield
   AbortController AbortSignal Array Boolean Date Error Infinity JSON Map Math NaN Number Object Promise Record RegExp Set
   String Symbol TypeError RangeError clearTimeout console crypto define describe exports fetch hasOwnProperty isFinite isNaN it parseFloat
   parseInt process prototype queueMicrotask self setTimeout structuredClone test toString valueOf window __proto__ __dirname
   __filename`.split(/\s+/),
);

/** Longer names say no more; the rest is cut off. */
const maxLength = 40;

/**
 * The one source of identifiers in a module. Whatever the definition calls a thing, its name here is made of ASCII
 * letters and digits, is no reserved word and is used for nothing else.
 */
export interface SymbolTable {
  /** A variable's or function's name: camelCase. */
  value(suggestion: string, otherwise: string): string;
  /** A type's name: PascalCase. */
  type(suggestion: string): string;
  /** A name that is free again once `release` was called with it. */
  bind(suggestion: string, otherwise: string): string;
  release(name: string): void;
  /** Names that were asked for in vain. */
  readonly refused: ReadonlySet<string>;
}

export function createSymbolTable(taken: Iterable<string>): SymbolTable {
  const used = new Set<string>([...reserved, ...taken]);
  const counts = new Map<string, number>();
  const refused = new Set<string>();

  function claim(base: string): string {
    let name = base;
    if (used.has(base)) refused.add(base);
    let count = counts.get(base) ?? 1;
    while (used.has(name)) {
      count += 1;
      name = /\d$/.test(base) ? `${base}_${count}` : `${base}${count}`;
    }
    counts.set(base, count);
    used.add(name);
    return name;
  }

  return {
    refused,
    value: (suggestion, otherwise) => claim(camelCase(suggestion) ?? otherwise),
    type: (suggestion) => claim(pascalCase(suggestion) ?? "Value"),
    bind(suggestion, otherwise) {
      const base = camelCase(suggestion) ?? otherwise;
      counts.delete(base);
      return claim(base);
    },
    release: (name) => void used.delete(name),
  };
}

/** `send-mail` → `sendMail`, `ORDER_TOTAL` → `orderTotal`; null where there is no letter to begin with. */
export function camelCase(suggestion: string): string | null {
  const [first, ...rest] = wordsOf(suggestion);
  if (first === undefined) return null;
  const head = /^[A-Z\d]+$/.test(first) ? first.toLowerCase() : first.charAt(0).toLowerCase() + first.slice(1);
  return begin(head + rest.map(capitalised).join(""));
}

function pascalCase(suggestion: string): string | null {
  const words = wordsOf(suggestion);
  return words.length === 0 ? null : begin(words.map(capitalised).join(""));
}

function wordsOf(suggestion: string): readonly string[] {
  const ascii = suggestion
    .slice(0, 4 * maxLength)
    .replaceAll("ß", "ss")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "");
  return ascii.split(/[^A-Za-z\d]+/).filter((word) => word !== "");
}

function capitalised(word: string): string {
  const rest = /^[A-Z\d]{2,}$/.test(word) ? word.slice(1).toLowerCase() : word.slice(1);
  return word.charAt(0).toUpperCase() + rest;
}

function begin(name: string): string {
  return (/^\d/.test(name) ? `_${name}` : name).slice(0, maxLength);
}
