import { expect, test } from 'vitest';
import { type CallSince, type GoogleChange, originOf, type ShownEvent } from '../../src/core/google-change.ts';
import { aGoogleEvent, aStated } from '../support/builders.ts';

const zone = 'Europe/Copenhagen';

function shown(event: Partial<ShownEvent> = {}): ShownEvent {
  const { id: _, etag: __, created: ___, extendedProperties: ____, ...fields } = aGoogleEvent(aStated());
  return { ...fields, calendar: 'home', eventId: 'e1', ...event };
}

function aChange(change: Partial<GoogleChange> = {}): GoogleChange {
  const usual = { kind: 'google_changed', calendar: 'home', occurrence: null } as const;
  return { ...usual, before: shown({ summary: 'Before' }), after: shown(), ...change };
}

const anAnswer = (responseStatus: string): GoogleChange =>
  aChange({ kind: 'google_answered', after: shown({ attendees: [{ email: 'ada@example.com', responseStatus }] }) });

const aCall = (call: Partial<CallSince> = {}): CallSince => ({
  kind: 'patch',
  outcome: 'not_done',
  destination: null,
  applied: aStated(),
  ...call,
});
const deleted = aChange({ kind: 'google_deleted', after: shown({ status: 'cancelled' }) });

test.each<[string, GoogleChange, readonly CallSince[], string]>([
  ['nobody called: theirs', aChange(), [], 'theirs'],
  ['a call is open: not known yet', aChange(), [aCall({ outcome: null })], 'not_known_yet'],
  ['it shows what a call wrote that was taken for lost: ours', aChange(), [aCall()], 'ours'],
  ['it shows something else: theirs', aChange({ after: shown({ summary: 'Party' }) }), [aCall()], 'theirs'],
  [
    'a field that the call does not state changed too: theirs',
    aChange({ after: shown({ location: 'Roof' }) }),
    [aCall({ applied: { ...aStated(), location: null } })],
    'theirs',
  ],
  ['gone after a delete that was taken for lost: ours', deleted, [aCall({ kind: 'delete', applied: null })], 'ours'],
  ['gone after a patch: theirs', deleted, [aCall()], 'theirs'],
  ['at the end of a move: ours', aChange(), [aCall({ kind: 'move', applied: null, destination: 'home' })], 'ours'],
  ['an occurrence, after the series was written: ours', aChange({ occurrence: 'e1_1' }), [aCall()], 'ours'],
  ['an occurrence by itself: theirs', aChange({ occurrence: 'e1_1' }), [], 'theirs'],
  ['a guest says yes while we wrote: theirs', anAnswer('accepted'), [aCall({ outcome: 'done' })], 'theirs'],
  ['a guest takes an answer back: theirs', anAnswer('needsAction'), [], 'theirs'],
  [
    'Google asks a guest anew after a write of ours: ours',
    anAnswer('needsAction'),
    [aCall({ outcome: 'done' })],
    'ours',
  ],
  ['an answer while a call is open: not known yet', anAnswer('accepted'), [aCall({ outcome: null })], 'not_known_yet'],
])('%s', (_, change, calls, origin) => {
  expect(originOf(change, calls, zone)).toBe(origin);
});
