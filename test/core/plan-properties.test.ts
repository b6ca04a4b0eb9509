import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normaliseAddress } from '../../src/core/address.ts';
import { insertBody, patchBody } from '../../src/core/event-body.ts';
import type { EventSpec, EventTime } from '../../src/core/event-spec.ts';
import { diffFields } from '../../src/core/field-diff.ts';
import { eventIdFor } from '../../src/core/identity.ts';
import {
  hashOfObserved,
  hashOfStated,
  normalObservedText,
  normalStatedText,
  textFieldNames,
} from '../../src/core/normal-form.ts';
import { compareTimes, normalObservedTime } from '../../src/core/normal-time.ts';
import { type CalendarPlan, planCalendar } from '../../src/core/plan-calendar.ts';
import { checkPlan } from '../../src/core/plan-check.ts';
import {
  type CalendarPolicies,
  driftPolicies,
  leftoverPolicies,
  onDeletePolicies,
  onMovePolicies,
  syncPolicies,
} from '../../src/core/policy.ts';
import type { KeyState, PlanContext, Sighting } from '../../src/core/state.ts';
import { statedEventOf } from '../../src/core/stated-event.ts';
import { AbstractGoogle, picked } from '../support/abstract-google.ts';
import { AbstractTables } from '../support/abstract-tables.ts';
import { aBinding, aCalendar, aContext, aGuest, annex, aSpec, at, home, on } from '../support/builders.ts';

const cases = { numRuns: 10_000 };
const mostRounds = 4;
const zones = new Map([
  [home, 'Europe/Copenhagen'],
  [annex, 'America/Vancouver'],
]);
const counts = () => ({ liveBindings: 1000, gone: 0, withdrawals: 0, cancellations: 0, recreates: 0, held: false });

/** Before every event that is generated, so that none is settled. */
function contextWith(policies: Partial<CalendarPolicies>): PlanContext {
  const annexed = aCalendar({ ...policies, id: annex, timeZone: 'America/Vancouver', freshSince: summer });
  return { ...aContext({ ...policies, freshSince: summer }, [annexed]), now: summer };
}
const summer = Date.parse('2026-08-01T00:00:00Z');
const restoring = { onMove: 'move_back', orphans: 'delete', duplicates: 'delete' } as const;

// One state: an event, as a row would state it.

const spans: readonly (readonly [EventTime, EventTime])[] = [
  [at('2026-11-30T10:00:00'), at('2026-11-30T11:00:00')],
  [at('2026-12-07T14:00:00', 'Asia/Kolkata'), at('2026-12-07T15:30:00', 'Asia/Kolkata')],
  [at('2026-12-07T14:00:00', 'Europe/Kyiv'), at('2026-12-07T15:00:00', 'Europe/Kyiv')],
  [at('2026-12-01T18:00:00', 'America/New_York'), at('2026-12-02T01:00:00')],
  [at('2026-12-14T09:00:00', 'America/Vancouver'), at('2026-12-14T10:00:00', 'America/Vancouver')],
  [at('2026-10-25T02:30:00'), at('2026-10-25T04:00:00')],
  [at('2026-10-25T02:30:00', 'Europe/Copenhagen', '+01:00'), at('2026-10-25T04:00:00')],
  [on('2026-12-24'), on('2026-12-27')],
];
const texts = [null, '', 'Algebra', ' A  &  B ', 'Zoë'];
const descriptions = [
  null,
  '',
  'Bring pens & paper\nRoom 5',
  '<b>Bring</b> <a href="https://example.com/?a=1&amp;b=2">this</a>',
  '<ul><li>one<li>two</ul>',
];
const reminders: readonly EventSpec['reminders'][] = [
  null,
  { useDefault: true, overrides: [] },
  { useDefault: false, overrides: [] },
  {
    useDefault: false,
    overrides: [
      { method: 'popup', minutes: 10 },
      { method: 'email', minutes: 1440 },
    ],
  },
];
const addresses = ['Ada@Example.com', 'grace@example.com', 'e.mmy.noether+class@gmail.com', 'room5@resource.example'];

const oneOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const guests = fc
  .subarray(addresses)
  .chain((chosen) => fc.tuple(...chosen.map((email) => fc.boolean().map((optional) => aGuest(email, { optional })))));
