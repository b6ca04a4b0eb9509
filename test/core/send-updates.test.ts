import { describe, expect, test } from 'vitest';
import type { AttendeeDifference } from '../../src/core/attendee-diff.ts';
import type { FieldDifference } from '../../src/core/field-diff.ts';
import type { Call } from '../../src/core/plan.ts';
import { planKey } from '../../src/core/plan-key.ts';
import { sendUpdatesOnCreate, sendUpdatesOnDelete, sendUpdatesOnPatch } from '../../src/core/send-updates.ts';
import type { KeyState } from '../../src/core/state.ts';
import {
  aBinding,
  aCancelled,
  aContext,
  aDesired,
  aGoogleEvent,
  aGuest,
  aKeyState,
  aSighting,
  aStated,
  inSync,
} from '../support/builders.ts';

const differs = (
  field: FieldDifference['field'],
  kind: FieldDifference['kind'],
  guest?: AttendeeDifference['kind'],
): FieldDifference => ({
  field,
  kind,
  desired: null,
  applied: null,
  observed: null,
  ...(guest === undefined ? {} : { guests: [{ kind: guest, address: 'ada@example.com' }] }),
});

describe('[P11] who is mailed of a patch when the row does not say', () => {
  test.each([
    ['a new start', differs('start', 'pending'), 'all'],
    ['a new end', differs('end', 'pending'), 'all'],
    ['a new place', differs('location', 'pending'), 'all'],
    ['new dates of a series', differs('recurrence', 'pending'), 'all'],
    ['a new guest', differs('attendees', 'pending', 'added'), 'all'],
    ['a guest who is let go', differs('attendees', 'pending', 'removed'), 'all'],
    ['a start that a person changed is put back', differs('start', 'drift'), 'all'],
    ['a place that a person changed is put back', differs('location', 'drift'), 'all'],
    ['a new title', differs('summary', 'pending'), 'none'],
    ['a new text', differs('description', 'pending'), 'none'],
    ['reminders', differs('reminders', 'pending'), 'none'],
    ['a guest’s role', differs('attendees', 'pending', 'wishedRole'), 'none'],
    ['a title is put back', differs('summary', 'drift'), 'none'],
    ['a guest whom a person removed is put back', differs('attendees', 'drift', 'missing'), 'none'],
  ] as const)('%s: %s', (_, difference, whom) => {
    expect(sendUpdatesOnPatch(null, [difference])).toBe(whom);
  });

  test.each(['all', 'externalOnly', 'none'] as const)('a stated %s is obeyed everywhere', (stated) => {
    expect(sendUpdatesOnPatch(stated, [differs('summary', 'drift')])).toBe(stated);
    expect(sendUpdatesOnPatch(stated, [differs('start', 'pending')])).toBe(stated);
    expect(sendUpdatesOnCreate(stated, 0)).toBe(stated);
    expect(sendUpdatesOnCreate(stated, 3)).toBe(stated);
    expect(sendUpdatesOnDelete(stated, true)).toBe(stated);
  });
});

describe('[P11] who is mailed of a call that the plan makes', () => {
  const guests = [aGuest('ada@example.com')];
  const callOf = (state: KeyState): Call | null => planKey(state, aContext()).call;
  const seen = aSighting({ event: aGoogleEvent(aStated({ attendees: guests })) });
  const state = inSync({
    desired: aDesired({ attendees: guests }),
    bindings: [aBinding({ applied: aStated({ attendees: guests }) })],
    sightings: [seen],
  });

  test('a create invites its guests, one without guests mails nobody', () => {
    expect(callOf(aKeyState({ desired: aDesired({ attendees: guests }) }))?.sendUpdates).toBe('all');
    expect(callOf(aKeyState())?.sendUpdates).toBe('none');
  });

  test('a cancellation tells the guests that Google shows, and nobody where there are none', () => {
    expect(callOf({ ...state, desired: aCancelled({ attendees: guests }) })?.sendUpdates).toBe('all');
    expect(callOf(inSync({ desired: aCancelled() }))?.sendUpdates).toBe('none');
    const organizerAlone = aSighting({
      event: aGoogleEvent(aStated(), { attendees: [{ email: 'owner@example.com', organizer: true }] }),
    });
    expect(callOf(inSync({ desired: aCancelled(), sightings: [organizerAlone] }))?.sendUpdates).toBe('none');
  });

  test('a silent cancellation stays silent', () => {
    expect(callOf({ ...state, desired: aCancelled({ attendees: guests, sendUpdates: 'none' }) })?.sendUpdates).toBe(
      'none',
    );
  });

  test('a repair of the title is silent, of the time it is not', () => {
    const edited = (event: Parameters<typeof aGoogleEvent>[1]) => ({
      ...state,
      sightings: [aSighting({ etag: '"2"', event: aGoogleEvent(aStated({ attendees: guests }), event) })],
    });
    expect(callOf(edited({ summary: 'By hand' }))?.sendUpdates).toBe('none');
    expect(
      callOf(edited({ start: { dateTime: '2026-11-30T09:30:00+01:00', timeZone: 'Europe/Copenhagen' } }))?.sendUpdates,
    ).toBe('all');
  });
});
