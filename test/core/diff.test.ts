import { describe, expect, test } from 'vitest';
import { diffAttendees, mergeAttendees } from '../../src/core/attendee-diff.ts';
import { patchBody } from '../../src/core/event-body.ts';
import { diffFields, type FieldDifference } from '../../src/core/field-diff.ts';
import type { GoogleAttendee, GoogleEvent, GoogleEventTime } from '../../src/core/google-event.ts';
import { planKey } from '../../src/core/plan-key.ts';
import { formatOffset, resolveWallClock, wallMsOf } from '../../src/core/wall-clock.ts';
import {
  aBinding,
  aCalendar,
  aContext,
  aDesired,
  aGoogleEvent,
  aGuest,
  aMark,
  aSighting,
  aStated,
  at,
  inSync,
  on,
} from '../support/builders.ts';

const shown = (event: Partial<GoogleEvent> = {}, etag = '"2"') =>
  aSighting({ etag, event: aGoogleEvent(aStated(), { etag, ...event }) });
const brief = (differences: readonly FieldDifference[]) => differences.map(({ field, kind }) => `${field}: ${kind}`);
const noScope = { fields: [], leaveGuests: new Set<string>() };

describe('guests', () => {
  const ada = aGuest('Ada@example.com');
  const grace = aGuest('grace@example.com');
  const answered: GoogleAttendee = {
    email: 'ada@example.com',
    displayName: 'Countess',
    responseStatus: 'tentative',
    comment: 'late by five',
    additionalGuests: 2,
    id: '42',
  };
  const stranger: GoogleAttendee = { email: 'stranger@example.com', responseStatus: 'accepted' };

  test('[P10] one guest is added: everyone else’s entry goes out exactly as it came', () => {
    const merged = mergeAttendees([ada, grace], [ada], [answered, stranger]);
    expect(merged).toEqual([answered, stranger, { email: 'grace@example.com' }]);
  });

  test('[P10] one guest is let go: the others stay, strangers too', () => {
    expect(mergeAttendees([], [ada], [answered, stranger])).toEqual([stranger]);
    expect(mergeAttendees([], [], [answered, stranger])).toEqual([answered, stranger]);
  });

  test('[P10] a role changes and nothing else of the entry', () => {
    expect(mergeAttendees([aGuest('ada@example.com', { optional: true })], [ada], [answered])).toEqual([
      { ...answered, optional: true },
    ]);
  });

  test('a guest whose difference is to be left is neither added, changed nor removed', () => {
    const leave = new Set(['ada@example.com']);
    expect(mergeAttendees([ada, grace], [ada], [stranger], leave)).toEqual([stranger, { email: 'grace@example.com' }]);
    expect(mergeAttendees([grace], [ada], [answered], leave)).toEqual([answered, { email: 'grace@example.com' }]);
    expect(mergeAttendees([aGuest('ada@example.com', { optional: true })], [ada], [answered], leave)).toEqual([
      answered,
    ]);
  });

  const optionalAda = aGuest('ada@example.com', { optional: true });
  test.each([
    ['wished and not there', 'added', [ada], [], []],
    ['written and not there', 'missing', [ada], [ada], []],
    ['no longer wished', 'removed', [], [ada], [answered]],
    ['a role that the row changed', 'wishedRole', [optionalAda], [ada], [answered]],
    ['a role that a person changed', 'role', [ada], [ada], [{ ...answered, optional: true }]],
  ] as const)('%s: %s', (_, kind, desired, applied, observed) => {
    expect(diffAttendees(desired, applied, observed)).toMatchObject([{ kind }]);
  });

  test('[P32] the organizer whom Google adds, answers, names and self are no difference', () => {
    const organizer = { email: 'owner@example.com', organizer: true, self: true, responseStatus: 'accepted' };
    expect(diffAttendees([ada], [ada], [organizer, answered])).toEqual([]);
  });

  test('[P32] a conference block is no difference either', () => {
    const block = '-::~:~::~:~:~::-\nJoin: https://meet.google.com/abc-defg-hij\n-::~:~::~:~:~::-';
    const stated = aStated({ description: 'Bring pens' });
    expect(
      diffFields(stated, null, aGoogleEvent(stated, { description: `Bring pens\n\n${block}` }), 'Europe/Copenhagen'),
    ).toEqual([]);
  });

  test('[P14] an address in lower case, or in Gmail’s own spelling, is the same guest', () => {
    const wished = [ada, aGuest('e.mmy+class@gmail.com')];
    expect(diffAttendees(wished, wished, [answered, { email: 'emmy@gmail.com' }])).toEqual([]);
  });

  test('[P39] a person removes a guest of ours: drift of that entry, by policy', () => {
    const guests = [aGuest('ada@example.com'), grace];
    const state = inSync({
      desired: aDesired({ attendees: guests }),
      bindings: [aBinding({ applied: aStated({ attendees: guests }) })],
      sightings: [shown({ attendees: [answered] })],
    });
    const found = planKey(state, aContext());
    expect(found.call).toMatchObject({ kind: 'patch', fields: ['attendees'], repairs: ['attendees'] });
    expect(found.items).toMatchObject([
      { kind: 'drift', fields: [{ guests: [{ kind: 'missing', address: 'grace@example.com' }] }] },
    ]);
    const flagged = planKey(state, aContext({ drift: 'flag' }));
    expect(flagged).toMatchObject({ call: null, items: [{ kind: 'drift', flagged: true }] });
  });

  test('[P39] one guest is enrolled while another’s removal is flagged: only the new one is written', () => {
    const before = [aGuest('ada@example.com'), grace];
    const state = inSync({
      desired: aDesired({ attendees: [...before, aGuest('emmy@example.com')] }, { revision: 2 }),
      bindings: [aBinding({ applied: aStated({ attendees: before }) })],
      sightings: [shown({ attendees: [answered] })],
    });
    const { call } = planKey(state, aContext({ drift: 'flag' }));
    if (call?.kind !== 'patch') throw new Error('no patch');
    const scope = { fields: call.fields, leaveGuests: new Set(call.leaveGuests) };
    const body = patchBody(call.stated, call.applied, call.observed, scope, aMark());
    expect(body.attendees).toEqual([answered, { email: 'emmy@example.com' }]);
  });

  test('a list that Google shortened is not taken for the whole', () => {
    const stated = aStated({ attendees: [aGuest('ada@example.com'), grace] });
    const event = aGoogleEvent(stated, { attendees: [answered], attendeesOmitted: true });
    expect(diffFields(stated, null, event, 'Europe/Copenhagen')).toEqual([]);
  });
});