const recurrences = oneOf([null, null, ['RRULE:FREQ=WEEKLY;COUNT=3'], ['RRULE:COUNT=4;FREQ=DAILY']]);
const fields = {
  summary: oneOf(texts),
  description: oneOf(descriptions),
  location: oneOf(texts),
  reminders: oneOf(reminders),
  attendees: guests,
  span: oneOf(spans),
  recurrence: recurrences,
  calendar: oneOf([home, home, annex]),
};
type Wish = {
  readonly [Name in keyof typeof fields]: (typeof fields)[Name] extends fc.Arbitrary<infer Value> ? Value : never;
};
const wishes: fc.Arbitrary<Wish> = fc.record(fields);

function specOf({ span, ...wish }: Wish, key: string): EventSpec {
  const [start, end] = span;
  // A series has one zone.
  const isSeries = start.kind === 'date' || (end.kind === 'time' && start.zone === end.zone);
  return aSpec({ ...wish, key, start, end, recurrence: isSeries ? wish.recurrence : null });
}

// Perturbed once by whoever writes rows, and once by people in Google.

const newWishes = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 6, arbitrary: fc.record(fields, { requiredKeys: [] }) },
);
const rowFates = oneOf(['live', 'live', 'live', 'live', 'cancelled', 'absent'] as const);
const bindingFates = oneOf(['kept', 'kept', 'kept', 'lost', 'never written'] as const);
const hands = fc.array(
  fc.oneof(
    fc.record({ hand: fc.constant('retitle' as const), text: oneOf(['By hand', 'Algebra']) }),
    fc.record({ hand: fc.constant('relocate' as const), text: oneOf(['Room 9', '']) }),
    fc.record({ hand: fc.constant('describe' as const), text: oneOf(['By hand', '']) }),
    fc.record({ hand: fc.constant('shift' as const), span: oneOf(spans) }),
    fc.record({ hand: fc.constant('uninvite' as const), guest: fc.nat(4) }),
    fc.record({ hand: fc.constant('demote' as const), guest: fc.nat(4) }),
    fc.record({ hand: fc.constant('answer' as const), guest: fc.nat(4) }),
    oneOf(['invite', 'remind', 'strip', 'touch', 'copy', 'move', 'delete', 'lose'] as const).map((hand) => ({ hand })),
  ),
  { maxLength: 3 },
);
const keys = fc.record({ wish: wishes, newWish: newWishes, rowFate: rowFates, bindingFate: bindingFates, hands });
type Key = typeof keys extends fc.Arbitrary<infer Value> ? Value : never;
const worlds = fc.record({ keys: fc.array(keys, { minLength: 1, maxLength: 3 }), seed: fc.nat() });

interface World {
  readonly google: AbstractGoogle;
  readonly tables: AbstractTables;
  readonly context: PlanContext;
}

function worldOf(made: readonly Key[], policies: Partial<CalendarPolicies>): World {
  const context = contextWith(policies);
  const google = new AbstractGoogle(zones);
  const tables = new AbstractTables(google, context);
  for (const [index, key] of made.entries()) makeKey(`key-${index}`, key, { google, tables, context });
  return { google, tables, context };
}

function makeKey(key: string, made: Key, { google, tables, context }: World): void {
  const spec = specOf(made.wish, key);
  const wished = specOf({ ...made.wish, ...made.newWish }, key);
  const row = { spec: wished, generation: 2, revision: 2, policies: { drift: null, onDelete: null, onMove: null } };
  const desired =
    made.rowFate === 'absent' ? { kind: made.rowFate, revision: 2, sendUpdates: null } : { kind: made.rowFate, row };
  const rows = { key, desired, bindings: [], repairs: new Map(), notFound: new Set<string>() };
  tables.set(rows);
  if (made.bindingFate === 'never written') return;
  const eventId = eventIdFor(context.installation, key, 0);
  tables.set({
    ...rows,
    bindings: [aBinding({ eventId, calendar: spec.calendar, applied: null, appliedRevision: 0, writtenAt: 0 })],
  });
  const create = { key, calendar: spec.calendar, eventId, sendUpdates: 'none', revision: 1, repairs: [] } as const;
  tables.make({ ...create, kind: 'create', incarnation: 0, stated: statedEventOf(spec), cause: 'new' });
  if (made.bindingFate === 'lost') tables.set(rows);
  made.hands.reduce((calendar, hand) => meddle(google, calendar, eventId, hand), spec.calendar);
}

