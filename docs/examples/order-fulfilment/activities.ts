/** A small shop: one warehouse, a payment provider that is busy at first, and a reviewer who likes regular customers. */
function failure(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function say(text: string): void {
  process.stdout.write(`  ${text}\n`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const stock = new Map([
  ["lamp-oak", 5],
  ["bulb-e27", 40],
]);

export const activities = {
  async "inventory.reserve"(input: { orderId: string; items: readonly { sku: string; quantity: number }[] }) {
    for (const { sku, quantity } of input.items) {
      const left = stock.get(sku) ?? 0;
      if (left < quantity) throw failure("OutOfStock", `only ${left} of ${sku} are left`);
    }
    for (const { sku, quantity } of input.items) stock.set(sku, (stock.get(sku) ?? 0) - quantity);
    return { reservation: `R-${input.orderId}`, warehouse: "Basel" };
  },

  async "inventory.release"(input: { reservation: string }) {
    say(`released ${input.reservation}`);
  },

  async "payments.charge"(
    input: { orderId: string; amount: number; currency: string },
    context: { attempt: number; idempotencyKey: string },
  ) {
    await pause(20);
    if (context.attempt === 1) throw failure("ProviderBusy", "try again");
    if (input.amount > 5000) throw failure("CardDeclined", "above the card's limit");
    return { receipt: `C-${input.orderId}`, charged: input.amount };
  },

  async "payments.refund"(input: { receipt: string }) {
    say(`refunded ${input.receipt}`);
  },

  async "review.manual"(input: { orderId: string; reason: string }) {
    say(`to review: ${input.reason}`);
    await pause(30);
    return { port: "approved" as const, value: "Ruth, customer care" };
  },

  async "shipping.book"(input: { orderId: string; warehouse: string; country: string; service: string }) {
    await pause(20);
    return { tracking: `CH-${input.orderId}-${input.service}`, days: input.country === "CH" ? 1 : 4 };
  },

  async "notify.email"(input: { to: string; subject: string; text: string }) {
    say(`mail to ${input.to}: ${input.subject}`);
  },
};
