import { constants, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";

/** PEM files. */
export interface TlsFiles {
  /** The certificate, then those of the authorities between it and one that clients know. */
  readonly cert: string;
  readonly key: string;
  /** "" where clients are not asked for certificates. */
  readonly clientCa: string;
}

export interface TlsOptions {
  /**
   * How often the files are read again, in milliseconds. Default: 10,000. They are read, not watched: Kubernetes changes
   * mounted secrets by turning a link, which watchers of files do not see.
   */
  readonly pollMs?: number;
  /** Told of each new set of certificates that was taken up, and of each that was not and why. */
  readonly onReload?: (outcome: Reload) => void;
  readonly now?: () => number;
}

export type Reload =
  | { readonly kind: "loaded"; readonly certificates: readonly LoadedCertificate[] }
  | { readonly kind: "refused"; readonly reason: string };

/** A certificate in use. Times in milliseconds since 1970. */
export interface LoadedCertificate {
  readonly use: "server" | "client-ca";
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** SHA-256, 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly names: readonly string[];
  readonly loadedAt: number;
}

export interface Tls {
  /** May be given to several servers; all of them get new certificates. */
  readonly credentials: ServerCredentials;
  certificates(): readonly LoadedCertificate[];
  /** Reads the files now, as SIGHUP asks for. Whether they were as before or were taken up. */
  reload(): boolean;
  /** Stops reading; the credentials stay good. */
  close(): void;
}

/**
 * TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only: RFC 9325, section 4.2. Clients of HTTP/2 need
 * no more (RFC 9113, appendix A forbids all others).
 */
const ciphers = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

interface Loaded {
  readonly files: readonly (readonly [use: keyof TlsFiles, bytes: Buffer])[];
  readonly context: SecureContextOptions;
  readonly certificates: readonly LoadedCertificate[];
}

/**
 * TLS from files that may change while the service runs. Connections that are open keep what they began with; new ones
 * get the new certificates. Files that make no good set are refused, with one word for each such set, and the old one stays.
 *
 * A client without a certificate, or with one that no authority of `clientCa` signed, is connected all the same and is
 * nobody: authentication answers it with a status that says what is missing, and health needs no certificate.
 *
 * Sessions are not resumed: a resumed one would count as authenticated by authorities that may have gone since, and Node
 * takes a resumed session without a certificate for one with a good one.
 *
 * @throws where the files cannot be used at the start.
 */
export function openTls(paths: TlsFiles, { pollMs = 10_000, onReload, now = Date.now }: TlsOptions = {}): Tls {
  let current = load(paths, now());
  let refused: Loaded["files"] = [];
  let refusedReason = "";
  const credentials = new ReloadableCredentials(paths.clientCa !== "", current.context);

  const refuse = (files: Loaded["files"], reason: string): false => {
    if (reason !== refusedReason || !isSame(files, refused)) onReload?.({ kind: "refused", reason });
    refused = files;
    refusedReason = reason;
    return false;
  };
  const reload = (): boolean => {
    let files: Loaded["files"] = [];
    try {
      files = read(paths);
      if (isSame(files, current.files)) return true;
      const next = parse(files, now());
      const expired = next.certificates.find(({ use, notAfter }) => use === "server" && notAfter <= now());
      if (expired) return refuse(files, `the certificate expired at ${new Date(expired.notAfter).toISOString()}`);
      credentials.replace(next.context);
      current = next;
      refusedReason = "";
      onReload?.({ kind: "loaded", certificates: current.certificates });
      return true;
    } catch (error) {
      return refuse(files, error instanceof Error ? error.message : String(error));
    }
  };
  const timer = setInterval(reload, pollMs);
  timer.unref();
  return { credentials, certificates: () => current.certificates, reload, close: () => clearInterval(timer) };
}

/** grpc-js's own credentials are fixed to the certificates that they began with, or cannot refuse a broken pair. */
class ReloadableCredentials extends ServerCredentials {
  constructor(asksForCertificate: boolean, context: SecureContextOptions) {
    super({ requestCert: asksForCertificate, rejectUnauthorized: false }, context);
  }

  replace(context: SecureContextOptions): void {
    this.updateSecureContextOptions(context);
  }

  override _equals(other: ServerCredentials): boolean {
    return other === this;
  }
}

function load(paths: TlsFiles, now: number): Loaded {
  return parse(read(paths), now);
}

function read(paths: TlsFiles): Loaded["files"] {
  const uses = ["cert", "key", "clientCa"] as const;
  return uses.flatMap((use) => (paths[use] === "" ? [] : [[use, readFileSync(paths[use])] as const]));
}

function isSame(a: Loaded["files"], b: Loaded["files"]): boolean {
  return a.length === b.length && a.every(([, bytes], index) => b[index]?.[1].equals(bytes));
}

/** Throws where certificate and key do not belong together or a file is not what it should be. */
function parse(files: Loaded["files"], loadedAt: number): Loaded {
  const { cert, key, clientCa } = Object.fromEntries(files);
  if (cert === undefined || key === undefined) throw new Error("TLS needs a certificate and its key");
  const [leaf] = certificatesOf(cert, "the certificate file");
  if (leaf?.checkPrivateKey(privateKeyOf(key)) !== true) throw new Error("the certificate is not for this key");
  const authorities = clientCa === undefined ? [] : certificatesOf(clientCa, "the file of the client CA");
  const context: SecureContextOptions = {
    cert,
    key,
    ca: authorities.map((authority) => authority.toString()),
    minVersion: "TLSv1.2",
    ciphers,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
  createSecureContext(context);
  return {
    files,
    context,
    certificates: [
      describe(leaf, "server", loadedAt),
      ...authorities.map((authority) => describe(authority, "client-ca", loadedAt)),
    ],
  };
}

/** OpenSSL's own words for what is wrong say nothing to an operator, and might repeat what is in the file. */
function privateKeyOf(pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error("the key file holds no private key in PEM without a passphrase");
  }
}

function certificatesOf(pem: Buffer, what: string): readonly X509Certificate[] {
  const blocks = pem.toString("latin1").split(/(?=-----BEGIN CERTIFICATE-----)/);
  const certificates = blocks.filter((block) => block.startsWith("-----BEGIN CERTIFICATE-----"));
  if (certificates.length === 0) throw new Error(`${what} holds no certificate in PEM`);
  try {
    return certificates.map((block) => new X509Certificate(block));
  } catch {
    throw new Error(`${what} holds a certificate that cannot be read`);
  }
}

function describe(certificate: X509Certificate, use: LoadedCertificate["use"], loadedAt: number): LoadedCertificate {
  return {
    use,
    subject: certificate.subject?.replaceAll("\n", ", ") ?? "",
    issuer: certificate.issuer?.replaceAll("\n", ", ") ?? "",
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    serialNumber: certificate.serialNumber,
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    names: certificate.subjectAltName?.split(", ") ?? [],
    loadedAt,
  };
}
