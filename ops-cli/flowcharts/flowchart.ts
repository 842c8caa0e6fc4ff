/** A flowchart as it is drawn. Labels are text of strangers: each form has its own escapes. */
export interface Flowchart {
  readonly nodes: readonly ChartNode[];
  readonly edges: readonly ChartEdge[];
}

export interface ChartNode {
  readonly id: string;
  /** start, end, fail, step, decision, wait, fork, join or loop; a number where the server is newer. */
  readonly kind: string;
  readonly label: string;
  readonly nodeId: string;
  readonly line: number;
}

export interface ChartEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly onFailure: boolean;
  readonly back: boolean;
}

/** A label in lines of about `width` characters, at most `lines` of them. */
export function lined(label: string, width: number, lines: number): readonly string[] {
  const rows: string[] = [];
  let current = "";
  for (const word of label.split(/\s+/)) {
    for (let rest = word; rest !== ""; rest = rest.slice(width)) {
      const part = rest.slice(0, width);
      if (current !== "" && current.length + part.length + 1 > width) {
        rows.push(current);
        current = part;
      } else current = current === "" ? part : `${current} ${part}`;
    }
  }
  if (current !== "") rows.push(current);
  if (rows.length <= lines) return rows;
  return [...rows.slice(0, lines - 1), `${(rows[lines - 1] ?? "").slice(0, width - 1)}…`];
}
