import type { Principal, Role } from "./call.ts";

const callerRoles: ReadonlySet<Role> = new Set<Role>(["caller"]);
const operatorRoles: ReadonlySet<Role> = new Set<Role>(["caller", "operator"]);
const noRoles: ReadonlySet<Role> = new Set<Role>();

/** An operator may do what a caller may. */
export function rolesFor(named: { readonly caller: boolean; readonly operator: boolean }): ReadonlySet<Role> {
  if (named.operator) return operatorRoles;
  return named.caller ? callerRoles : noRoles;
}

export function anonymous(roles: ReadonlySet<Role>): Principal {
  return { name: "anonymous", kind: "anonymous", roles };
}

/** What can stand in a log, an audit record and a list of operators: printable ASCII without blanks and commas. */
export function isName(text: string): boolean {
  return /^[!-+\--~]{1,256}$/.test(text);
}
