/** A channel on the calendar, and somebody who receives its messages. */
import type { EmulatorOptions } from '../../src/emulator/index.ts';
import { email, type Harness, type RawAnswer, start } from './harness.ts';

const events = 'calendars/primary/events';
export const address = 'https://app.example.com/push';

export interface Watching extends Harness {
  /** What the receiver got, as `<state> <number> <token>`. */
  readonly got: string[];
  readonly slept: number[];
  readonly channel: RawAnswer;
}

/** One channel on Ann's calendar, and a receiver in this process that answers with `statuses` and then 200. */
export async function watching(
  options: EmulatorOptions = {},
  statuses: number[] = [],
  fields: Record<string, unknown> = {},
): Promise<Watching> {
  const got: string[] = [];
  const slept: number[] = [];
  const harness = await start({
    deliver: async ({ headers }) => {
      got.push(
        `${headers['x-goog-resource-state']} ${headers['x-goog-message-number']} ${headers['x-goog-channel-token']}`,
      );
      return statuses.shift() ?? 200;
    },
    sleep: async (delayMs) => void slept.push(delayMs),
    ...options,
  });
  const body = { id: 'channel-1', type: 'web_hook', address, token: 'secret', ...fields };
  const channel = await harness.call('POST', `${events}/watch`, { body });
  await harness.emulator.push.settled();
  return { ...harness, got, slept, channel };
}

export async function edit({ emulator }: Harness, summary: string): Promise<void> {
  emulator.people.edit(email, 'lesson1', { summary });
  await emulator.push.settled();
}

export const states = (got: readonly string[]) => got.map((line) => line.split(' ')[0]);
export const numbers = (got: readonly string[]) => got.map((line) => Number(line.split(' ')[1]));
