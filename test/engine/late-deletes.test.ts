/** A delete of which a reading shows that it was not done, and that lands afterwards all the same. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CalsyncError } from '../../src/core/error.ts';
import type { Google } from '../../src/core/ports.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { guardCounts } from '../../src/store/intent.ts';
import { account, anEvent, home, World } from '../support/world.ts';
import { dirtyKeys, openFindings, rowsOf } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const minuteMs = 60_000;

/** How many deletes were on their way. */
let landed = 0;

/** One turn whose deletes are on their way for long. Answers what lets them land. */
async function slowDeletes(): Promise<() => Promise<void>> {
  const google = await world.engine.google(account);
  const late: (() => Promise<unknown>)[] = [];
  const slow: Google = {
    ...google,
    deleteEvent: (request) => {
      late.push(() => google.deleteEvent(request));
      return Promise.reject(new CalsyncError('transient', 'no answer', { reason: 'timeout', outcomeUnknown: true }));
    },
  };
  await world.turn(home, { ...world.engine, google: () => Promise.resolve(slow) });
  landed = late.length;
  expect(landed).toBeGreaterThan(0);
  return async () => {
    for (const land of late) await land();
  };
}

test('[P02] what was carried out late counts in the hour, once', async () => {
  const classes = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) =>
      anEvent({ key: `class-${from + index}`, summary: `${from + index}` }),
    );
  const withdrawn = (from: number, to: number) =>
    rowsOf(world.store.db, `delete from calsync.desired_event where substr(key, 7)::int between ${from} and ${to - 1}`);
  await world.put(classes(0, 30));
  await world.reconcile();
  await withdrawn(0, 6);
  const land = await slowDeletes();
  await world.put(classes(0, 6));
  await world.advance(minuteMs);
  await world.reconcile();
  await land();
  expect(world.live()).toHaveLength(30 - landed);
  await world.advance(minuteMs);
  await world.reconcile();
  expect(world.live()).toHaveLength(30);
  await withdrawn(10, 21 - landed);
  expect((await world.reconcile())[0]).toMatchObject({ state: 'held', counts: { deleted: 0 } });
  await world.put(classes(10, 11));
  expect((await world.reconcile())[0]).toMatchObject({ state: 'in_sync', counts: { deleted: 10 - landed } });
});

test('[P02] a delete that was made again counts once', async () => {
  await world.put(Array.from({ length: 12 }, (_, index) => anEvent({ key: `class-${index}`, summary: `${index}` })));
  await world.reconcile();
  await rowsOf(world.store.db, `delete from calsync.desired_event where key < 'class-7'`);
  await slowDeletes();
  await world.advance(2 * minuteMs);
  await world.reconcile();
  expect(await rowsOf(world.store.db, `select from calsync.intent where outcome = 'not_done'`)).not.toEqual([]);
  const gone = 12 - world.live().length;
  expect((await guardCounts(world.store.db, home)).withdrawals).toBe(gone);
});

const cancelled = (at: string) =>
  rowsOf(world.store.db, `update calsync.desired_event set cancelled_at = ${at} where key = 'class-1'`);

for (const onDelete of ['accept', 'flag', 'recreate'] as const) {
  test(`[S02C] the row was revived meanwhile: the deletion is our own, and no person's (${onDelete})`, async () => {
    await setCalendar(world.store.db, home, { onDelete });
    await world.put([anEvent()]);
    await world.reconcile();
    await cancelled('calsync.now()');
    const land = await slowDeletes();
    await cancelled('null');
    await world.advance(minuteMs);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    await land();
    expect(world.live()).toEqual([]);
    await world.advance(minuteMs);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.eventOf('class-1').summary).toBe('Algebra');
    expect(await rowsOf(world.store.db, 'select cancelled_at from calsync.desired_event')).toEqual([
      { cancelled_at: null },
    ]);
    expect(await openFindings(world.store.db)).toEqual([]);
    expect(await dirtyKeys(world.store.db)).toEqual([]);

    // What a person deletes an hour later is theirs.
    await world.advance(61 * minuteMs);
    world.emulator.people.remove(home, world.eventOf('class-1').id);
    await world.reconcile();
    expect(world.live()).toHaveLength(onDelete === 'recreate' ? 1 : 0);
  });
}
