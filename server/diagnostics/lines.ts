/** Finds lines and columns of offsets. Both count from 1; a line ends at LF, CR LF or CR. */
export interface Lines {
  at(offset: number): { readonly line: number; readonly column: number };
  /** The text of a line without its end. */
  text(line: number): string;
}

export function createLines(text: string): Lines {
  const starts = [0];
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 10 || (unit === 13 && text.charCodeAt(index + 1) !== 10)) starts.push(index + 1);
  }
  return {
    at(offset) {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
    },
    text(line) {
      const start = starts[line - 1] ?? text.length;
      let end = starts[line] ?? text.length;
      if (end > start && text.charCodeAt(end - 1) === 10) end--;
      if (end > start && text.charCodeAt(end - 1) === 13) end--;
      return text.slice(start, end);
    },
  };
}
