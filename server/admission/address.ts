/** As sockets tell it, with IPv4 addresses in their own form; "unknown" where the peer has gone already. */
export function plainAddress(remote: string | undefined): string {
  if (remote === undefined) return "unknown";
  return remote.startsWith("::ffff:") && remote.includes(".") ? remote.slice("::ffff:".length) : remote;
}

/**
 * What counts as one address: of IPv6 the first 64 bits, because any one machine may use all that share them (RFC 4291,
 * section 2.5.1).
 *
 * @param address as `plainAddress` gives it.
 */
export function addressGroup(address: string): string {
  if (!address.includes(":")) return address;
  const known = groups.get(address);
  if (known !== undefined) return known;
  if (groups.size >= MAX_GROUPS) groups.clear();
  const group = groupOf(address);
  groups.set(address, group);
  return group;
}

/** Of those that were asked for lately: to find it out takes ten times as long as all else that a rate limit does. */
const groups = new Map<string, string>();
const MAX_GROUPS = 4_096;

function groupOf(address: string): string {
  const [text = ""] = address.split("%");
  const [head = "", tail] = text.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const all = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  const first = all.slice(0, 4).map((part) => Number.parseInt(part, 16).toString(16));
  return `${first.join(":")}::/64`;
}
