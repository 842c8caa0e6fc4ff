import { test } from "vitest";
import { caseOf } from "./flow.property.test.ts";
import { structureFlow } from "../../server/structure/flow.ts";
import { show } from "/tmp/flow/show.ts";
import { runByDefinition } from "./flow-reference.ts";
test("x", () => {
  const [all, [seed]]: any = [[{"instant":true,"choice":0,"join":{"kind":"any"},"links":[],"duration":1,"error":0,"holds":[false,false,false],"rank":0},{"instant":true,"choice":0,"join":{"kind":"any"},"links":[],"duration":1,"error":0,"holds":[false,false,false],"rank":0},{"instant":false,"choice":0,"join":{"kind":"all"},"links":[],"duration":1,"error":0,"holds":[false,false,false],"rank":0},{"instant":true,"choice":0,"join":{"kind":"count","count":3},"links":[0,81046,970480,187005],"duration":1,"error":0,"holds":[false,false,false],"rank":0},{"instant":true,"choice":0,"join":{"kind":"any"},"links":[441210,0],"duration":1,"error":0,"holds":[false,false,false],"rank":0},{"instant":true,"choice":0,"join":{"kind":"all"},"links":[],"duration":1,"error":0,"holds":[false,false,false],"rank":0}],[1591655335]];
  const c = caseOf(all);
  for (const t of c.flow.tasks) console.log(t.id, t.join.kind, t.incoming.map((l) => `${l.from}.${l.outcome}`).join(" "), t.choice.kind);
  console.log(show(structureFlow(c.flow)));
  const flipped = all.map((each: any) => ({ ...each, holds: each.holds.map((held: any, i: any) => held !== ((seed >> i) & 1) > 0) }));
  console.log(flipped[0].holds, runByDefinition(c.flow, caseOf(flipped).world));
});