describe('fields', () => {
  const base = (applied = aStated()) => ({ stated: applied, answeredStart: null, answeredEnd: null });
  const diff = (desired: ReturnType<typeof aStated>, applied: ReturnType<typeof aStated> | null, event: GoogleEvent) =>
    brief(diffFields(desired, applied === null ? null : base(applied), event, 'Europe/Copenhagen'));

  test.each(['summary', 'location', 'description'] as const)(
    '[P38] %s that is stated no longer is cleared once, then left alone',
    (field) => {
      const before = aStated({ [field]: 'Algebra' });
      const after = aStated({ [field]: null });
      expect(diff(after, before, aGoogleEvent(before))).toEqual([`${field}: pending`]);
      const body = patchBody(after, before, aGoogleEvent(before), { ...noScope, fields: [field] }, aMark());
      expect(body[field]).toBeNull();
      // Cleared, and noted: from then on whatever a person puts there is theirs.
      expect(diff(after, before, aGoogleEvent(after))).toEqual([]);
      expect(diff(after, after, aGoogleEvent(aStated({ [field]: 'By hand' })))).toEqual([]);
    },
  );

  test('[P38] recurrence and reminders that are stated no longer go back to none and to the default', () => {
    const before = aStated({
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'],
      reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] },
    });
    expect(diff(aStated(), before, aGoogleEvent(before))).toEqual(['recurrence: pending', 'reminders: pending']);
    const body = patchBody(
      aStated(),
      before,
      aGoogleEvent(before),
      { ...noScope, fields: ['recurrence', 'reminders'] },
      aMark(),
    );
    expect(body).toMatchObject({ recurrence: [], reminders: { useDefault: true } });
    expect(diff(aStated(), aStated(), aGoogleEvent(before))).toEqual([]);
  });

  test('[P14] reminders are a set; none at all are not the default ones', () => {
    const overrides = [
      { method: 'popup', minutes: 10 },
      { method: 'email', minutes: 1440 },
    ] as const;
    const stated = aStated({ reminders: { useDefault: false, overrides } });
    const none = aStated({ reminders: { useDefault: false, overrides: [] } });
    expect(
      diff(
        stated,
        stated,
        aGoogleEvent(stated, { reminders: { useDefault: false, overrides: overrides.toReversed() } }),
      ),
    ).toEqual([]);
    expect(diff(none, none, aGoogleEvent(none, { reminders: { useDefault: false } }))).toEqual([]);
    expect(diff(none, none, aGoogleEvent(none, { reminders: { useDefault: true } }))).toEqual(['reminders: drift']);
  });

  test('a field that is not stated is nobody’s business', () => {
    const stated = aStated({ summary: null, location: null });
    expect(
      diff(stated, stated, aGoogleEvent(aStated({ summary: 'Theirs', location: 'Theirs', description: 'Theirs' }))),
    ).toEqual([]);
  });

  test('a field that is stated for the first time is pending; where somebody had filled it in, it is a conflict, so that theirs is kept', () => {
    const stated = aStated({ description: 'New' });
    expect(diff(stated, aStated(), aGoogleEvent(aStated()))).toEqual(['description: pending']);
    expect(diff(stated, aStated(), aGoogleEvent(aStated({ description: 'Theirs' })))).toEqual([
      'description: conflict',
    ]);
  });

  test('a patch names its fields alone, and puts the mark back', () => {
    const body = patchBody(
      aStated({ summary: 'Geometry' }),
      aStated(),
      aGoogleEvent(),
      { ...noScope, fields: ['summary'] },
      aMark({ revision: 4 }),
    );
    expect(Object.keys(body).sort()).toEqual(['extendedProperties', 'summary']);
    expect(body.extendedProperties?.private).toMatchObject({ 'calsync.revision': '4' });
  });
});

