import { describe, expect, test } from "vitest";
import { changesRefused } from "../kubernetes/validation/objects.ts";
import {
  at,
  chart,
  helm,
  list,
  notes,
  objectsIn,
  part,
  type Rendered,
  refusal,
  render,
  type Values,
} from "./render.ts";

const slotLabel = "workflow-compiler.dev/slot";

/** Replicas of each deployment. */
function replicas({ objects }: Rendered): Readonly<Record<string, unknown>> {
  const deployments = objects.filter(({ kind }) => kind === "Deployment");
  return Object.fromEntries(
    deployments.map((object) => [object.metadata.name.slice(-1), at(object, "spec", "replicas")]),
  );
}

/** Which slot a service leads to; undefined: all. */
function leadsTo(rendered: Rendered, suffix = ""): unknown {
  return at(rendered.get("Service", suffix), "spec", "selector", slotLabel);
}

const canary = (weight: number, more: Values = {}): Values => ({
  replicaCount: 4,
  rollout: { strategy: "canary", weight, ...more },
});

describe("a rolling update", () => {
  test("has one slot, and keeps all replicas while it goes", () => {
    const rendered = render();
    expect(replicas(rendered)).toEqual({ a: 3 });
    expect(leadsTo(rendered)).toBe("a");
    expect(rendered.has("Service", "-preview")).toBe(false);
    expect(at(rendered.get("Deployment", "-a"), "spec", "strategy", "rollingUpdate")).toEqual({
      maxSurge: 1,
      maxUnavailable: 0,
    });
  });

  test("goes with slot b where it is the active one", () => {
    const rendered = render({ rollout: { active: "b" } });
    expect(replicas(rendered)).toEqual({ b: 3 });
    expect(leadsTo(rendered)).toBe("b");
  });
});

describe("blue-green", () => {
  const preview = { rollout: { strategy: "blueGreen", preview: true, slots: { b: { image: { tag: "2.0.0" } } } } };

  test("has the preview service from the beginning, and the other slot when it is asked for", () => {
    const before = render({ rollout: { strategy: "blueGreen" } });
    expect(replicas(before)).toEqual({ a: 3 });
    expect(leadsTo(before, "-preview")).toBe("b");
    const both = render(preview);
    expect(replicas(both)).toEqual({ a: 3, b: 3 });
    expect([leadsTo(both), leadsTo(both, "-headless"), leadsTo(both, "-preview")]).toEqual(["a", "a", "b"]);
    expect(leadsTo(both, "-metrics")).toBeUndefined();
  });

  test("switches by the selector alone: no pod changes", () => {
    const [before, after] = [render(preview), render({ rollout: { ...preview.rollout, active: "b" } })];
    expect([leadsTo(after), leadsTo(after, "-preview")]).toEqual(["b", "a"]);
    for (const slot of ["-a", "-b"]) expect(after.get("Deployment", slot)).toEqual(before.get("Deployment", slot));
  });
});

describe("a canary", () => {
  test.each([
    [0, { a: 4 }, "a"],
    [10, { a: 3, b: 1 }, undefined],
    [50, { a: 2, b: 2 }, undefined],
    [75, { a: 1, b: 3 }, undefined],
    [99, { a: 1, b: 4 }, undefined],
    [100, { a: 4, b: 4 }, "b"],
  ])("at %i percent shares the replicas", (weight, expected, serving) => {
    const rendered = render(canary(weight));
    expect(replicas(rendered)).toEqual(expected);
    expect(leadsTo(rendered)).toBe(serving);
  });

  test("has at least one replica in each slot", () => {
    expect(replicas(render({ replicaCount: 1, rollout: { strategy: "canary", weight: 10 } }))).toEqual({ a: 1, b: 1 });
  });

  test("is promoted with the old slot as the way back, which can go later", () => {
    const promoted = render(canary(0, { active: "b", preview: true }));
    expect(replicas(promoted)).toEqual({ a: 4, b: 4 });
    expect(leadsTo(promoted)).toBe("b");
    expect(replicas(render(canary(0, { active: "b" })))).toEqual({ b: 4 });
  });

  test("shares what the autoscaler may do", () => {
    const scaled = render({ ...canary(25), autoscaling: { enabled: true, minReplicas: 4, maxReplicas: 12 } });
    const bounds = ["-a", "-b"].map((slot) => {
      const { minReplicas, maxReplicas, scaleTargetRef } = part(scaled.get("HorizontalPodAutoscaler", slot), "spec");
      return [minReplicas, maxReplicas, at(scaleTargetRef, "name")];
    });
    expect(bounds).toEqual([
      [3, 9, "workflow-compiler-a"],
      [1, 3, "workflow-compiler-b"],
    ]);
    expect(replicas(scaled)).toEqual({ a: undefined, b: undefined });
  });
});

