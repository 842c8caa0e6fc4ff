import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";

/** What the chart ships for Prometheus and Grafana, read as they read it. */
const folder = new URL("../../helm/workflow-compiler/files/", import.meta.url);

export const alertsText = readFileSync(new URL("alerts.yaml", folder), "utf8");

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export function alertRules(): readonly AlertRule[] {
  const { groups }: { groups: readonly { rules: readonly AlertRule[] }[] } = parse(alertsText);
  return groups.flatMap(({ rules }) => rules);
}

export interface DashboardFile {
  readonly file: string;
  readonly uid: string;
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly description?: string;
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query?: unknown }[] };
}

export function dashboardFiles(): readonly DashboardFile[] {
  const dashboards = new URL("dashboards/", folder);
  return readdirSync(dashboards).map((file) => ({
    ...JSON.parse(readFileSync(new URL(file, dashboards), "utf8")),
    file,
  }));
}

export interface PanelQuery {
  /** Dashboard, panel and legend, to tell it by. */
  readonly where: string;
  readonly query: string;
}

export function panelQueries(): readonly PanelQuery[] {
  return dashboardFiles().flatMap(({ file, panels }) =>
    panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr, legendFormat }) => ({
        where: `${file.replace(".json", "")} / ${title} / ${legendFormat}`,
        query: expr,
      })),
    ),
  );
}