describe('times', () => {
  const timed = (start: GoogleEventTime, end: GoogleEventTime) => aGoogleEvent(aStated(), { start, end });
  const diff = (
    start: ReturnType<typeof at>,
    end: ReturnType<typeof at>,
    event: GoogleEvent,
    zone = 'Europe/Copenhagen',
    applied: 'applied' | 'never' = 'applied',
  ) => {
    const stated = aStated({ start, end });
    const base = { stated, answeredStart: null, answeredEnd: null };
    return brief(diffFields(stated, applied === 'applied' ? base : null, event, zone));
  };

  test('[S09A] an instant is the same in whatever zone the calendar shows it', () => {
    const event = timed(
      { dateTime: '2026-11-30T04:00:00-05:00', timeZone: 'Europe/Copenhagen' },
      { dateTime: '2026-11-30T05:00:00-05:00', timeZone: 'Europe/Copenhagen' },
    );
    expect(diff(at('2026-11-30T10:00:00'), at('2026-11-30T11:00:00'), event, 'America/New_York')).toEqual([]);
  });

  test('[S09C] Asia/Calcutta here and Asia/Kolkata there are one zone, in a series too', () => {
    const stated = aStated({
      start: at('2026-11-30T10:00:00', 'Asia/Calcutta'),
      end: at('2026-11-30T11:00:00', 'Asia/Calcutta'),
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'],
    });
    const event = aGoogleEvent(stated, {
      start: { dateTime: '2026-11-30T05:30:00+01:00', timeZone: 'Asia/Kolkata' },
      end: { dateTime: '2026-11-30T06:30:00+01:00', timeZone: 'Asia/Kolkata' },
    });
    expect(diffFields(stated, { stated, answeredStart: null, answeredEnd: null }, event, 'Europe/Copenhagen')).toEqual(
      [],
    );
  });

  test('[S09B] in a series the zone is part of the time, in a single event the instant is all', () => {
    const recurrence = ['RRULE:FREQ=WEEKLY;COUNT=40'];
    const event = (repeats: readonly string[] | null) =>
      aGoogleEvent(aStated({ recurrence: repeats }), {
        start: { dateTime: '2026-11-30T10:00:00+01:00', timeZone: 'Africa/Lagos' },
        end: { dateTime: '2026-11-30T11:00:00+01:00', timeZone: 'Africa/Lagos' },
      });
    const kinds = (repeats: readonly string[] | null) => {
      const stated = aStated({ recurrence: repeats });
      return brief(
        diffFields(stated, { stated, answeredStart: null, answeredEnd: null }, event(repeats), 'Europe/Copenhagen'),
      );
    };
    expect(kinds(null)).toEqual([]);
    expect(kinds(recurrence)).toEqual(['start: drift', 'end: drift']);
  });

  test.each(['Pacific/Kiritimati', 'America/Los_Angeles', 'UTC'])(
    '[P13] an all-day event is a date, seen from %s too',
    (zone) => {
      const event = timed({ date: '2026-12-24' }, { date: '2026-12-27' });
      expect(diff(on('2026-12-24'), on('2026-12-27'), event, zone)).toEqual([]);
      expect(diff(on('2026-12-24'), on('2026-12-26'), event, zone)).toEqual(['end: drift']);
    },
  );

  test('[P13] an all-day event that a person gave hours differs at both ends, and both go out together', () => {
    const event = timed({ dateTime: '2026-12-24T10:00:00+01:00' }, { dateTime: '2026-12-24T11:00:00+01:00' });
    expect(diff(on('2026-12-24'), on('2026-12-25'), event)).toEqual(['start: drift', 'end: drift']);
    const stated = aStated({ start: on('2026-12-24'), end: on('2026-12-25') });
    const body = patchBody(stated, stated, event, { ...noScope, fields: ['start'] }, aMark());
    expect(body.start).toEqual({ date: '2026-12-24', dateTime: null, timeZone: null });
    expect(body.end).toEqual({ date: '2026-12-25', dateTime: null, timeZone: null });
  });

  test('of an hour that comes twice, the two sides are not the same', () => {
    const second = timed(
      { dateTime: '2026-10-25T02:30:00+01:00', timeZone: 'Europe/Copenhagen' },
      { dateTime: '2026-10-25T04:00:00+01:00', timeZone: 'Europe/Copenhagen' },
    );
    const end = at('2026-10-25T04:00:00');
    expect(diff(at('2026-10-25T02:30:00', 'Europe/Copenhagen', '+01:00'), end, second)).toEqual([]);
    expect(diff(at('2026-10-25T02:30:00'), end, second)).toEqual(['start: drift']);
  });

  test('the wish moved, the world moved, both did', () => {
    const event = timed({ dateTime: '2026-11-30T09:00:00+01:00' }, { dateTime: '2026-11-30T11:00:00+01:00' });
    const kinds = (desired: string, applied: string) => {
      const [wish, before] = [desired, applied].map((local) => aStated({ start: at(local) }));
      if (wish === undefined || before === undefined) return [];
      return brief(
        diffFields(wish, { stated: before, answeredStart: null, answeredEnd: null }, event, 'Europe/Copenhagen'),
      );
    };
    expect(kinds('2026-11-30T08:00:00', '2026-11-30T09:00:00')).toEqual(['start: pending']);
    expect(kinds('2026-11-30T08:00:00', '2026-11-30T08:00:00')).toEqual(['start: drift']);
    expect(kinds('2026-11-30T08:00:00', '2026-11-30T08:30:00')).toEqual(['start: conflict']);
    expect(kinds('2026-11-30T09:00:00', '2026-11-30T08:30:00')).toEqual([]);
  });
});

