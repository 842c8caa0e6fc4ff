/** A machine whose notes jam, so that the withdrawal has to be undone. */
function failure(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function say(text: string): void {
  process.stdout.write(`  ${text}\n`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export const activities = {
  async "cards.verify"(input: { token: string; pinBlock: string }) {
    if (!input.pinBlock.startsWith("04")) throw failure("WrongPin", "the PIN is wrong");
    return { accountId: `acc-${input.token}`, dailyLeft: 500 };
  },

  async "accounts.hold"(input: { accountId: string; amount: number }) {
    if (input.amount > 400) throw failure("InsufficientFunds", "the account does not cover this");
    return { holdId: `hold-${input.accountId}`, balance: 812.4 - input.amount };
  },

  async "accounts.capture"(input: { holdId: string }) {
    say(`booked ${input.holdId}`);
  },

  async "accounts.release"(input: { holdId: string; reason: string }) {
    await pause(10);
    say(`undone ${input.holdId}: ${input.reason}`);
  },

  async "atm.dispense"(input: { atmId: string; amount: number; currency: string }) {
    await pause(30);
    if (input.amount === 200) throw failure("NoteJam", "cassette 2 is jammed");
    return { notes: input.amount / 10 };
  },

  async "atm.print"(input: { atmId: string; text: string }) {
    say(`printed: ${input.text}`);
  },

  async "operations.ticket"(input: { atmId: string; failure: { name: string; message: string } }) {
    await pause(10);
    say(`technician to ${input.atmId}: ${input.failure.name}, ${input.failure.message}`);
  },
};
