import { describe, expect, test } from 'vitest';
import { attendeeCauseOf } from '../../src/core/attendee-status.ts';
import {
  causeOf,
  type EventFacts,
  eventStatus,
  mayPassByWaiting,
  type StatusCause,
  standingOf,
  statusCauses,
} from '../../src/core/event-status.ts';
import { everyAttendeeFacts, everyEventFacts } from '../support/status-facts.ts';

/** Written as the row says, seen since, nothing to be done. */
function inSync(facts: Partial<EventFacts> = {}): EventFacts {
  return {
    wanted: 'live',
    over: false,
    held: false,
    mark: 'none',
    confirmed: true,
    bound: true,
    calling: false,
    fresh: true,
    flagged: false,
    mending: false,
    agrees: true,
    ...facts,
  };
}

const counted = (facts: readonly EventFacts[]) =>
  Object.fromEntries(
    [...Map.groupBy(facts, (each) => eventStatus(each, {}).status)].map(([status, { length }]) => [status, length]),
  );

describe('the status of an event, over every combination of facts', () => {
  const all = everyEventFacts();
  const of = (status: string) => all.filter((facts) => eventStatus(facts, {}).status === status);

  test('each has exactly one status, and every status and every cause of an event occurs', () => {
    expect(all).toHaveLength(3 * 3 * 2 ** 9);
    expect(Object.keys(counted(all)).sort()).toEqual(
      ['cancelled', 'cancelling', 'held', 'in_sync', 'out_of_sync', 'parked', 'pending', 'settled', 'unknown'].sort(),
    );
    const causes = new Set<StatusCause>(all.map(causeOf));
    expect([...causes, 'unreachable'].sort()).toEqual(Object.keys(statusCauses).sort());
  });

  test('[I14] in_sync only when confirmed, observed lately, the same version, and with nothing to be done', () => {
    expect(of('in_sync').length).toBeGreaterThan(0);
    for (const facts of of('in_sync')) {
      expect(facts).toMatchObject({ wanted: 'live', confirmed: true, fresh: true, agrees: true, mark: 'none' });
      expect(facts).toMatchObject({ calling: false, flagged: false, held: false });
    }
  });

  test('[S16A] never cancelled while an event is bound, a call is open or a mark is there', () => {
    for (const { bound, calling, mark, wanted } of of('cancelled')) {
      expect({ bound, calling, mark }).toEqual({ bound: false, calling: false, mark: 'none' });
      expect(wanted).not.toBe('live');
    }
  });

  test('[S02A] what the table wants and nobody confirmed is never in_sync, and is hidden by no outage', () => {
    const wished = all.filter(({ wanted, confirmed }) => wanted === 'live' && !confirmed);
    expect(wished.map((facts) => eventStatus(facts, {}).status)).not.toContain('in_sync');
    for (const facts of wished.filter(
      ({ held, over, mark, flagged }) => !held && !over && mark === 'due' && !flagged,
    )) {
      expect(eventStatus(facts, {}).status).toBe('pending');
    }
  });

  test('a flagged finding is never in_sync', () => {
    expect(of('in_sync').filter(({ flagged }) => flagged)).toEqual([]);
  });

  test('what is pending, cancelling, unknown or parked always names whose fault it is', () => {
    for (const facts of all) {
      const { status, fault } = eventStatus(facts, {});
      if (['pending', 'cancelling', 'unknown', 'parked'].includes(status)) expect(fault).not.toBeNull();
    }
  });
});

