import { writeFileSync } from "node:fs";
import { admission } from "./dashboards/admission.ts";
import { cache } from "./dashboards/cache.ts";
import { type Dashboard, renderDashboard } from "./dashboards/dashboard.ts";
import { overview } from "./dashboards/overview.ts";
import { pipeline } from "./dashboards/pipeline.ts";
import { rollout } from "./dashboards/rollout.ts";
import { runtime } from "./dashboards/runtime.ts";
import { store } from "./dashboards/store.ts";

/**
 * The dashboards of the chart.
 *
 *     npm run dashboards     writes them; a test proves that they are current
 */
export const dashboards: readonly Dashboard[] = [overview, pipeline, cache, admission, store, runtime, rollout];

export const dashboardFolder = new URL("../helm/workflow-compiler/files/dashboards/", import.meta.url).pathname;

if (import.meta.main)
  for (const dashboard of dashboards)
    writeFileSync(`${dashboardFolder}${dashboard.name}.json`, renderDashboard(dashboard));
