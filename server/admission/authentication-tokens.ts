import { hash } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { errors, type JWTPayload, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { CallError, refused } from "../grpc/call-error.ts";
import { createKeys, KEYS_RETRY_MS, type Keys, type KeysState } from "./authentication-keys.ts";
import type { Principal } from "./call.ts";
import { isName, rolesFor } from "./principal.ts";

export interface TokenOptions {
  readonly jwksUrl: string;
  /** The claims `iss` and `aud` that tokens must have. */
  readonly issuer: string;
  readonly audience: string;
  /** Name of the claim that lists roles; with dots also a path, such as `realm_access.roles`. */
  readonly rolesClaim: string;
  /** Who is an operator whatever the token says. */
  readonly operators: readonly string[];
  /** Told when the keys cannot be fetched, and when they can again. */
  readonly onKeys?: (state: KeysState) => void;
}

export interface TokenVerifier {
  /** Who a bearer token (RFC 6750) speaks for. Throws the CallError to answer with. */
  verify(token: string): Principal | Promise<Principal>;
  /** For health. */
  keys: Keys["state"];
  /** Fetches the keys, so that the first caller need not wait. Never rejects. */
  warm(): Promise<void>;
}

/** No shared secrets and no `none`: whoever can check a token must not be able to make one (RFC 8725, section 3.1). */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

const MAX_TOKEN = 8_192;

/** Between the clock of whoever made the token and ours. */
const CLOCK_SKEW_S = 30;

/** A token that was good is good for so long, or until it expires: checking its signature costs some hundred microseconds. */
const REMEMBER_MS = 60_000;
const REMEMBERED = 10_000;

const NOT_A_TOKEN = "it is not a signed JWT in compact form";

export function createTokenVerifier(options: TokenOptions): TokenVerifier {
  const known = new LRUCache<string, { readonly principal: Principal; readonly until: number }>({ max: REMEMBERED });
  const keys = createKeys(options.jwksUrl, options.onKeys);

  async function check(token: string, digest: string): Promise<Principal> {
    try {
      const key = await keys.current();
      const { payload } = await jwtVerify(token, key, {
        algorithms,
        issuer: options.issuer,
        audience: options.audience,
        requiredClaims: ["sub", "exp"],
        clockTolerance: CLOCK_SKEW_S,
      });
      const principal = principalOf(payload, options);
      known.set(digest, { principal, until: Math.min(Date.now() + REMEMBER_MS, expiry(payload)) });
      return principal;
    } catch (fault) {
      throw refusal(fault);
    }
  }

  return {
    verify(token) {
      if (token.length > MAX_TOKEN) throw invalid(`it has ${token.length} characters; the limit is ${MAX_TOKEN}`);
      if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw invalid(NOT_A_TOKEN);
      const digest = hash("sha256", token, "base64");
      const found = known.get(digest);
      return found !== undefined && Date.now() < found.until ? found.principal : check(token, digest);
    },
    keys: keys.state,
    warm: keys.warm,
  };
}

function principalOf(payload: JWTPayload, { rolesClaim, operators }: TokenOptions): Principal {
  const { sub: name = "" } = payload;
  if (!isName(name)) throw invalid("its claim `sub` is not 1 to 256 printable characters without blanks and commas");
  const named = namesIn(claimAt(payload, rolesClaim));
  const operator = named.includes("operator") || operators.includes(name);
  return { name, kind: "token", roles: rolesFor({ caller: named.includes("caller"), operator }) };
}

/** The claim of this name; else, where the name has dots, what is found along them. */
function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  return name.split(".").reduce<unknown>((value, part) => {
    const inside = typeof value === "object" && value !== null && Object.hasOwn(value, part);
    return inside ? Reflect.get(value, part) : undefined;
  }, payload);
}

/** A list, or one text with blanks between the names, as `scope` has (RFC 8693, section 4.2). */
function namesIn(claim: unknown): readonly unknown[] {
  if (typeof claim === "string") return claim.split(" ");
  return Array.isArray(claim) ? claim : [];
}

/** In milliseconds since 1970, with the skew that is allowed. */
function expiry({ exp = 0 }: JWTPayload): number {
  return (exp + CLOCK_SKEW_S) * 1_000;
}

/** What the caller is told: jose's own messages may repeat parts of the token. */
function refusal(fault: unknown): CallError {
  if (fault instanceof CallError) return fault;
  if (fault instanceof errors.JWTExpired)
    return refused(status.UNAUTHENTICATED, "TOKEN_EXPIRED", "the token has expired");
  if (fault instanceof errors.JWTClaimValidationFailed)
    return invalid(`its claim \`${fault.claim}\` is missing or not what it should be`);
  if (fault instanceof errors.JOSEAlgNotAllowed)
    return invalid(`it must be signed with one of ${algorithms.join(", ")}`);
  if (fault instanceof errors.JWKSNoMatchingKey || fault instanceof errors.JWKSMultipleMatchingKeys)
    return invalid("its `kid` names none of the keys that count");
  if (fault instanceof errors.JWSSignatureVerificationFailed) return invalid("its signature is wrong");
  const ofToken = [errors.JWSInvalid, errors.JWTInvalid, errors.JOSENotSupported].some((kind) => fault instanceof kind);
  if (ofToken) return invalid(NOT_A_TOKEN);
  const message = "tokens cannot be checked: the keys that sign them cannot be fetched";
  return refused(status.UNAVAILABLE, "TOKEN_KEYS_UNAVAILABLE", message, { retryAfterMs: KEYS_RETRY_MS });
}

function invalid(message: string): CallError {
  return refused(status.UNAUTHENTICATED, "TOKEN_INVALID", `the bearer token is not accepted: ${message}`);
}
