import type { Regex, RegexState } from "./jsonata-regex.ts";

/** Adds the states for a part of a pattern, which go on to state `next`, and gives the first of them. `depth`: of repetitions around it. */
type RegexPart = (next: number, depth: number) => number;

/**
 * Reads a regular expression as JavaScript has it, without look-around and references back, which the compiler refuses.
 * Flags: `i` ignores case, `m` lets `^` and `$` match at lines.
 */
export function readRegex(pattern: string, flags: string): Regex {
  const states: RegexState[] = [{ kind: "end" }];
  const ignoreCase = flags.includes("i");
  const multiline = flags.includes("m");
  let index = 0;
  let groups = 0;
  const accept = (text: string): boolean => {
    const sees = pattern.startsWith(text, index);
    if (sees) index += text.length;
    return sees;
  };
  const add = (state: RegexState): number => states.push(state) - 1;
  const take =
    (takes: (code: number) => boolean): RegexPart =>
    (next) =>
      add({ kind: "take", takes, next });
  const hold =
    (holds: (before: number, after: number) => boolean): RegexPart =>
    (next) =>
      add({ kind: "hold", holds, next });
  const one = (takes: (code: number) => boolean): RegexPart =>
    take(ignoreCase ? (code) => casesOf(code).some(takes) : takes);

  const readChoice = (): RegexPart => {
    const options = [readSequence()];
    while (accept("|")) options.push(readSequence());
    const [only] = options;
    if (options.length === 1 && only !== undefined) return only;
    return (next, depth) =>
      add({ kind: "try", next: options.map((option) => option(next, depth)) });
  };

  const readSequence = (): RegexPart => {
    const parts: RegexPart[] = [];
    while (index < pattern.length && !"|)".includes(pattern.charAt(index)))
      parts.push(readRepeated());
    return (next, depth) =>
      parts.reduceRight((following, part) => part(following, depth), next);
  };

  const readRepeated = (): RegexPart => {
    const outside = groups;
    const part = readAtom();
    const count = regexCount(pattern, index);
    if (count === null) return part;
    index = count.end;
    const inside = Array.from(
      { length: 2 * (groups - outside) },
      (_, slot) => 2 * outside + 2 + slot,
    );
    const again: RegexPart = (next, depth) => {
      const first = part(next, depth);
      if (inside.length === 0) return first;
      return add({ kind: "note", slots: inside, isKept: false, next: first });
    };
    return repeated(again, count);
  };

  const repeated =
    (part: RegexPart, { least, most, isLazy }: RegexCount): RegexPart =>
    (next, depth) => {
      const loop = 1 << depth;
      const tried = (after: number): readonly number[] => {
        const done = add({ kind: "done", loop, next: after });
        const first = part(done, depth + 1);
        const begin = add({ kind: "begin", loop, next: first });
        return isLazy ? [next, begin] : [begin, next];
      };
      let first = next;
      if (most === Number.POSITIVE_INFINITY) {
        // The state is known to its own body before it is made.
        first = add({ kind: "end" });
        states[first] = { kind: "try", next: tried(first) };
      } else
        for (let count = least; count < most; count++)
          first = add({ kind: "try", next: tried(first) });
      for (let count = 0; count < least; count++) first = part(first, depth);
      return first;
    };

  const readAtom = (): RegexPart => {
    if (accept("(")) return readGroup();
    if (accept("[")) return readClass();
    if (accept(".")) return one((code) => !isLineEnd(code));
    if (accept("^"))
      return hold((before) => before < 0 || (multiline && isLineEnd(before)));
    if (accept("$"))
      return hold((_, after) => after < 0 || (multiline && isLineEnd(after)));
    if (accept("\\b")) return hold((l, r) => isRegexWord(l) !== isRegexWord(r));
    if (accept("\\B")) return hold((l, r) => isRegexWord(l) === isRegexWord(r));
    return one(readItem(false));
  };

  const readGroup = (): RegexPart => {
    const slot = accept("?:") ? null : 2 * ++groups;
    const inside = readChoice();
    index++;
    if (slot === null) return inside;
    const note = (at: number, next: number): number =>
      add({ kind: "note", slots: [at], isKept: true, next });
    return (next, depth) => note(slot, inside(note(slot + 1, next), depth));
  };

  const readClass = (): RegexPart => {
    const isNegated = accept("^");
    const items: ((code: number) => boolean)[] = [];
    while (!accept("]")) items.push(readItem(true));
    const takes = (code: number): boolean => items.some((item) => item(code));
    return take(
      (code) =>
        (ignoreCase ? casesOf(code).some(takes) : takes(code)) !== isNegated,
    );
  };

  /** A character, a range of them or a kind of them. */
  const readItem = (isInClass: boolean): ((code: number) => boolean) => {
    const first = readCharacter(isInClass);
    const isRange =
      isInClass &&
      pattern.charAt(index) === "-" &&
      pattern.charAt(index + 1) !== "]";
    if (!isRange)
      return typeof first === "number" ? (code) => code === first : first;
    index++;
    const last = readCharacter(isInClass);
    if (typeof first === "number" && typeof last === "number")
      return (code) => code >= first && code <= last;
    const ends = [first, 45, last];
    return (code) =>
      ends.some((end) => (typeof end === "number" ? end === code : end(code)));
  };

  const readCharacter = (
    isInClass: boolean,
  ): number | ((code: number) => boolean) => {
    const code = pattern.charCodeAt(index++);
    if (code !== 92) return code;
    const letter = pattern.charAt(index++);
    if (isInClass && letter === "b") return 8;
    const kind = regexKind(letter.toLowerCase());
    if (kind !== null)
      return (given) => kind(given) !== (letter !== letter.toLowerCase());
    const digits = letter === "x" ? 2 : letter === "u" ? 4 : 0;
    if (digits > 0) {
      index += digits;
      return Number.parseInt(pattern.slice(index - digits, index), 16);
    }
    const control = "0tnvfr".indexOf(letter);
    return control < 0
      ? letter.charCodeAt(0)
      : ([0, 9, 10, 11, 12, 13][control] ?? 0);
  };

  const start = readChoice()(0, 0);
  return { states, start, groups };
}

