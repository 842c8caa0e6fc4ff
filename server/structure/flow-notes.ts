import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Expression, Variable } from "../ir/expression.ts";
import type { Link, Step, Task } from "../ir/program.ts";
import { boolean } from "../ir/types.ts";
import { assign, read, truth } from "./flow-steps.ts";

/** Variables that note whether links were taken, for the places where outcomes alone do not tell. All is asked for before any is written. */
export interface Notes {
  /** The note for links from a task under an outcome; asking for it makes it. */
  of(from: string, outcome: string | null): Variable;
  /** Whether a link was taken, asked where its task has ended, or where that no longer matters. */
  wasTaken(link: Link): Expression;
  /** Whether any of a task's links was taken: one of these. Asks for it, too. */
  wasAnyTaken(task: Task): readonly Expression[];
  /** Notes that such links are taken, if anybody asked. */
  take(from: string, outcome: string | null, origin: Origin): readonly Step[];
  /** Says of all notes that were asked for that nothing is taken yet. */
  begin(origin: Origin): readonly Step[];
}

/** Who asks for links from a task under an outcome. */
interface Asked {
  /** Made where somebody asks for just these links. */
  own: Variable | null;
  /** Those that any of several links lets run, of which these are some. */
  readonly tasks: Set<Task>;
}

/** `isCertain`: whether a link is always taken. */
export function createNotes(isCertain: (link: Link) => boolean): Notes {
  const asked = new Map<string, Map<string | null, Asked>>();
  /** Where links lead to one task alone, and any of them will do, it is noted that one was. */
  const reached = new Map<Task, Variable>();

  function askedOf(from: string, outcome: string | null): Asked {
    const byOutcome = asked.get(from) ?? new Map<string | null, Asked>();
    asked.set(from, byOutcome);
    const known = byOutcome.get(outcome) ?? { own: null, tasks: new Set() };
    byOutcome.set(outcome, known);
    return known;
  }

  function of(from: string, outcome: string | null): Variable {
    const known = askedOf(from, outcome);
    const name = outcome === null ? `${from} taken` : `${from} ${outcome} taken`;
    known.own ??= { name, type: boolean, role: "local" };
    return known.own;
  }

  function noteOf(from: string, outcome: string | null): Variable | null {
    const known = asked.get(from)?.get(outcome);
    if (known === undefined) return null;
    const [only, ...others] = known.tasks;
    if (known.own !== null || only === undefined || others.length > 0) return of(from, outcome);
    const note = reached.get(only) ?? { name: `${only.id} reached`, type: boolean, role: "local" };
    reached.set(only, note);
    return note;
  }

  return {
    of,
    wasTaken: (link) => (isCertain(link) ? truth(true, link.origin) : read(of(link.from, link.outcome), link.origin)),
    wasAnyTaken(task) {
      for (const link of task.incoming) if (!isCertain(link)) askedOf(link.from, link.outcome).tasks.add(task);
      const conditions = new Map<Variable | null, Expression>();
      for (const link of task.incoming) {
        const note = isCertain(link) ? null : noteOf(link.from, link.outcome);
        if (!conditions.has(note))
          conditions.set(note, note === null ? truth(true, link.origin) : read(note, link.origin));
      }
      return [...conditions.values()];
    },
    take(from, outcome, origin) {
      const note = noteOf(from, outcome);
      return note === null ? [] : [assign(note, truth(true, origin))];
    },
    begin(origin) {
      const notes = [...asked].flatMap(([from, byOutcome]) =>
        [...byOutcome.keys()].map((outcome) => noteOf(from, outcome)),
      );
      return [...new Set(notes)].flatMap((note) => (note === null ? [] : [assign(note, truth(false, origin))]));
    },
  };
}
