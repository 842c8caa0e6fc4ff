const printableAscii = /^[\x20-\x7e]*$/;

/** Emoji that editors draw over two columns, sequences of them included. */
const emoji = /\p{RGI_Emoji}|[\p{Emoji}--\p{ASCII}]\ufe0f?/gv;

const withoutWidth = /[\p{Nonspacing_Mark}\p{Enclosing_Mark}\p{Control}]/u;

/** First and last code points of what East Asian scripts draw over two columns (Unicode Standard Annex 11: W and F). */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4c6],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2fb],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

/** How many columns a text takes in an editor. */
export function widthOf(text: string): number {
  if (printableAscii.test(text)) return text.length;
  let width = 0;
  const rest = text.replace(emoji, () => {
    width += 2;
    return "";
  });
  for (const character of rest) {
    if (withoutWidth.test(character)) continue;
    const code = character.codePointAt(0) ?? 0;
    width += wide.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
  }
  return width;
}
