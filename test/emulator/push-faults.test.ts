import { describe, expect, test } from 'vitest';
import { anEvent, type Harness } from './harness.ts';
import { address, edit, numbers, type Watching, watching } from './watching.ts';

const events = 'calendars/primary/events';

describe('[P26] faults of pushes', () => {
  async function faulty(
    action: Parameters<Harness['emulator']['faults']['add']>[0]['action'],
    edits = 2,
  ): Promise<Watching> {
    const harness = await watching();
    await harness.call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    await harness.emulator.push.settled();
    harness.got.length = 0;
    harness.emulator.faults.add({ action });
    for (let round = 0; round < edits; round += 1) await edit(harness, `Edit ${round}`);
    return harness;
  }

  test('lost: the message is never sent and the next one is', async () => {
    const { got, emulator } = await faulty({ kind: 'push_lost' });
    expect(got).toHaveLength(1);
    expect(
      emulator.push
        .messages()
        .map(({ outcome }) => outcome)
        .slice(-2),
    ).toEqual(['lost', 'delivered']);
  });

  test('doubled: the same number comes twice', async () => {
    const { got } = await faulty({ kind: 'push_doubled' }, 1);
    expect(got).toHaveLength(2);
    expect(got[0]).toBe(got[1]);
  });

  test('late: it waits first', async () => {
    const { got, slept } = await faulty({ kind: 'push_late', delayMs: 3_600_000 }, 1);
    expect([got.length, slept]).toEqual([1, [3_600_000]]);
  });

  test('reordered: the later number arrives first', async () => {
    const { got } = await faulty({ kind: 'push_reordered' });
    expect(numbers(got)).toHaveLength(2);
    expect(numbers(got)[0]).toBeGreaterThan(numbers(got)[1] ?? Number.NaN);
  });

  test('forged: one with another token comes before the true one', async () => {
    const { got } = await faulty({ kind: 'push_forged', token: 'guessed' }, 1);
    expect(got.map((line) => line.split(' ')[2])).toEqual(['guessed', 'secret']);
  });

  test('a forgery on demand: for a known channel without its token, and for one that never was', async () => {
    const { emulator, got } = await watching();
    emulator.push.forge({ channelId: 'channel-1', token: null });
    emulator.push.forge({ channelId: 'nobody', address, token: 'x', messageNumber: 7, resourceState: 'not_exists' });
    await emulator.push.settled();
    expect(got.slice(1)).toEqual(['exists 2 undefined', 'not_exists 7 x']);
    expect(emulator.push.messages().map(({ forged }) => forged)).toEqual([false, true, true]);
  });

  test('a rule about requests leaves pushes alone, and the other way round', async () => {
    const harness = await watching();
    harness.emulator.faults.add({ times: null, action: { kind: 'push_lost' } });
    expect((await harness.call('POST', events, { body: anEvent({ id: 'lesson1' }) })).status).toBe(200);
    harness.emulator.faults.clear();
    harness.emulator.faults.add({ action: { kind: 'error', error: 'backendError' } });
    await edit(harness, 'Geometry');
    expect((await harness.call('GET', events)).status).toBe(500);
  });
});