interface RegexCount {
  readonly least: number;
  readonly most: number;
  readonly isLazy: boolean;
  readonly end: number;
}

/** How often what stands before `index` is repeated. */
function regexCount(pattern: string, index: number): RegexCount | null {
  const form = /(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)/y;
  form.lastIndex = index;
  const written = form.exec(pattern);
  if (written === null) return null;
  const [, sign, least = "", comma, most = "", lazy] = written;
  const most2 = most === "" ? Number.POSITIVE_INFINITY : Number(most);
  const counts =
    sign === undefined
      ? { least: Number(least), most: comma === "" ? Number(least) : most2 }
      : {
          least: sign === "+" ? 1 : 0,
          most: sign === "?" ? 1 : Number.POSITIVE_INFINITY,
        };
  return { ...counts, isLazy: lazy === "?", end: form.lastIndex };
}

/** What `\d`, `\w` and `\s` stand for; null for other letters. */
function regexKind(letter: string): ((code: number) => boolean) | null {
  if (letter === "d") return (code) => code >= 48 && code <= 57;
  if (letter === "w") return isRegexWord;
  if (letter === "s") return (code) => /\s/.test(String.fromCharCode(code));
  return null;
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
}

function isRegexWord(code: number): boolean {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    code === 95 ||
    (code >= 97 && code <= 122)
  );
}

/** A character and those that are the same where case is ignored. */
function casesOf(code: number): readonly number[] {
  const text = String.fromCharCode(code);
  const others = [text.toLowerCase(), text.toUpperCase()]
    .filter((other) => other.length === 1)
    .map((other) => other.charCodeAt(0));
  return [
    code,
    ...others.filter((other) => foldedCase(other) === foldedCase(code)),
  ];
}

function foldedCase(code: number): number {
  const upper = String.fromCharCode(code).toUpperCase();
  const folded = upper.length === 1 ? upper.charCodeAt(0) : code;
  return code >= 128 && folded < 128 ? code : folded;
}
