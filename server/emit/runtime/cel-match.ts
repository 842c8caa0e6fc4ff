/** A state of a pattern's automaton: goes on to all of `next` when its test of a character, or of the place between two, holds. */
interface PatternState {
  readonly takes: ((code: number) => boolean) | null;
  readonly holds: ((before: number, after: number) => boolean) | null;
  readonly next: number[];
}

/** Adds the states for a part of a pattern, which go on to state `next`, and gives the first of them. */
type PatternPart = (next: number) => number;

/**
 * Whether a text has a part that a regular expression (RE2 syntax) describes. All alternatives are followed at once
 * (Thompson, Regular Expression Search Algorithm, 1968): the time is linear in the text whatever the pattern.
 */
export function matches(text: string, pattern: string): boolean {
  const states: PatternState[] = [{ takes: null, holds: null, next: [] }];
  const start = createPatternReader(pattern, states)(0);
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  let waiting: readonly PatternState[] = [];
  for (let index = 0; index <= codes.length; index++) {
    const after = codes[index] ?? -1;
    const reached = reachStates(
      states,
      [...waiting.flatMap((state) => state.next), start],
      codes[index - 1] ?? -1,
      after,
    );
    if (reached === null) return true;
    waiting = reached.filter((state) => state.takes?.(after) === true);
  }
  return false;
}

/** The states that wait for a character once these are reached; null when the pattern has come to its end. */
function reachStates(
  states: readonly PatternState[],
  first: readonly number[],
  before: number,
  after: number,
): PatternState[] | null {
  const seen = new Set<number>();
  const waiting: PatternState[] = [];
  const open = [...first];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const state = states[id];
    if (id === 0) return null;
    if (state === undefined || seen.has(id)) continue;
    seen.add(id);
    if (state.takes !== null) waiting.push(state);
    else if (state.holds === null || state.holds(before, after))
      open.push(...state.next);
  }
  return waiting;
}

