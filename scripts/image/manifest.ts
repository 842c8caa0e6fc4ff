import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Takes out of an image's configuration what tells of the build and not of the image: the names of the containers that it was
 * built in. The same sources then give the same digest. The format of Docker has these fields, the one of the OCI has no
 * health check.
 * @param folder as `dir:` of skopeo has it: a manifest, and files named by their digests.
 */
export function forgetBuild(folder: string): void {
  const path = join(folder, "manifest.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  const before = join(folder, digestFile(manifest.config.digest));
  const { container: _, container_config: _config, ...image } = JSON.parse(readFileSync(before, "utf8"));
  delete image.config.Hostname;
  for (const step of image.history) step.created_by = String(step.created_by).replaceAll(/[0-9a-f]{64}/g, "…");
  const text = JSON.stringify(image);
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  rmSync(before);
  writeFileSync(join(folder, digestFile(digest)), text);
  const config = { ...manifest.config, size: Buffer.byteLength(text), digest };
  writeFileSync(path, JSON.stringify({ ...manifest, config }));
}

function digestFile(digest: string): string {
  return digest.replace("sha256:", "");
}
