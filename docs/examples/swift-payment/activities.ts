/** A bank's back office: one sanctions list with one near match, and a compliance desk that answers by message. */
function failure(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function say(text: string): void {
  process.stdout.write(`  ${text}\n`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const listed = ["Sanford Traders Limited"];

/** 1 for equal names, less the more letters differ. */
function similarity(a: string, b: string): number {
  const same = [...a].filter((letter, index) => b[index] === letter || b[index + 1] === letter).length;
  return same / Math.max(a.length, b.length);
}

let sendings = 0;

export const activities = {
  async "swift.validate"(input: { messageId: string; debtorBic: string; creditorBic: string }) {
    for (const bic of [input.debtorBic, input.creditorBic]) {
      if (!/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/.test(bic)) throw failure("InvalidBic", `${bic} is no BIC`);
    }
  },

  async "sanctions.screen"(input: { name: string; country: string }) {
    await pause(30);
    const scores = listed.map((name) => similarity(input.name, name));
    return { score: Math.max(...scores), list: "OFAC SDN" };
  },

  async "approvals.request"(input: { messageId: string; score: number; summary: string }) {
    say(`to compliance: ${input.summary} (score ${input.score.toFixed(2)})`);
    return { caseId: `K-${input.messageId}` };
  },

  async "accounts.reserve"(input: { account: string; amount: number }) {
    if (input.amount > 1_000_000) throw failure("InsufficientFunds", "the account does not cover this");
    return { hold: `H-${input.account.slice(-6)}` };
  },

  async "accounts.release"(input: { hold: string }) {
    say(`released ${input.hold}`);
  },

  async "swift.send"(input: { messageId: string; amount: number; currency: string; creditorBic: string }) {
    sendings++;
    await pause(20);
    if (sendings === 1) throw failure("NetworkUnavailable", "no session");
    return { reference: `UETR-${input.creditorBic}-${input.amount}` };
  },

  async "cases.freeze"(input: { messageId: string; list: string }) {
    say(`frozen: ${input.messageId} (${input.list})`);
  },
};

/** What comes in from outside: the answer of the compliance desk. */
export const messages = {
  async receive(channel: string): Promise<unknown> {
    await pause(50);
    if (channel !== "compliance-decision") throw failure("UnknownChannel", channel);
    return { approved: true, by: "R. Meier", comment: "different company" };
  },
};
