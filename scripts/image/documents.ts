import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./shell.ts";

const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");
const sha256Of = (path: string): string => sha256(readFileSync(path));

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly [field: string]: unknown;
}

export interface Image {
  readonly name: string;
  readonly version: string;
  /** Of its manifest: `sha256:…`. */
  readonly digest: string;
  readonly revision: string;
  readonly sourceDate: Date;
  readonly nodeVersion: string;
  readonly baseDigest: string;
}

/**
 * CycloneDX 1.5: what is in the image, no more. npm's record of what it installed tells the packages with their integrity; kept
 * are those that the image still has. Node and Debian's packages come on top.
 */
export function billOfMaterials(folder: string, image: Image): object {
  const { version, digest, nodeVersion, sourceDate } = image;
  const node: Component = {
    type: "application",
    name: "node",
    version: nodeVersion,
    purl: `pkg:generic/node@${nodeVersion}`,
    hashes: [{ alg: "SHA-256", content: sha256Of(join(folder, "usr/local/bin/node")) }],
  };
  const subject = {
    "bom-ref": "image",
    type: "container",
    name: image.name,
    version,
    purl: `pkg:oci/${image.name}@${encodeURIComponent(digest)}`,
  };
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: { timestamp: sourceDate.toISOString(), component: subject },
    components: [...npmPackages(join(folder, "app")), node, ...debianPackages(folder)],
  };
}

/** npm's documentation of package-lock.json, "Hidden Lockfiles". */
function npmPackages(app: string): readonly Component[] {
  const { packages } = JSON.parse(readFileSync(join(app, "node_modules/.package-lock.json"), "utf8"));
  return Object.entries(Object(packages)).flatMap(([path, entry]) => {
    const { version, integrity, license, link } = Object(entry);
    if (link || !path.includes("node_modules/") || !existsSync(join(app, path, "package.json"))) return [];
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    return [
      {
        type: "library",
        name,
        version: String(version),
        purl,
        hashes: hashesOf(integrity),
        licenses: licensesOf(license),
      },
    ];
  });
}

/** Of Subresource Integrity, `sha512-` and base 64. */
function hashesOf(integrity: unknown): readonly object[] {
  const [, content] = /^sha512-(.+)$/.exec(String(integrity)) ?? [];
  return content === undefined ? [] : [{ alg: "SHA-512", content: Buffer.from(content, "base64").toString("hex") }];
}

function licensesOf(license: unknown): readonly object[] {
  return typeof license === "string" ? [{ expression: license }] : [];
}

/** From the folder that the Dockerfile makes in the manner of distroless images. */
function debianPackages(folder: string): readonly Component[] {
  const status = join(folder, "var/lib/dpkg/status.d");
  return readdirSync(status).map((name) => {
    const text = readFileSync(join(status, name), "utf8");
    const [, version = ""] = /^Version: (.*)$/m.exec(text) ?? [];
    const [, architecture = ""] = /^Architecture: (.*)$/m.exec(text) ?? [];
    return {
      type: "library",
      name,
      version,
      purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`,
    };
  });
}

const materials = ["Dockerfile", ".dockerignore", "package.json", "package-lock.json"];

/** An in-toto statement, version 1, with SLSA's provenance 1.0: what was built, from what, by what. It is not signed here. */
export function provenance(image: Image, started: Date, finished: Date): object {
  const { name, version, digest, revision, sourceDate, nodeVersion, baseDigest } = image;
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name, digest: { sha256: digest.replace("sha256:", "") } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "https://workflow-compiler.dev/build/image/v1",
        externalParameters: { version, dockerfile: "Dockerfile" },
        internalParameters: { sourceDateEpoch: sourceDate.getTime() / 1_000, nodeVersion },
        resolvedDependencies: [
          { name: "source", digest: { gitCommit: revision }, annotations: { clean: isClean() } },
          { name: "build base", digest: { sha256: baseDigest.replace("sha256:", "") } },
          ...materials.map((path) => ({ name: path, digest: { sha256: sha256Of(join(root, path)) } })),
        ],
      },
      runDetails: {
        builder: {
          id: "https://workflow-compiler.dev/build/local/v1",
          version: { buildah: run("buildah", ["--version"]).trim() },
        },
        metadata: { startedOn: started.toISOString(), finishedOn: finished.toISOString() },
      },
    },
  };
}

/** Whether what was built is what the commit holds. */
function isClean(): boolean {
  return run("git", ["status", "--porcelain"]).trim() === "";
}