/** Reads a pattern that the compiler has found to be valid. */
function createPatternReader(
  pattern: string,
  states: PatternState[],
): PatternPart {
  const characters = Array.from(pattern.replace(/^\(\?i\)/, ""));
  const ignoreCase = characters.length < Array.from(pattern).length;
  let index = 0;
  const peek = (): string => characters[index] ?? "";
  const take = (): string => characters[index++] ?? "";
  const accept = (text: string): boolean => {
    const sees = characters.slice(index, index + text.length).join("") === text;
    if (sees) index += text.length;
    return sees;
  };

  const add = (state: PatternState): number => states.push(state) - 1;
  const one = (takes: (code: number) => boolean): PatternPart => {
    const either = (code: number): boolean =>
      takes(code) ||
      takes(otherCase(code, "lower")) ||
      takes(otherCase(code, "upper"));
    return (next) =>
      add({ takes: ignoreCase ? either : takes, holds: null, next: [next] });
  };
  const assertion =
    (holds: (before: number, after: number) => boolean): PatternPart =>
    (next) =>
      add({ takes: null, holds, next: [next] });

  const readChoice = (): PatternPart => {
    const options = [readSequence()];
    while (accept("|")) options.push(readSequence());
    return (next) =>
      add({
        takes: null,
        holds: null,
        next: options.map((option) => option(next)),
      });
  };

  const readSequence = (): PatternPart => {
    const parts: PatternPart[] = [];
    while (index < characters.length && peek() !== "|" && peek() !== ")")
      parts.push(readRepeated());
    return (next) =>
      parts.reduceRight((following, part) => part(following), next);
  };

  const readRepeated = (): PatternPart => {
    const part = readAtom();
    const count = readCount();
    return count === null ? part : repeat(part, count.least, count.most);
  };

  const readCount = (): { least: number; most: number } | null => {
    const written = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(
      characters.slice(index, index + 12).join(""),
    );
    if (written === null) return null;
    const [all, sign, least = "", comma, most = ""] = written;
    index += all.length;
    if (sign !== undefined)
      return {
        least: sign === "+" ? 1 : 0,
        most: sign === "?" ? 1 : Number.POSITIVE_INFINITY,
      };
    return {
      least: Number(least),
      most:
        most !== ""
          ? Number(most)
          : comma === ""
            ? Number(least)
            : Number.POSITIVE_INFINITY,
    };
  };

  const repeat =
    (part: PatternPart, least: number, most: number): PatternPart =>
    (next) => {
      let first = next;
      if (most === Number.POSITIVE_INFINITY) {
        const again: number[] = [next];
        first = add({ takes: null, holds: null, next: again });
        again.push(part(first));
      } else
        for (let count = least; count < most; count++)
          first = add({ takes: null, holds: null, next: [next, part(first)] });
      for (let count = 0; count < least; count++) first = part(first);
      return first;
    };

  const readAtom = (): PatternPart => {
    if (accept("(")) {
      accept("?:");
      const inside = readChoice();
      take();
      return inside;
    }
    if (accept("[")) return readClass();
    if (accept(".")) return one((code) => code !== 10 && code >= 0);
    if (accept("^") || accept("\\A")) return assertion((before) => before < 0);
    if (accept("$") || accept("\\z")) return assertion((_, after) => after < 0);
    if (accept("\\b"))
      return assertion(
        (before, after) => isWordCode(before) !== isWordCode(after),
      );
    if (accept("\\B"))
      return assertion(
        (before, after) => isWordCode(before) === isWordCode(after),
      );
    return one(readItem(false));
  };

  const readClass = (): PatternPart => {
    const negated = accept("^");
    const items: ((code: number) => boolean)[] = [];
    do items.push(readItem(true));
    while (!accept("]"));
    return one(
      (code) => code >= 0 && items.some((item) => item(code)) !== negated,
    );
  };

  /** A character, a range of them or a kind of them. */
  const readItem = (inClass: boolean): ((code: number) => boolean) => {
    const first = readCharacter();
    if (typeof first !== "number") return first;
    const isRange = inClass && peek() === "-" && characters[index + 1] !== "]";
    if (!isRange) return (code) => code === first;
    take();
    const last = readCharacter();
    return (code) => code >= first && typeof last === "number" && code <= last;
  };

  const readCharacter = (): number | ((code: number) => boolean) => {
    const character = take();
    if (character !== "\\") return character.codePointAt(0) ?? -1;
    const letter = take();
    const isInverse = "DWSP".includes(letter);
    const test = patternKind(letter.toLowerCase(), () => {
      const from = index;
      while (take() !== "}");
      return characters.slice(from, index).join("");
    });
    if (test !== null) return (code) => code >= 0 && test(code) !== isInverse;
    if (letter === "x") return readHexadecimal();
    const control = "tnvfr".indexOf(letter);
    return control >= 0
      ? ([9, 10, 11, 12, 13][control] ?? -1)
      : (letter.codePointAt(0) ?? -1);
  };

  const readHexadecimal = (): number => {
    if (!accept("{")) return Number.parseInt(take() + take(), 16);
    let digits = "";
    while (peek() !== "}") digits += take();
    take();
    return Number.parseInt(digits, 16);
  };

  return readChoice();
}

/** What `\d`, `\w`, `\s` and `\p{…}` stand for; null for other letters. */
function patternKind(
  letter: string,
  readProperty: () => string,
): ((code: number) => boolean) | null {
  if (letter === "d") return (code) => code >= 48 && code <= 57;
  if (letter === "w") return isWordCode;
  if (letter === "s")
    return (code) =>
      code === 32 || code === 9 || code === 10 || code === 12 || code === 13;
  if (letter !== "p") return null;
  const property = new RegExp(`^\\p${readProperty()}$`, "u");
  return (code) => property.test(String.fromCodePoint(code));
}

function isWordCode(code: number): boolean {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    code === 95 ||
    (code >= 97 && code <= 122)
  );
}

function otherCase(code: number, to: "lower" | "upper"): number {
  if (code < 0) return code;
  const character = String.fromCodePoint(code);
  return (
    (to === "lower"
      ? character.toLowerCase()
      : character.toUpperCase()
    ).codePointAt(0) ?? code
  );
}
