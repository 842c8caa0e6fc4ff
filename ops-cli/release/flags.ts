import { Flags } from "@oclif/core";
import { changeFlags } from "../change.ts";

/** Flags of the commands that change a release. */
export const releaseFlags = {
  wait: Flags.string({
    description: "How long to wait until all replicas are ready.",
    default: "5m",
    helpValue: "DURATION",
  }),
  ...changeFlags,
};

export const chartFlag = Flags.string({
  description: "Folder, archive or reference of the chart. Default: the one that came with wfops.",
  helpValue: "CHART",
});

export const prometheusFlag = Flags.string({
  description:
    "Base URL of the Prometheus that scrapes the fleet. Default: WFOPS_PROMETHEUS; without one only the health of replicas is compared.",
  helpValue: "URL",
});

/** Of commands that go forward; those that go back always do. */
export const overwriteFlag = Flags.boolean({
  description:
    "Set back numbers of replicas and images that were changed past Helm, such as by kubectl scale or kubectl rollout undo. Without it they are named, and nothing is done.",
  default: false,
});

export const waitBackFlag = Flags.string({
  description: "How long to wait until all replicas are ready when the rollout is taken back, whatever --wait says.",
  default: "5m",
  helpValue: "DURATION",
});
