import { describe, expect, test } from 'vitest';
import { planKey } from '../../src/core/plan-key.ts';
import type { HoldKind, KeyState, Sighting } from '../../src/core/state.ts';
import {
  aBinding,
  aContext,
  aDesired,
  aGoogleEvent,
  aMark,
  aSighting,
  aStated,
  elsewhere,
  idOf,
  inSync,
} from '../support/builders.ts';

const series = { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'] };
const cutShort = ['RRULE:FREQ=WEEKLY;COUNT=2'];
const drifts = ['enforce', 'flag', 'ignore', 'adopt'] as const;

/** A series whose event ends early, as it does once a person goes on with it under `rest`. */
function aSeries(event: Partial<Sighting> = {}, state: Partial<KeyState> = {}): KeyState {
  const shown = aGoogleEvent(aStated(series), { etag: '"2"', recurrence: cutShort });
  return inSync({
    desired: aDesired(series),
    bindings: [aBinding({ applied: aStated(series) })],
    sightings: [aSighting({ etag: '"2"', event: shown, ...event }), rest],
    ...state,
  });
}

const rest = aSighting({ eventId: `${idOf()}_R20261207T090000`, restOf: idOf() });
const approving = (...kinds: readonly HoldKind[]) => new Set(kinds);
const written = (state: KeyState, drift: (typeof drifts)[number]) => {
  const { call } = planKey(state, aContext({ drift }));
  return call?.kind === 'patch' ? call.fields : null;
};

describe('a person goes on with a series under another event', () => {
  test('[P17] its pattern is not put back, and that is told', () => {
    const found = planKey(aSeries(), aContext());
    expect(found).toMatchObject({ status: 'out_of_sync', call: null });
    expect(found.items).toContainEqual(expect.objectContaining({ kind: 'drift', flagged: true }));
  });

  test('[P17] a pattern that the row changed since is not written either, and what else it changed is', () => {
    const desired = aDesired({ recurrence: ['RRULE:FREQ=WEEKLY;COUNT=12'], summary: 'Geometry' }, { revision: 2 });
    expect(written(aSeries({}, { desired }), 'enforce')).toEqual(['summary']);
  });

  test('[P17] once the rest is gone, the pattern is put back', () => {
    const [event] = aSeries().sightings;
    expect(written(aSeries({}, { sightings: event === undefined ? [] : [event] }), 'enforce')).toEqual(['recurrence']);
  });

  test.each(drifts)('[P17] [P34] not even where the table is put through to what a newer one wrote (%s)', (drift) => {
    const newer = aSeries({ mark: aMark({ revision: 9 }) }, { approved: approving('table_older') });
    expect(written(newer, drift)).toEqual([]);
  });

  test('[P17] [P34] nor where it was put back so often that it is contested', () => {
    const contested = new Set(['recurrence']);
    const newer = aSeries({ mark: aMark({ revision: 9 }) }, { approved: approving('table_older'), contested });
    expect(written(newer, 'enforce')).toEqual([]);
  });
});

describe('a person decided that the table goes through, although a newer one wrote the event', () => {
  const newerEvent = aGoogleEvent(aStated(), { etag: '"2"', summary: 'Of the newer table' });
  const byANewerTable = (state: Partial<KeyState> = {}) =>
    inSync({
      sightings: [aSighting({ etag: '"2"', event: newerEvent, mark: aMark({ revision: 9 }) })],
      approved: approving('table_older'),
      ...state,
    });

  test.each(drifts)('[P34] what differs is no drift, whatever is done about drift (%s)', (drift) => {
    expect(written(byANewerTable(), drift)).toEqual(['summary']);
  });

  test('[P34] nor is it contested', () => {
    expect(written(byANewerTable({ contested: new Set(['summary']) }), 'enforce')).toEqual(['summary']);
  });

  test('[P34] [P37] the revision in a mark of another installation says nothing of this table: drift is drift', () => {
    const foreign = aMark({ installation: elsewhere, revision: 9 });
    const sightings = [aSighting({ etag: '"2"', event: newerEvent, mark: foreign })];
    const taken = byANewerTable({ sightings, approved: approving('table_older', 'mark_taken') });
    expect(written(taken, 'flag')).toEqual([]);
    expect(written(taken, 'enforce')).toEqual(['summary']);
  });
});