const lines: readonly (readonly [StatusCause, string, Partial<EventFacts>])[] = [
  ['held', 'held', { held: true, over: true, mark: 'due', confirmed: false }],
  ['over', 'settled', { over: true, mark: 'parked', confirmed: false }],
  ['parked', 'parked', { mark: 'parked', confirmed: false }],
  ['parked', 'parked', { mark: 'parked', wanted: 'cancelled' }],
  ['delete_unheard', 'cancelling', { wanted: 'cancelled', calling: true, mark: 'due' }],
  ['undeleted', 'cancelling', { wanted: 'cancelled', mark: 'due' }],
  ['undeleted', 'cancelling', { wanted: 'absent', mark: 'none' }],
  ['undeleted', 'cancelling', { wanted: 'absent', bound: false, mark: 'due', fresh: false }],
  ['deleted', 'cancelled', { wanted: 'cancelled', bound: false, fresh: false }],
  ['unheard', 'pending', { confirmed: false, calling: true, mark: 'due', fresh: false }],
  ['unsent', 'pending', { confirmed: false, mark: 'due', flagged: true }],
  ['unsent', 'pending', { confirmed: false, bound: false, fresh: false }],
  ['differs', 'out_of_sync', { confirmed: false, flagged: true }],
  ['unseen', 'unknown', { fresh: false }],
  ['unseen', 'unknown', { fresh: false, flagged: true, mark: 'due' }],
  ['differs', 'out_of_sync', { flagged: true }],
  ['differs', 'out_of_sync', { mending: true, mark: 'due', agrees: false }],
  ['uncompared', 'unknown', { mark: 'due' }],
  ['uncompared', 'unknown', { agrees: false }],
  ['uncompared', 'unknown', { calling: true }],
  ['same', 'in_sync', {}],
  ['same', 'in_sync', { mending: true }],
];

describe('the lines of the table', () => {
  for (const [cause, status, facts] of lines) {
    test(`${JSON.stringify(facts)} is ${status}: ${cause}`, () => {
      expect(causeOf(inSync(facts))).toBe(cause);
      expect(eventStatus(inSync(facts), {}).status).toBe(status);
    });
  }

  test('what is recorded of its topic, and of no other, fills the sentence, the fault and the time', () => {
    const told = {
      work: { detail: 'rateLimitExceeded', fault: 'google', since: '2026-11-22T10:00:00+01:00' },
      parking: { detail: 'forbidden' },
    } as const;
    expect(eventStatus(inSync({ confirmed: false, mark: 'due' }), told)).toEqual({
      status: 'pending',
      reason: 'Google does not show it yet: rateLimitExceeded',
      fault: 'google',
      since: new Date('2026-11-22T09:00:00Z'),
    });
    expect(eventStatus(inSync(), told)).toEqual({
      status: 'in_sync',
      reason: 'Google shows what the table says',
      fault: null,
      since: null,
    });
  });

  test('waiting is worth while only where calsync goes on by itself', () => {
    const settledAtOnce = (Object.keys(statusCauses) as StatusCause[])
      .filter((cause) => !mayPassByWaiting(standingOf(cause, {})))
      .sort();
    expect(settledAtOnce).toEqual(['deleted', 'differs', 'held', 'over', 'parked', 'same']);
    expect(mayPassByWaiting(standingOf('differs', { difference: { fault: 'calsync' } }))).toBe(true);
  });
});

describe('the status of a guest, over every combination of facts', () => {
  const events = everyEventFacts();
  const guests = everyAttendeeFacts();

  test('[S04B] in_sync only if the row names them, they were written alike, and the calendar was observed lately', () => {
    const same = events.flatMap((event) =>
      guests
        .filter((guest) => attendeeCauseOf(causeOf(event), event, guest) === 'same')
        .map((guest) => ({ event, guest })),
    );
    expect(same.length).toBeGreaterThan(0);
    for (const { event, guest } of same) {
      expect(guest).toEqual({ active: true, written: true, alike: true, unreachable: false, removed: false });
      expect(event).toMatchObject({ wanted: 'live', fresh: true });
      expect(event.over && !event.held).toBe(false);
    }
  });

  test('[S04B] a guest who was added and not written is pending whatever the rest of the event is, unless it is held, parked or settled', () => {
    const added = { active: true, written: false, alike: true, unreachable: false, removed: false };
    const causes = new Set(
      events.filter(({ wanted }) => wanted === 'live').map((event) => attendeeCauseOf(causeOf(event), event, added)),
    );
    expect([...causes].sort()).toEqual(['held', 'over', 'parked', 'unheard', 'unsent']);
  });

  test('[S16A] a guest who was written is never cancelled before the event, or their entry, is seen to be gone', () => {
    for (const event of events) {
      for (const guest of guests.filter(({ written }) => written)) {
        expect(attendeeCauseOf(causeOf(event), event, guest)).not.toBe('deleted');
      }
    }
  });
});
