import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression, Variable } from "../ir/expression.ts";
import type { Link, Step } from "../ir/program.ts";
import { boolean } from "../ir/types.ts";
import { assign, read, truth } from "./flow-steps.ts";

/** Variables that note whether links were taken, for the places where outcomes alone do not tell. */
export interface Notes {
  /** The note for links from a task under an outcome; asking for it makes it. */
  of(from: string, outcome: string | null): Variable;
  /** Whether a link was taken, asked where its task has ended, or where that no longer matters. */
  wasTaken(link: Link): Expression;
  /** Notes that such links are taken, if anybody asked. */
  take(from: string, outcome: string | null, origin: Origin): readonly Step[];
  /** Says of all notes that were asked for that nothing is taken yet. */
  begin(origin: Origin): readonly Step[];
}

/** `isCertain`: whether a link is always taken. */
export function createNotes(isCertain: (link: Link) => boolean): Notes {
  const notes = new Map<string, Map<string | null, Variable>>();

  function of(from: string, outcome: string | null): Variable {
    const byOutcome = notes.get(from) ?? new Map<string | null, Variable>();
    notes.set(from, byOutcome);
    const name = outcome === null ? `${from} taken` : `${from} ${outcome} taken`;
    const note = byOutcome.get(outcome) ?? { name, type: boolean, role: "local" };
    byOutcome.set(outcome, note);
    return note;
  }

  return {
    of,
    wasTaken: (link) => (isCertain(link) ? truth(true, link.origin) : read(of(link.from, link.outcome), link.origin)),
    take(from, outcome, origin) {
      const note = notes.get(from)?.get(outcome);
      return note === undefined ? [] : [assign(note, truth(true, origin))];
    },
    begin: (origin) =>
      [...notes.values()].flatMap((all) => [...all.values()].map((note) => assign(note, truth(false, origin)))),
  };
}