/** What a person does; answers where the event is afterwards. */
function meddle(google: AbstractGoogle, calendar: string, eventId: string, done: Key['hands'][number]): string {
  const edit = (change: Parameters<AbstractGoogle['edit']>[2]) => google.edit(calendar, eventId, change);
  const ofGuest = (guest: number, change: 'uninvite' | 'demote' | 'answer') =>
    edit((event) => ({
      ...event,
      attendees: (event.attendees ?? []).flatMap((entry, index) => {
        if (index !== guest || entry.organizer === true) return [entry];
        if (change === 'uninvite') return [];
        return [change === 'demote' ? { ...entry, optional: !(entry.optional ?? false) } : { ...entry, ...answer }];
      }),
    }));
  switch (done.hand) {
    case 'retitle':
      edit((event) => ({ ...event, summary: done.text }));
      break;
    case 'relocate':
      edit((event) => ({ ...event, location: done.text }));
      break;
    case 'describe':
      edit((event) => ({ ...event, description: done.text }));
      break;
    case 'shift':
      edit((event) => ({ ...event, start: picked(done.span[0]), end: picked(done.span[1]) }));
      break;
    case 'uninvite':
    case 'demote':
    case 'answer':
      ofGuest(done.guest, done.hand);
      break;
    case 'invite':
      edit((event) => ({ ...event, attendees: [...(event.attendees ?? []), { email: 'stranger@example.com' }] }));
      break;
    case 'remind':
      edit((event) => ({ ...event, reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 1 }] } }));
      break;
    case 'strip':
      edit((event) => ({ ...event, extendedProperties: { private: {} } }));
      break;
    case 'touch':
      edit((event) => event);
      break;
    case 'copy':
      google.copy(calendar, eventId, `copy-of-${eventId}`);
      break;
    case 'delete':
      edit((event) => ({ ...event, status: 'cancelled' }));
      break;
    case 'lose':
      google.lose(calendar, eventId);
      break;
    case 'move': {
      const destination = calendar === home ? annex : home;
      const isLive = google
        .sightings(0)
        .some((seen) => seen.live && seen.calendar === calendar && seen.eventId === eventId);
      if (!isLive) return calendar;
      google.move(calendar, eventId, google.etagOf(calendar, eventId), destination);
      return destination;
    }
  }
  return calendar;
}
const answer = { responseStatus: 'accepted', comment: 'with pleasure', additionalGuests: 2 };

// The executor.

