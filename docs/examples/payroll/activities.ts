/** A tax table with one rate, and a bank that is now and then unavailable and knows which accounts are closed. */
function failure(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function say(text: string): void {
  process.stdout.write(`  ${text}\n`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}

let transfers = 0;
let running = 0;

export const activities = {
  async "tax.withhold"(input: { employeeId: string; gross: number; period: string }) {
    const withheld = cents(input.gross * 0.37);
    return { withheld, net: cents(input.gross - withheld) };
  },

  async "bank.transfer"(input: { iban: string; amount: number; reference: string }) {
    running++;
    transfers++;
    say(`${input.reference}: ${input.amount} (${running} at once)`);
    try {
      await pause(25);
      if (input.iban === "CLOSED") throw failure("AccountClosed", "the account is closed");
      if (transfers === 2) throw failure("BankUnavailable", "try again");
      return `T-${transfers}`;
    } finally {
      running--;
    }
  },

  async "payslip.send"(input: { employeeId: string; net: number }) {
    say(`payslip for ${input.employeeId}`);
  },

  async "ledger.post"(input: {
    period: string;
    payments: readonly { employeeId: string; net: number; paid: boolean }[];
  }) {
    const paid = input.payments.filter((payment) => payment.paid);
    return { entry: `L-${input.period}`, totalNet: cents(paid.reduce((sum, payment) => sum + payment.net, 0)) };
  },

  async "notify.team"(input: { channel: string; text: string }) {
    say(`#${input.channel}: ${input.text}`);
  },
};
