import { escapeHidden } from "../emit/text.ts";

/**
 * Code with escapes in place of characters that cannot be seen. The transformer writes strings anew, with each character
 * as itself; outside of strings there are none.
 */
export function visibleCode(code: string): string {
  return code.replace(/[^\x20-\x7e\n\t]+/g, escapeHidden);
}
