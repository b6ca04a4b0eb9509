import { expect, test } from 'vitest';
import { plainPaint } from '../../src/cli/output.ts';
import { gotText } from '../../src/cli/views/got.ts';
import type { EventStanding } from '../../src/store/event-status.ts';
import { aSpec } from '../support/builders.ts';

const since = new Date('2026-11-22T10:00:00Z');
const standing: EventStanding = {
  key: 'class-42/slot-7',
  generation: 2,
  revision: 5,
  status: 'pending',
  reason: 'Google does not show it yet: timeout',
  fault: 'google',
  since,
  attendees: [
    { address: 'ada@example.com', status: 'in_sync', reason: 'Google shows what the table says', fault: null, since },
    { address: 'grace@example.com', status: 'pending', reason: 'Google does not show it yet', fault: 'calsync', since },
  ],
};
const got = {
  spec: aSpec(),
  generation: 2,
  revision: 5,
  policies: { drift: null, onDelete: null, onMove: null },
  cancelledAt: null,
  standing,
};

test('[S04B] the event, whose fault it is that it is pending, and each guest by themselves', () => {
  expect(gotText(got, plainPaint)).toBe(
    [
      'class-42/slot-7  Algebra',
      '  start      2026-11-30 10:00:00 Europe/Copenhagen',
      '  end        2026-11-30 11:00:00 Europe/Copenhagen',
      '  place      Room 5',
      '  calendar   home',
      '  numbers    generation 2, revision 5',
      '  status     pending, since 2026-11-22 10:00 UTC: Google does not show it yet: timeout (at fault: google)',
      '',
      'guest              status   why',
      'ada@example.com    in sync',
      'grace@example.com  pending  Google does not show it yet (at fault: calsync)',
    ].join('\n'),
  );
});

test('what people wrote moves no cursor', () => {
  const hostile = gotText({ ...got, spec: aSpec({ summary: 'x\u001b[2J', location: 'y\u202e' }) }, plainPaint);
  expect([...hostile].some((character) => ['\u001b', '\u202e'].includes(character))).toBe(false);
});
