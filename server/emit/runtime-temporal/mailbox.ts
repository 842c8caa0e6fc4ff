import { condition, defineSignal, setHandler } from "@temporalio/workflow";
import type { Mailbox } from "../runtime/receive.ts";
import { underSignal } from "./cancellation.ts";

/** Messages that nobody has taken yet, and who waits for one. */
export interface Channel {
  readonly messages: unknown[];
  readonly waiting: { message: { readonly value: unknown } | null }[];
}

/** Channels are Temporal signals of the same name. Those that wait get the messages in the order of asking. */
export function signalMailbox(): Mailbox {
  const channels = new Map<string, Channel>();
  return {
    receive(name, signal, isTransient) {
      const channel = channels.get(name) ?? openChannel(name);
      channels.set(name, channel);
      return underSignal(signal, () => nextSignal(channel, isTransient));
    },
  };
}

/** Temporal keeps the signals that come before this, and gives them then. */
export function openChannel(name: string): Channel {
  const channel: Channel = { messages: [], waiting: [] };
  setHandler(defineSignal<[unknown]>(name), (value) => {
    const next = channel.waiting.shift();
    if (next === undefined) channel.messages.push(value);
    else next.message = { value };
  });
  return channel;
}

export async function nextSignal(
  { messages, waiting }: Channel,
  isTransient: boolean,
): Promise<unknown> {
  if (!isTransient && messages.length > 0) return messages.shift();
  const mine: Channel["waiting"][number] = { message: null };
  waiting.push(mine);
  try {
    await condition(() => mine.message !== null);
    return mine.message?.value;
  } catch (error) {
    // Withdrawn: what it was given meanwhile is for the next.
    if (mine.message !== null) messages.unshift(mine.message.value);
    else waiting.splice(waiting.indexOf(mine), 1);
    throw error;
  }
}
