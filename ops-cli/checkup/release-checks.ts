import { type Check, each, judged } from "./check.ts";

export const releaseChecks: readonly Check[] = [
  {
    id: "release-same",
    category: "release",
    good: "every replica has the same version",
    hint: "Is a rollout under way? See `wfops rollout status`.",
    link: "docs/operations.md",
    judge: ({ replicas }) => {
      const versions = new Set(replicas.map(({ status }) => status.version));
      return judged(
        [],
        versions.size < 2 ? [] : replicas.map(({ address, status }) => `${address}: ${status.version}`),
      );
    },
  },
  {
    id: "release-tool",
    category: "release",
    good: "wfops is of the server's version",
    hint: "Install the wfops that came with the release: commands that one of them does not know fail.",
    link: "docs/wfops.md",
    judge: ({ replicas, ownVersion }) =>
      judged(
        [],
        each(replicas, ({ status: { version } }) =>
          minor(version) === minor(ownVersion) ? "" : `it is ${version}, and this wfops ${ownVersion}`,
        ),
      ),
  },
];

function minor(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
