/** A string as JSON writes it, in printable ASCII. */
export function quote(text: string): string {
  return escapeText(JSON.stringify(text));
}

/** Escapes what is not printable ASCII, so that nothing is invisible or changes the direction of the text. */
function escapeText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A name as it is, or quoted where it is no plain identifier. */
export function key(text: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(text) ? text : quote(text);
}

/** As JavaScript writes it; with `-0`, which it writes as 0. */
export function printNumber(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Tells apart things that have the same name: the second one gets `.2` behind it, and so on. */
export function createNaming<T extends object>(nameOf: (thing: T) => string): (thing: T) => string {
  const names = new Map<T, string>();
  const counts = new Map<string, number>();
  return (thing) => {
    const known = names.get(thing);
    if (known !== undefined) return known;
    const name = nameOf(thing);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const text = count === 1 ? name : `${name}.${count}`;
    names.set(thing, text);
    return text;
  };
}
