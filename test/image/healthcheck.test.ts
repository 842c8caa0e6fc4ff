import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { startLocalService } from "../../scripts/local-service.ts";

const root = new URL("../../", import.meta.url).pathname;
const healthcheck = (environment: Readonly<Record<string, string>>) =>
  spawnSync(process.execPath, ["scripts/healthcheck.ts"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...environment },
  });

test("the image's health check says whether the service lives, by the service's own settings", async () => {
  const service = await startLocalService();
  const WFC_HTTP_ADDR = service.httpUrl.replace("http://", "");
  expect(healthcheck({ WFC_HTTP_ADDR })).toMatchObject({ status: 0, stderr: "" });
  expect(await service.stop()).toBe(0);
  expect(healthcheck({ WFC_HTTP_ADDR })).toMatchObject({ status: 1, stderr: expect.stringMatching(/./) });
  expect(healthcheck({ WFC_HTTP_ADDR: "nowhere" })).toMatchObject({ status: 1 });
});