describe("through a gateway", () => {
  const gateway = { enabled: true, parentRefs: [{ name: "public" }], hostnames: ["compiler.example.com"] };
  const backends = (rendered: Rendered): unknown =>
    list(rendered.get("GRPCRoute"), "spec", "rules").flatMap((rule) =>
      list(rule, "backendRefs").map(({ name, port, weight }) => [name, port, weight]),
    );

  test("the route has the weight, both slots have all replicas, and callers inside stay where they are", () => {
    const rendered = render(canary(10, { gateway }));
    expect(backends(rendered)).toEqual([
      ["workflow-compiler-a", 50051, 90],
      ["workflow-compiler-b", 50051, 10],
    ]);
    expect(replicas(rendered)).toEqual({ a: 4, b: 4 });
    expect([leadsTo(rendered), leadsTo(rendered, "-a"), leadsTo(rendered, "-b")]).toEqual(["a", "a", "b"]);
    expect(at(rendered.get("GRPCRoute"), "spec", "hostnames")).toEqual(["compiler.example.com"]);
  });

  test("all calls go to one slot where there is no canary", () => {
    const rendered = render({ rollout: { gateway: { ...gateway, hostnames: [] } } });
    expect(backends(rendered)).toEqual([["workflow-compiler-a", 50051, 100]]);
    expect(at(rendered.get("GRPCRoute"), "spec", "hostnames")).toBeUndefined();
  });
});

describe("with Argo Rollouts", () => {
  const argo = { strategy: "canary", argo: { enabled: true } };

  test("a Rollout takes the place of the deployments, which stay while it starts", () => {
    const [starting, alone] = [render({ rollout: { ...argo, preview: true } }), render({ rollout: argo })];
    expect(replicas(starting)).toEqual({ a: 3 });
    expect(replicas(alone)).toEqual({});
    for (const rendered of [starting, alone]) {
      const spec = part(rendered.get("Rollout"), "spec");
      expect(spec.replicas).toBe(3);
      expect(list(spec, "strategy", "canary", "steps")).toHaveLength(4);
      expect(at(spec, "selector", "matchLabels", slotLabel)).toBe("argo");
      expect(at(spec, "template", "metadata", "labels", slotLabel)).toBe("argo");
      expect(leadsTo(rendered)).toBeUndefined();
    }
  });

  test("the autoscaler scales the Rollout", () => {
    const rendered = render({ rollout: argo, autoscaling: { enabled: true } });
    expect(at(rendered.get("HorizontalPodAutoscaler", "-argo"), "spec", "scaleTargetRef", "kind")).toBe("Rollout");
    expect(at(rendered.get("Rollout"), "spec", "replicas")).toBeUndefined();
  });
});

describe("images", () => {
  const images = (values: Values): readonly unknown[] =>
    ["-a", "-b"].map((slot) => {
      const rendered = render({
        ...values,
        rollout: { strategy: "blueGreen", preview: true, ...part(values, "rollout") },
      });
      return at(list(rendered.get("Deployment", slot), "spec", "template", "spec", "containers")[0], "image");
    });
  const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

  test("a slot's own tag or digest counts before the common one, and a digest before a tag", () => {
    expect(images({})).toEqual(["workflow-compiler:0.1.0", "workflow-compiler:0.1.0"]);
    expect(
      images({ image: { repository: "r/w", tag: "1" }, rollout: { slots: { b: { image: { tag: "2" } } } } }),
    ).toEqual(["r/w:1", "r/w:2"]);
    const image = { tag: "1", digest: digest("a") };
    expect(images({ image, rollout: { slots: { b: { image: { tag: "2" } } } } })).toEqual([
      `workflow-compiler@${digest("a")}`,
      "workflow-compiler:2",
    ]);
    expect(images({ image, rollout: { slots: { b: { image: { tag: "2", digest: digest("b") } } } } })[1]).toBe(
      `workflow-compiler@${digest("b")}`,
    );
  });
});

test("selectors of deployments never change over the life of a release", () => {
  const lives: readonly Values[] = [
    {},
    { rollout: { strategy: "blueGreen", preview: true } },
    canary(50),
    { config: { workers: 2 }, podLabels: { team: "platform" }, image: { tag: "9" }, replicaCount: 1 },
    { tls: { existingSecret: "tls" }, postgres: { existingSecret: "p" }, redis: { enabled: true } },
  ];
  for (const values of lives) {
    expect(at(render(values).get("Deployment", "-a"), "spec", "selector", "matchLabels")).toEqual({
      "app.kubernetes.io/name": "workflow-compiler",
      "app.kubernetes.io/instance": "workflow-compiler",
      [slotLabel]: "a",
    });
  }
});