describe('[P31] Google’s rules for Vancouver are an hour from ours', () => {
  const vancouver = 'America/Vancouver';
  const [startsAt, endsAt] = ['2026-12-14T09:00:00', '2026-12-14T10:00:00'];
  const start = at(startsAt, vancouver);
  const end = at(endsAt, vancouver);
  const stated = aStated({ start, end });
  /** What Google makes of a local time: an hour earlier than we would, whatever this runtime's own rules are. */
  const theirs = (local: string) => resolveWallClock(local, vancouver).epochMs - 3_600_000;
  const rendered = (local: string, zone: string) => {
    const epochMs = theirs(local);
    const wall = zone === vancouver ? local : new Date(epochMs + 3_600_000).toISOString().slice(0, 19);
    return { dateTime: `${wall}${formatOffset((wallMsOf(wall) - epochMs) / 60_000)}`, timeZone: vancouver };
  };
  const event = (zone: string) =>
    aGoogleEvent(stated, { start: rendered(startsAt, zone), end: rendered(endsAt, zone) });
  const answered = (zone: string) => ({
    answeredStart: event(zone).start?.dateTime ?? null,
    answeredEnd: event(zone).end?.dateTime ?? null,
  });
  const copenhagen = 'Europe/Copenhagen';

  test('on a calendar in that zone, the same wall clock is no drift', () => {
    const found = diffFields(stated, null, event(vancouver), vancouver);
    expect(brief(found)).toEqual(['start: zone_rules_differ', 'end: zone_rules_differ']);
  });

  test('on a calendar in another zone, the instant that Google answered to our write is no drift', () => {
    const base = { stated, ...answered(copenhagen) };
    expect(brief(diffFields(stated, base, event(copenhagen), copenhagen))).toEqual([
      'start: zone_rules_differ',
      'end: zone_rules_differ',
    ]);
  });

  test('on a calendar in another zone, an instant that nobody answered is a person’s change', () => {
    const base = { stated, answeredStart: null, answeredEnd: null };
    expect(brief(diffFields(stated, base, event(copenhagen), copenhagen))).toEqual(['start: drift', 'end: drift']);
  });

  test('the answer to another time says nothing of this one', () => {
    const before = aStated({ start: at('2026-12-14T08:00:00', vancouver), end });
    const base = { stated: before, ...answered(copenhagen) };
    expect(brief(diffFields(stated, base, event(copenhagen), copenhagen))[0]).toBe('start: pending');
  });

  test('it names the zone and both rules, and counts as in sync', () => {
    const state = inSync({
      desired: aDesired({ start, end }),
      bindings: [aBinding({ applied: stated, etag: '"1"' })],
      sightings: [aSighting({ etag: '"2"', event: event(vancouver) })],
    });
    const found = planKey(state, aContext({}, [aCalendar({ timeZone: vancouver })]));
    expect(found).toMatchObject({
      status: 'in_sync',
      call: null,
      items: [{ kind: 'zone_rules_differ', flagged: false }],
    });
    expect(found.items[0]?.reason).toContain(vancouver);
    const ours = formatOffset((wallMsOf(startsAt) - resolveWallClock(startsAt, vancouver).epochMs) / 60_000);
    const google = formatOffset((wallMsOf(startsAt) - theirs(startsAt)) / 60_000);
    expect(ours).not.toBe(google);
    expect(found.items[0]?.fields[0]).toMatchObject({
      desired: `2026-12-14 09:00 ${vancouver} (${ours})`,
      observed: `2026-12-14 09:00 ${vancouver} (${google})`,
    });
  });

  test('what goes out is local time and zone, never an offset of ours; the caller’s own does', () => {
    const body = patchBody(stated, null, event(vancouver), { ...noScope, fields: ['start'] }, aMark());
    expect(body.start).toEqual({ date: null, dateTime: '2026-12-14T09:00:00', timeZone: vancouver });
    const sided = aStated({ start: at('2026-10-25T02:30:00', copenhagen, '+01:00') });
    expect(patchBody(sided, null, event(copenhagen), { ...noScope, fields: ['start'] }, aMark()).start?.dateTime).toBe(
      '2026-10-25T02:30:00+01:00',
    );
  });
});
