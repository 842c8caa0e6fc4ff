import type { PeerCertificate } from "node:tls";
import { type Metadata, status } from "@grpc/grpc-js";
import { refused } from "../grpc/call-error.ts";
import { nameOfCertificate } from "./authentication-certificates.ts";
import type { TokenVerifier } from "./authentication-tokens.ts";
import type { Principal, Role } from "./call.ts";
import type { Arrival, Step } from "./chain.ts";
import { anonymous, rolesFor } from "./principal.ts";

export interface AuthenticationParts {
  /** Whether clients may show certificates: the listener asks for them. */
  readonly certificates: boolean;
  /** null where bearer tokens are not taken. */
  readonly tokens: TokenVerifier | null;
  /** Names of principals that are operators whatever else says of them. */
  readonly operators: readonly string[];
  /**
   * What callers may do where neither certificates nor tokens are taken. Only callers on this machine become operators in
   * this way, whatever is said here.
   */
  readonly anonymousRole: Role;
}

/**
 * Says who calls. Where certificates and tokens are both taken, either suffices; where a caller sends both, the token
 * counts, and one that is wrong is refused: a caller that names itself wrongly is not taken for somebody else.
 */
export function createAuthentication(parts: AuthenticationParts): Step {
  return {
    name: "authentication",
    admit(call) {
      const principal = identify(call, parts);
      const settle = (who: Principal): void => {
        call.principal = who;
      };
      return principal instanceof Promise ? principal.then(settle) : settle(principal);
    },
  };
}

function identify(
  call: Arrival,
  { certificates, tokens, operators, anonymousRole }: AuthenticationParts,
): Principal | Promise<Principal> {
  if (!certificates && tokens === null) return unasked(call, anonymousRole);
  const token = tokens === null ? null : bearerToken(call.metadata);
  if (tokens !== null && token !== null) return tokens.verify(token);
  const certificate = certificates ? call.peerCertificate() : null;
  if (certificate === null) throw missing(certificates, tokens !== null);
  return certified(certificate, operators);
}

function unasked(call: Arrival, role: Role): Principal {
  const operator = role === "operator" && isLoopback(call.address);
  return operator ? localOperator : localCaller;
}

const localCaller = anonymous(rolesFor({ caller: true, operator: false }));
const localOperator = anonymous(rolesFor({ caller: true, operator: true }));

/** As sockets tell it: IPv4 addresses may come in their IPv6 form. */
function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

/** null: none was sent. Throws where something else was. */
function bearerToken(metadata: Metadata): string | null {
  const values = metadata.get("authorization");
  if (values.length === 0) return null;
  const [value] = values;
  const [, token] = typeof value === "string" ? (/^bearer +([^ ]+) *$/i.exec(value) ?? []) : [];
  if (values.length > 1 || token === undefined)
    throw refused(status.UNAUTHENTICATED, "TOKEN_INVALID", "the metadata `authorization` must be one `Bearer <token>`");
  return token;
}

function certified(certificate: PeerCertificate, operators: readonly string[]): Principal {
  const name = nameOfCertificate(certificate);
  if (name === null) {
    const message = "the client certificate has no usable URI or DNS name among its subject alternative names";
    throw refused(status.UNAUTHENTICATED, "CERTIFICATE_INVALID", message);
  }
  return { name, kind: "certificate", roles: rolesFor({ caller: true, operator: operators.includes(name) }) };
}

function missing(certificates: boolean, tokens: boolean): Error {
  const wanted = [
    ...(certificates ? ["a client certificate that an authority known to this service has signed"] : []),
    ...(tokens ? ["a bearer token in the metadata `authorization`"] : []),
  ];
  return refused(status.UNAUTHENTICATED, "CREDENTIALS_MISSING", `this method needs ${wanted.join(" or ")}`);
}
