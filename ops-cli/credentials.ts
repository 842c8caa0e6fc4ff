import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { CliError, usageError } from "./exit.ts";
import type { Target } from "./settings.ts";

/**
 * How connections of a target are secured.
 *
 * @throws CliError where a file is not there, is no PEM, or a key is not its certificate's: no server need be asked to know that.
 */
export function credentialsOf({ caFile, certFile, keyFile }: Target): ChannelCredentials {
  if (caFile === "" && certFile === "" && keyFile === "") return credentials.createInsecure();
  if ((certFile === "") !== (keyFile === ""))
    throw usageError("a client certificate needs its key, and a key its certificate", [
      "Set WFOPS_CERT and WFOPS_KEY, or certFile and keyFile of the context, both.",
    ]);
  const ca = caFile === "" || caFile === "system" ? null : read(caFile);
  if (ca !== null) checkAuthority(caFile, ca);
  if (certFile === "") return credentials.createSsl(ca);
  const [key, cert] = [read(keyFile), read(certFile)];
  checkPair(certFile, cert, keyFile, key);
  return credentials.createSsl(ca, key, cert);
}

/** What the metadata of each call holds of it; "" for none. */
export function authorizationOf({ token }: Target): string {
  if (token === "") return "";
  if (/^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`;
  throw usageError("the token has blanks or line breaks in it, or is no text", [
    "Look at WFOPS_TOKEN, or the token of your context: it is what stands after `Bearer`, on one line.",
  ]);
}

/** Node takes a file without a certificate for a list of none, and then trusts nobody without saying why. */
function checkAuthority(path: string, pem: Buffer): void {
  if (!isCertificate(pem)) throw notPem(path, "certificate");
}

function checkPair(certPath: string, cert: Buffer, keyPath: string, key: Buffer): void {
  if (!isCertificate(cert)) throw notPem(certPath, "certificate");
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const isOther = error instanceof Error && /key values mismatch|KEY_VALUES_MISMATCH/.test(error.message);
    if (!isOther) throw notPem(keyPath, "private key without a password");
    throw usageError(`${keyPath} is not the key of ${certPath}`, [
      "Give the key that the certificate was made for: WFOPS_CERT and WFOPS_KEY.",
    ]);
  }
}

function isCertificate(pem: Buffer): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

function notPem(path: string, what: string): CliError {
  return usageError(`${path} holds no ${what} in PEM`, ["It begins with -----BEGIN …-----."]);
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CliError("file", `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
