import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as NumberBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StatesBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as LinesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

export interface Dashboard {
  /** Name of its file, and of its place in Grafana. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Panel {
  /** `lines` over time, the latest `number`, or which of a few `states` something was in. */
  readonly kind: "lines" | "number" | "states";
  readonly title: string;
  /** What is good, and what to do otherwise. */
  readonly description: string;
  readonly unit: Unit;
  /** PromQL by legend. A legend names labels in braces: `{{method}}`. */
  readonly queries: Readonly<Record<string, string>>;
  /** From which value on it is bad; with `low`, below which. The alert's own threshold, where there is one. */
  readonly bad?: number;
  readonly low?: true;
  /** Adds the lines up. */
  readonly stacked?: true;
}

/** Grafana's names of units. */
type Unit = "short" | "percentunit" | "s" | "bytes" | "reqps" | "ops" | "dateTimeFromNow";

const datasource = { type: "prometheus", uid: "$datasource" };
const GRID = 24;

/** As Grafana imports it. */
export function renderDashboard({ name, title, description, rows }: Dashboard): string {
  const builder = new DashboardBuilder(`Workflow Compiler: ${title}`)
    .uid(`workflow-compiler-${name}`)
    .description(description)
    .tags(["workflow-compiler"])
    .refresh("30s")
    .time({ from: "now-1h", to: "now" })
    .timezone("browser")
    .readonly()
    .link(
      new DashboardLinkBuilder("Workflow Compiler")
        .type(DashboardLinkType.Dashboards)
        .tags(["workflow-compiler"])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"))
    .withVariable(choice("namespace", "Namespace", "label_values(workflow_build_info, namespace)"))
    .withVariable(choice("job", "Job", 'label_values(workflow_build_info{namespace=~"$namespace"}, job)'));
  let id = 0;
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title).id(++id));
    for (const panel of row.panels) builder.withPanel(panelOf(panel, row.panels).id(++id));
  }
  return `${JSON.stringify(builder.build(), null, 2)}\n`;
}

/** All of them, unless somebody chooses. A label that is not there has the value "", which `.*` takes too. */
function choice(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .query(query)
    .datasource(datasource)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ text: ["All"], value: ["$__all"] });
}

function panelOf(panel: Panel, row: readonly Panel[]): LinesBuilder | NumberBuilder | StatesBuilder {
  const { title, description, unit, queries } = panel;
  const targets = Object.entries(queries).map(([legend, expr], index) =>
    new DataqueryBuilder()
      .refId(String.fromCharCode(65 + index))
      .expr(expr)
      .legendFormat(legend)
      .range()
      .exemplar(panel.kind === "lines" && expr.startsWith("histogram_quantile")),
  );
  return emptyPanel(panel)
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .span(widthOf(panel, row))
    .height(panel.kind === "number" ? 4 : 8)
    .thresholds(thresholdsOf(panel))
    .targets(targets);
}

function emptyPanel({ kind, stacked }: Panel): LinesBuilder | NumberBuilder | StatesBuilder {
  switch (kind) {
    case "lines": {
      const lines = new LinesBuilder()
        .min(0)
        .fillOpacity(stacked ? 30 : 5)
        .legend(legend())
        .tooltip(allSeries());
      return stacked ? lines.stacking(new StackingConfigBuilder().mode(StackingMode.Normal)) : lines;
    }
    case "number":
      return new NumberBuilder().reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
    case "states":
      return new StatesBuilder().legend(legend());
    default:
      return kind satisfies never;
  }
}

const legend = (): VizLegendOptionsBuilder =>
  new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .calcs([]);

const allSeries = (): VizTooltipOptionsBuilder => new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi);

/** Numbers share a line of the row; of others there are two on a line. */
function widthOf({ kind }: Panel, row: readonly Panel[]): number {
  return kind === "number" ? Math.floor(GRID / row.filter((panel) => panel.kind === "number").length) : GRID / 2;
}

function thresholdsOf({ bad, low }: Panel): ThresholdsConfigBuilder {
  const [below, above] = low ? ["red", "green"] : ["green", "red"];
  const first: Threshold = { value: null, color: bad === undefined ? "green" : (below ?? "green") };
  const steps = bad === undefined ? [first] : [first, { value: bad, color: above ?? "red" }];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
