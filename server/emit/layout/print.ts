import type { Origin } from "../../diagnostics/diagnostic.ts";
import type { Mapping } from "../emit.ts";
import type { Doc, Group } from "./document.ts";
import { widthOf } from "./width.ts";

/** Prettier's default. */
const printWidth = 80;
const indentWidth = 2;

/** Stands behind the contents of what is placed. */
const leave: Doc = { kind: "sequence", parts: [], breaks: false, forces: false };

interface Command {
  readonly doc: Doc;
  readonly indentation: number;
  readonly broken: boolean;
}

export interface Printed {
  readonly text: string;
  readonly mappings: readonly Mapping[];
}

/** Chooses a layout that keeps to the print width where it can. Time is linear in the document, for groups give up at the width. */
export function print(doc: Doc): Printed {
  const commands: Command[] = [{ doc, indentation: 0, broken: true }];
  const brokenGroups = new Set<symbol>();
  const mappings: Mapping[] = [];
  /** What the text at hand is inside of, the innermost last. */
  const places: (Origin | null)[] = [];
  const lines: string[] = [];
  let printed = 0;
  let text = "";
  let column = 0;
  let remeasure = false;

  function breakLine(indentation: number): void {
    const ended = `${text.trimEnd()}\n`;
    lines.push(ended);
    printed += ended.length;
    text = " ".repeat(indentation);
    column = indentation;
  }

  function layOut(choice: Group, command: Command): Command {
    const { indentation } = command;
    const flat = (contents: Doc): Command => ({ doc: contents, indentation, broken: false });
    if (!command.broken && !remeasure) return { doc: choice.contents, indentation, broken: choice.broken };
    remeasure = false;
    const room = printWidth - column;
    if (!choice.broken && fits(flat(choice.contents), commands, room, brokenGroups)) return flat(choice.contents);
    if (choice.states === null) return { doc: choice.contents, indentation, broken: true };
    if (!choice.broken) {
      for (const state of choice.states.slice(1, -1)) {
        if (fits(flat(state), commands, room, brokenGroups)) return flat(state);
      }
    }
    return { doc: choice.states.at(-1) ?? "", indentation, broken: true };
  }

  for (let command = commands.pop(); command !== undefined; command = commands.pop()) {
    const { doc: next, indentation, broken } = command;
    if (next === leave) {
      places.pop();
      mappings.push({ offset: printed + text.length, origin: places.at(-1) ?? null });
      continue;
    }
    if (typeof next === "string") {
      text += next;
      column += widthOf(next);
      continue;
    }
    switch (next.kind) {
      case "sequence":
        for (let index = next.parts.length - 1; index >= 0; index--) {
          commands.push({ doc: next.parts[index] ?? "", indentation, broken });
        }
        break;
      case "indent":
        commands.push({ doc: next.contents, indentation: indentation + indentWidth, broken });
        break;
      case "align":
        commands.push({ doc: next.contents, indentation: indentation + next.width, broken });
        break;
      case "group": {
        const chosen = layOut(next, command);
        if (chosen.broken && next.id !== null) brokenGroups.add(next.id);
        commands.push(chosen);
        break;
      }
      case "ifBroken": {
        const isBroken = next.group === null ? broken : brokenGroups.has(next.group);
        commands.push({ doc: isBroken ? next.broken : next.flat, indentation, broken });
        break;
      }
      case "line":
        if (broken || next.hard) {
          // A line that is broken in spite of a flat group around it: what follows was not measured.
          remeasure ||= !broken;
          breakLine(indentation);
        } else {
          text += next.flat;
          column += next.flat.length;
        }
        break;
      case "fill":
        pushFill(next.parts, next.from, indentation, commands, printWidth - column, brokenGroups);
        break;
      case "placed":
        places.push(next.origin);
        mappings.push({ offset: printed + text.length, origin: next.origin });
        commands.push({ doc: leave, indentation, broken }, { doc: next.contents, indentation, broken });
        break;
      default:
        next satisfies never;
    }
  }
  return { text: lines.join("") + text, mappings };
}

/** The text on one line, however long that is. */
export function printFlat(doc: Doc): string {
  if (typeof doc === "string") return doc;
  switch (doc.kind) {
    case "sequence":
    case "fill":
      return doc.parts.map(printFlat).join("");
    case "indent":
    case "align":
    case "group":
    case "placed":
      return printFlat(doc.contents);
    case "ifBroken":
      return printFlat(doc.flat);
    case "line":
      return doc.flat;
    default:
      return doc satisfies never;
  }
}

function pushFill(
  parts: readonly Doc[],
  from: number,
  indentation: number,
  commands: Command[],
  room: number,
  brokenGroups: ReadonlySet<symbol>,
): void {
  const content = parts[from] ?? "";
  const separator = parts[from + 1] ?? "";
  const second = parts[from + 2];
  const flat = (doc: Doc): Command => ({ doc, indentation, broken: false });
  const broken = (doc: Doc): Command => ({ doc, indentation, broken: true });
  const contentFits = fits(flat(content), [], room, brokenGroups, true);
  if (second !== undefined) {
    const pair: Doc = { kind: "sequence", parts: [content, separator, second], breaks: false, forces: false };
    commands.push(broken({ kind: "fill", parts, from: from + 2, breaks: false, forces: false }));
    commands.push(fits(flat(pair), [], room, brokenGroups, true) ? flat(separator) : broken(separator));
  }
  commands.push(contentFits ? flat(content) : broken(content));
}

/** Whether `next` and what follows it up to the first possible line break keep to `room` columns. */
function fits(
  next: Command,
  rest: readonly Command[],
  room: number,
  brokenGroups: ReadonlySet<symbol>,
  mustBeFlat = false,
): boolean {
  const commands: { readonly doc: Doc; readonly broken: boolean }[] = [next];
  let left = room;
  let restIndex = rest.length;
  let pendingSpace = false;
  while (left >= 0) {
    const command = commands.pop();
    if (command === undefined) {
      const following = rest[--restIndex];
      if (following === undefined) return true;
      commands.push(following);
      continue;
    }
    const { doc, broken } = command;
    if (typeof doc === "string") {
      if (doc === "") continue;
      left -= widthOf(doc) + (pendingSpace ? 1 : 0);
      pendingSpace = false;
      continue;
    }
    switch (doc.kind) {
      case "sequence":
      case "fill":
        for (let index = doc.parts.length - 1; index >= (doc.kind === "fill" ? doc.from : 0); index--) {
          commands.push({ doc: doc.parts[index] ?? "", broken });
        }
        break;
      case "indent":
      case "align":
      case "placed":
        commands.push({ doc: doc.contents, broken });
        break;
      case "group": {
        if (mustBeFlat && doc.broken) return false;
        const isBroken = doc.broken || broken;
        commands.push({
          doc: isBroken && doc.states !== null ? (doc.states.at(-1) ?? "") : doc.contents,
          broken: isBroken,
        });
        break;
      }
      case "ifBroken":
        commands.push({
          doc: (doc.group === null ? broken : brokenGroups.has(doc.group)) ? doc.broken : doc.flat,
          broken,
        });
        break;
      case "line":
        if (broken || doc.hard) return true;
        if (doc.flat === " ") pendingSpace = true;
        break;
      default:
        doc satisfies never;
    }
  }
  return false;
}