/** A reproducible order, other for every seed. */
function shuffled<Item>(items: readonly Item[], seed: number): readonly Item[] {
  const rank = (index: number) => Math.imul(seed + index + 1, 2_654_435_761) >>> 0;
  return items
    .map((item, index) => [rank(index), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

function disordered(states: readonly KeyState[], seed: number): readonly KeyState[] {
  return shuffled(states, seed).map((state) => ({
    ...state,
    sightings: shuffled(state.sightings, seed),
    bindings: shuffled(state.bindings, seed),
  }));
}

/** Plans until nothing has to be read any more; what is read is not there, since the listing shows all there is. */
function planned({ tables, context }: World): CalendarPlan {
  const states = tables.states();
  const plan = planCalendar(home, states, context, counts, []);
  checkPlan(plan, states, context, counts);
  const unread = plan.outcomes.filter(({ reads }) => reads.length > 0);
  if (unread.length === 0) return plan;
  for (const outcome of unread) tables.follow(outcome);
  return planned({ tables, context } as World);
}

const isEmpty = (plan: CalendarPlan) =>
  plan.calls.length === 0 &&
  plan.outcomes.every(({ records, desiredChange }) => records.length === 0 && desiredChange === null);

/** Rounds until a plan is empty; one more than allowed when it never is. */
function converge(world: World, seed: number): { readonly rounds: number; readonly last: CalendarPlan } {
  for (let rounds = 0; ; rounds += 1) {
    const plan = planned(world);
    if (isEmpty(plan) || rounds > mostRounds) return { rounds, last: plan };
    for (const outcome of plan.outcomes) world.tables.follow(outcome);
    for (const { call } of shuffled(plan.calls, seed)) world.tables.make(call);
    for (const key of world.tables.keys) world.tables.set({ ...world.tables.get(key), notFound: new Set() });
  }
}

/** What of a row the calendars do not show: judged by the normal form alone, not by plan or diff. */
function missingFrom({ google, tables }: World, key: string): readonly string[] {
  const { desired, bindings } = tables.get(key);
  const ids = bindings.map(({ eventId }) => eventId);
  const isOfKey = ({ mark, eventId }: Sighting) => mark?.key === key || ids.includes(eventId);
  const live = google.sightings(0).filter((seen) => seen.live && isOfKey(seen));
  if (desired.kind !== 'live') return live.map(() => 'an event although the row is not live');
  const [shown, ...more] = live;
  if (shown?.event == null || more.length > 0) return [`${live.length} events`];
  if (shown.calendar !== desired.row.spec.calendar) return ['the calendar'];
  const { event } = shown;
  const stated = statedEventOf(desired.row.spec);
  const binding = bindings.find(({ state }) => state === 'live');
  const zone = zones.get(shown.calendar) ?? 'UTC';
  const answered = { start: binding?.answeredStart ?? null, end: binding?.answeredEnd ?? null };
  const differs = (['start', 'end'] as const).filter(
    (end) =>
      compareTimes(stated[end], normalObservedTime(event[end], zone), {
        isSeries: stated.recurrence !== null && stated.recurrence.length > 0,
        applied: stated[end],
        answered: answered[end],
      }) === 'different',
  );
  const unlike = textFieldNames.filter(
    (field) => ![null, normalObservedText(field, event)].includes(normalStatedText(field, stated)),
  );
  const listed = new Map(
    (event.attendees ?? []).map((entry) => [normaliseAddress(entry.email ?? ''), entry.optional ?? false]),
  );
  const absentees = stated.attendees.filter(({ email, optional }) => listed.get(normaliseAddress(email)) !== optional);
  return [...differs, ...unlike, ...absentees.map(({ email }) => email)];
}

describe('from three correlated states', () => {
  test(`[S07B] at most ${mostRounds} rounds lead to where Google equals the table, in whatever order the batch is carried out`, () => {
    fc.assert(
      fc.property(worlds, ({ keys: made, seed }) => {
        const world = worldOf(made, restoring);
        const { rounds, last } = converge(world, seed);
        expect(rounds).toBeLessThanOrEqual(mostRounds);
        for (const { key, hold } of last.outcomes) if (hold === null) expect(missingFrom(world, key)).toEqual([]);
      }),
      cases,
    );
  });

  test('[P10] every answer, comment and extra guest outlives whatever is written', () => {
    fc.assert(
      fc.property(worlds, ({ keys: made, seed }) => {
        const world = worldOf(made, restoring);
        const answers = () =>
          world.google
            .sightings(0)
            .flatMap(({ live, mark, eventId, event }) =>
              (live && mark !== null ? (event?.attendees ?? []) : [])
                .filter(({ comment }) => comment !== undefined)
                .map(
                  (entry) =>
                    [eventId, entry.email, entry.responseStatus, entry.comment, entry.additionalGuests] as const,
                ),
            );
        const given = answers();
        converge(world, seed);
        const stated = new Set(
          world.tables.keys.flatMap((key) => {
            const { desired } = world.tables.get(key);
            if (desired.kind !== 'live') return [];
            return (desired.row.spec.attendees ?? []).map(({ email }) => `${key} ${normaliseAddress(email)}`);
          }),
        );
        const live = new Map(
          world.google
            .sightings(0)
            .filter((seen) => seen.live)
            .map(({ eventId, mark }) => [eventId, mark?.key]),
        );
        // Guests whom the row lists, on events that are still there.
        const kept = given.filter(([id, email]) => stated.has(`${live.get(id)} ${normaliseAddress(email ?? '')}`));
        expect(answers()).toEqual(expect.arrayContaining([...kept]));
      }),
      { numRuns: 2_000 },
    );
  });

  test('under any policy a fixed point is reached, and observe changes nothing anywhere', () => {
    const policies = fc.record({
      policy: oneOf(syncPolicies),
      drift: oneOf(driftPolicies),
      driftFields: fc.dictionary(oneOf(['summary', 'start', 'attendees']), oneOf(driftPolicies), { maxKeys: 2 }),
      onDelete: oneOf(onDeletePolicies),
      onMove: oneOf(onMovePolicies),
      orphans: oneOf(leftoverPolicies),
      duplicates: oneOf(leftoverPolicies),
    });
    fc.assert(
      fc.property(worlds, policies, ({ keys: made, seed }, chosen) => {
        const world = worldOf(made, chosen);
        const before = JSON.stringify(world.google.sightings(0));
        expect(converge(world, seed).rounds).toBeLessThanOrEqual(mostRounds);
        if (chosen.policy === 'observe') expect(JSON.stringify(world.google.sightings(0))).toBe(before);
      }),
      cases,
    );
  });

  test('the same input gives the same plan, byte for byte, in whatever order it is read', () => {
    fc.assert(
      fc.property(worlds, ({ keys: made, seed }) => {
        const { tables, context } = worldOf(made, restoring);
        const states = tables.states();
        const plan = JSON.stringify(planCalendar(home, states, context, counts, []));
        expect(JSON.stringify(planCalendar(home, disordered(states, seed), context, counts, []))).toBe(plan);
      }),
      cases,
    );
  });
});

describe('[P14] writing and reading back', () => {
  const mark = { installation: 'here', key: 'key', revision: 1 };
  const id = 'abcdefgh';

  test('makes no difference: neither diff nor hash sees what Google does to the form', () => {
    fc.assert(
      fc.property(wishes, fc.boolean(), (wish, patched) => {
        const stated = statedEventOf(specOf(wish, 'key'));
        const google = new AbstractGoogle(zones);
        const sent = insertBody(stated, id, mark);
        const created = google.insert(wish.calendar, sent);
        const all = [
          'summary',
          'start',
          'end',
          'location',
          'description',
          'recurrence',
          'reminders',
          'attendees',
        ] as const;
        const scope = { fields: all, leaveGuests: new Set<string>() };
        const body = patchBody(stated, stated, created, scope, mark);
        const shown = patched ? google.patch(wish.calendar, id, google.etagOf(wish.calendar, id), body) : created;
        const zone = zones.get(wish.calendar) ?? 'UTC';
        const base = { stated, answeredStart: shown.start?.dateTime ?? null, answeredEnd: shown.end?.dateTime ?? null };
        expect(diffFields(stated, base, shown, zone).filter(({ kind }) => kind !== 'zone_rules_differ')).toEqual([]);
        // Google's own guest is not ours to hash.
        const ours = { ...shown, attendees: (shown.attendees ?? []).filter(({ organizer }) => organizer !== true) };
        // Times have a form of their own, which the diff has just judged.
        const { start = {}, end = {} } = shown;
        const asSent = { ...sent, start, end, extendedProperties: {} };
        expect(hashOfObserved(ours, zone)).toBe(hashOfObserved(asSent, zone));
      }),
      cases,
    );
  });

  test('the hash of a row says whether what it states changed', () => {
    fc.assert(
      fc.property(wishes, newWishes, (wish, newWish) => {
        const [before, after] = [wish, { ...wish, ...newWish }].map((one) => statedEventOf(specOf(one, 'key')));
        if (before === undefined || after === undefined) return;
        const google = new AbstractGoogle(zones);
        const shown = google.insert(home, insertBody(before, id, mark));
        const base = {
          stated: before,
          answeredStart: shown.start?.dateTime ?? null,
          answeredEnd: shown.end?.dateTime ?? null,
        };
        const pending = diffFields(after, base, shown, 'Europe/Copenhagen').filter(
          ({ kind }) => kind !== 'zone_rules_differ',
        );
        if (hashOfStated(before) === hashOfStated(after)) expect(pending).toEqual([]);
        for (const { kind } of pending) expect(kind).toBe('pending');
      }),
      cases,
    );
  });
});
