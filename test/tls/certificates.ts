import "./reflect-metadata.ts";
import { X509Certificate as NodeCertificate, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto);

/** A certificate and its key, in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Pair {
  /** For clients by default; signed by this authority. */
  issue(wishes: Wishes): Promise<Pair>;
}

interface Wishes {
  readonly commonName?: string;
  readonly names?: readonly { readonly type: "dns" | "url" | "ip" | "email"; readonly value: string }[];
  readonly use?: "client" | "server";
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const hour = 3_600_000;

const makeKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

async function pairOf(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<Pair> {
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY") };
}

export async function createAuthority(name: string): Promise<Authority> {
  const keys = await makeKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    notBefore: new Date(Date.now() - hour),
    notAfter: new Date(Date.now() + 24 * hour),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    ...(await pairOf(root, keys)),
    async issue({ commonName = "test", names = [], use = "client", notBefore, notAfter }) {
      const leafKeys = await makeKeys();
      const usage = use === "client" ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth;
      const leaf = await x509.X509CertificateGenerator.create({
        subject: `CN=${commonName}`,
        issuer: root.subject,
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
        notBefore: notBefore ?? new Date(Date.now() - hour),
        notAfter: notAfter ?? new Date(Date.now() + hour),
        signingAlgorithm: algorithm,
        extensions: [
          new x509.ExtendedKeyUsageExtension([usage]),
          ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension([...names])] : []),
        ],
      });
      return pairOf(leaf, leafKeys);
    },
  };
}

/** For servers on this machine. */
export function issueServer(authority: Authority, more: Pick<Wishes, "notBefore" | "notAfter"> = {}): Promise<Pair> {
  const names = [
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
  ] as const;
  return authority.issue({ commonName: "server", names, use: "server", ...more });
}

export function fingerprintOf({ cert }: Pair): string {
  return new NodeCertificate(cert).fingerprint256.replaceAll(":", "").toLowerCase();
}