/** How a release may be rolled out; an upgrade leads from each to each. */
const ways: Readonly<Record<string, Values>> = {
  rolling: {},
  "rolling, scaled": { autoscaling: { enabled: true } },
  "blue-green": { rollout: { strategy: "blueGreen", preview: true } },
  canary: canary(10),
  "canary, scaled": { ...canary(50), autoscaling: { enabled: true } },
  gateway: { rollout: { strategy: "canary", weight: 10, gateway: { enabled: true, parentRefs: [{ name: "g" }] } } },
  argo: { rollout: { strategy: "canary", preview: true, argo: { enabled: true } } },
};

test.each(Object.keys(ways))("an upgrade leads from %s to any other way without a change that cannot be", (from) => {
  const before = render(ways[from]).objects;
  for (const to of Object.keys(ways)) {
    const refused = render(ways[to]).objects.flatMap((next) => {
      const old = before.find(({ kind, metadata }) => kind === next.kind && metadata.name === next.metadata.name);
      // A job of a hook is made anew each time.
      return old === undefined || next.metadata.annotations?.["helm.sh/hook"] ? [] : changesRefused(old, next);
    });
    expect(refused, to).toEqual([]);
  }
});

test("names follow the release, and can be given", () => {
  const nameOf = (values: Values, name: string): unknown => {
    const objects = objectsIn(helm(["template", name, chart, "--values", "-"], values));
    return objects.find(({ kind }) => kind === "Deployment")?.metadata.name;
  };
  expect(nameOf({}, "blue")).toBe("blue-workflow-compiler-a");
  expect(nameOf({ nameOverride: "wfc" }, "blue")).toBe("blue-wfc-a");
  expect(nameOf({ fullnameOverride: "compiler" }, "blue")).toBe("compiler-a");
  expect(String(nameOf({}, "x".repeat(53))).length).toBeLessThanOrEqual(52);
});

test.each<[Values, string]>([
  [{ rollout: { weight: 10 } }, "rollout.weight needs rollout.strategy: canary"],
  [{ rollout: { preview: true } }, "rollout.preview needs rollout.strategy blueGreen or canary"],
  [
    { rollout: { strategy: "blueGreen", argo: { enabled: true } } },
    "rollout.argo.enabled needs rollout.strategy: canary",
  ],
  [canary(10, { argo: { enabled: true } }), "Argo has its own steps"],
  [{ rollout: { gateway: { enabled: true } } }, "rollout.gateway.enabled needs rollout.gateway.parentRefs"],
  [{ autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 2 } }, "autoscaling.minReplicas is more than"],
])("%j cannot be", (values, sentence) => {
  expect(refusal(values)).toContain(sentence);
});

test("the notes tell the next step", () => {
  expect(notes()).toMatch(/helm test workflow-compiler --namespace apps[\s\S]*SQLite in each pod, and goes away/);
  expect(notes({ rollout: { strategy: "blueGreen" } })).toMatch(/Start slot b: .*rollout.preview=true/);
  expect(notes({ rollout: { strategy: "blueGreen", preview: true } })).toMatch(/Switch to slot b: .*rollout.active=b/);
  expect(notes(canary(0))).toMatch(/Start a canary: .*rollout.weight=10 .*slots.b.image.tag=TAG/);
  expect(notes(canary(10))).toMatch(
    /10 percent for slot b: 1 of 4 replicas[\s\S]*Go on: .*weight=50[\s\S]*Abort .*weight=0/,
  );
  expect(notes(canary(50))).toMatch(/slot a and slot b serve[\s\S]*Go on: .*rollout.weight=100/);
  expect(notes(canary(100))).toMatch(
    /slot b serves[\s\S]*Promote .*rollout.active=b,rollout.weight=0,rollout.preview=true/,
  );
  expect(notes({ rollout: { strategy: "canary", argo: { enabled: true } } })).toContain("canary, by Argo Rollouts");
  // A route leads calls to a slot at once: it has to run before.
  const gateway = { enabled: true, parentRefs: [{ name: "public" }] };
  expect(notes(canary(0, { gateway }))).toMatch(/Start slot b: .*rollout.preview=true .*slots.b.image.tag=TAG/);
  expect(notes(canary(0, { gateway, preview: true }))).toMatch(/Start a canary: .*rollout.weight=10$/m);
  const safe = notes({ tls: { existingSecret: "tls" }, postgres: { existingSecret: "p" } });
  expect(safe).not.toMatch(/SQLite|not encrypted/);
  expect(notes({ replicaCount: 1, persistence: { enabled: true } })).not.toContain("goes away");
});
