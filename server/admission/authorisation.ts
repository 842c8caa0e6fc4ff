import { status } from "@grpc/grpc-js";
import { refused } from "../grpc/call-error.ts";
import type { Role } from "./call.ts";
import type { Step } from "./chain.ts";

/** Lets in who has `role`; every method of a listener wants the same one. */
export function createAuthorisation(role: Role): Step {
  return {
    name: "authorisation",
    admit({ principal, method }) {
      if (principal.roles.has(role)) return;
      const message = `${principal.name} does not have the role \`${role}\`, which ${method} needs`;
      throw refused(status.PERMISSION_DENIED, "ROLE_MISSING", message, { metadata: new Map([["role", role]]) });
    },
  };
}
