import { expect, test } from 'vitest';
import { eventDocument } from '../../src/core/event-document.ts';
import { parseEventSpec } from '../../src/core/event-spec.ts';
import { aGuest, aSpec, at, on } from '../support/builders.ts';

const specs = [
  aSpec(),
  aSpec({ schedule: 'term', summary: null, description: 'two\nlines', location: null }),
  aSpec({ start: on('2026-11-30'), end: on('2026-12-02') }),
  aSpec({ start: at('2026-10-25T02:30:00', 'Europe/Copenhagen', '+01:00'), end: at('2026-10-25T04:00:00') }),
  aSpec({
    recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'],
    reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] },
  }),
  aSpec({ attendees: [] }),
  aSpec({
    attendees: [
      aGuest('ada@example.com', { displayName: 'Ada', optional: true }),
      aGuest('b@example.com', { person: 'p-1' }),
    ],
  }),
  aSpec({ labels: { payment: 'open', constructor: 'x' }, sendUpdates: 'none', allowTwin: true }),
];

test.each(specs.map((spec, index) => [index, spec] as const))(
  'spec %i is written so that the door reads the same spec',
  (_, spec) => {
    const parsed = parseEventSpec(JSON.parse(JSON.stringify(eventDocument(spec))));
    expect(parsed).toMatchObject({ ok: true, spec });
  },
);
