import { expect, test } from 'vitest';
import { type Outcome, rowNames } from '../../src/core/plan.ts';
import { planCalendar } from '../../src/core/plan-calendar.ts';
import { checkPlan } from '../../src/core/plan-check.ts';
import { planKey } from '../../src/core/plan-key.ts';
import {
  type CalendarPolicies,
  driftPolicies,
  leftoverPolicies,
  onDeletePolicies,
  onMovePolicies,
  syncPolicies,
} from '../../src/core/policy.ts';
import { type KeyState, type PlanContext, placeOf } from '../../src/core/state.ts';
import {
  aBinding,
  absent,
  aCalendar,
  aCancelled,
  aContext,
  aDesired,
  aGoogleEvent,
  aKeyState,
  aMark,
  anIntent,
  annex,
  aSighting,
  aStated,
  aTombstone,
  at,
  elsewhere,
  home,
  idOf,
  now,
} from '../support/builders.ts';

const long = { start: at('2026-01-05T10:00:00'), end: at('2026-01-05T11:00:00') };
const copy = aSighting({ eventId: 'copy' });
const twin = { calendar: home, eventId: 'theirs' };
const edited = (sighting: Parameters<typeof aSighting>[0] = {}) =>
  aSighting({ etag: '"2"', event: aGoogleEvent(aStated({ summary: 'By hand' }), { etag: '"2"' }), ...sighting });
const notFound = new Set([placeOf(home, idOf())]);

type Part = readonly [string, Partial<KeyState>];

const desireds: readonly Part[] = [
  ['live, as applied', { desired: aDesired() }],
  ['live, changed', { desired: aDesired({ summary: 'Geometry' }, { revision: 2 }) }],
  ['live, on another calendar', { desired: aDesired({ calendar: annex }, { revision: 2 }) }],
  ['live, long over', { desired: aDesired(long) }],
  ['cancelled', { desired: aCancelled() }],
  ['absent', { desired: absent() }],
  ['never there', { desired: absent(0) }],
];

const bindings: readonly Part[] = [
  ['none', {}],
  ['none, a create was begun', { createIntended: true }],
  ['live', { bindings: [aBinding()] }],
  ['live, written a moment ago', { bindings: [aBinding({ writtenAt: now })] }],
  ['gone', { bindings: [aBinding({ state: 'gone' })] }],
  ['retired', { bindings: [aBinding({ state: 'retired' })] }],
  [
    'retired, then live',
    {
      bindings: [
        aBinding({ state: 'retired', eventId: idOf(7), incarnation: 7 }),
        aBinding({ incarnation: 8, eventId: idOf() }),
      ],
    },
  ],
  ['on another calendar', { bindings: [aBinding({ calendar: annex })] }],
  ['taken over, never written', { bindings: [aBinding({ applied: null, etag: null, appliedRevision: 0 })] }],
  ['long over', { bindings: [aBinding({ applied: aStated(long) })] }],
];

const observeds: readonly Part[] = [
  ['equal', { sightings: [aSighting()] }],
  ['edited', { sightings: [edited()] }],
  ['only the etag', { sightings: [aSighting({ etag: '"2"' })] }],
  ['tombstone', { sightings: [aTombstone()] }],
  ['unseen', {}],
  ['404', { notFound }],
  ['404 and still listed', { notFound, sightings: [aSighting()] }],
  ['on another managed calendar', { sightings: [aTombstone(), aSighting({ calendar: annex })] }],
  ['on another managed calendar, edited', { sightings: [aTombstone(), edited({ calendar: annex })] }],
  ['on a strange calendar', { sightings: [aTombstone(), aSighting({ calendar: 'strange' })] }],
  ['marked by another', { sightings: [aSighting({ mark: aMark({ installation: elsewhere }) })] }],
  ['unmarked', { sightings: [aSighting({ mark: null })] }],
  ['a newer mark', { sightings: [aSighting({ mark: aMark({ revision: 99 }) })] }],
  ['with a copy', { sightings: [aSighting(), copy] }],
  ['a copy alone', { sightings: [copy] }],
  ['tombstone and copy', { sightings: [aTombstone(), copy] }],
  ['404 and copy', { notFound, sightings: [copy] }],
  ['a foreign twin', { foreignTwins: [twin] }],
  ['tombstone and foreign twin', { sightings: [aTombstone()], foreignTwins: [twin] }],
  ['next incarnation too', { sightings: [aSighting(), aSighting({ eventId: idOf(1) })] }],
  ['tombstone, next incarnation live', { sightings: [aTombstone(), aSighting({ eventId: idOf(1) })] }],
  ['tombstones of two incarnations', { sightings: [aTombstone(), aTombstone({ eventId: idOf(1) })] }],
];

const circumstances: readonly (readonly [string, Partial<KeyState>, PlanContext['calendars'] | null])[] = [
  ['contested', { contested: new Set(['*', 'calendar', 'summary']) }, null],
  ['a call unsettled', { unsettled: anIntent() }, null],
  [
    'all approved',
    { approved: new Set(['lookalike', 'deleted_with_copy', 'table_older', 'mark_taken'] as const) },
    null,
  ],
  ['home not fresh', {}, aContext({}, [aCalendar({ freshSince: null })]).calendars],
  ['annex not fresh', {}, aContext({}, [aCalendar({ id: annex, freshSince: null })]).calendars],
  ['home deleted', {}, aContext({}, [aCalendar({ freshSince: null, deleted: true, readable: false })]).calendars],
];

/** Each with each where both can have a say about one key: what is allowed always, drift where an event was moved by hand. */
const policies: readonly Partial<CalendarPolicies>[] = syncPolicies.flatMap((policy) => [
  ...driftPolicies.flatMap((drift) => onMovePolicies.map((onMove) => ({ policy, drift, onMove }))),
  ...onDeletePolicies.map((onDelete) => ({ policy, onDelete })),
  ...leftoverPolicies.map((leftover) => ({ policy, orphans: leftover, duplicates: leftover })),
]);

const eventText = /Algebra|Geometry|By hand|Room 5/;
const noCounts = () => ({ liveBindings: 1000, gone: 0, withdrawals: 0, cancellations: 0, recreates: 0, held: false });

/** What holds for every outcome whatever the state; answers what does not. */
function broken(outcome: Outcome, state: KeyState, context: PlanContext): string[] {
  const calls = [...(outcome.call === null ? [] : [outcome.call]), ...outcome.leftovers];
  const facts = (calendar: string) => context.calendars.get(calendar);
  const bound = state.bindings.find((binding) => binding.state !== 'retired');
  const wanted = state.desired.kind === 'live';
  const needed = [
    bound?.calendar,
    wanted && state.desired.kind === 'live' ? state.desired.row.spec.calendar : undefined,
  ];
  const stale = needed.some(
    (calendar) => calendar !== undefined && facts(calendar)?.freshSince === null && facts(calendar)?.deleted === false,
  );
  const complaints: string[] = [];
  const demand = (holds: boolean, complaint: string) => {
    if (!holds) complaints.push(complaint);
  };
  demand(rowNames.includes(outcome.row), 'its row is none');
  demand(calls.length === 0 || !stale, 'a call without freshness');
  demand(
    calls.length === 0 || (outcome.hold === null && outcome.reads.length === 0 && outcome.pulls.length === 0),
    'a call while something is awaited',
  );
  demand(
    !eventText.test([outcome.reason, ...outcome.items.map(({ reason }) => reason)].join()),
    'event text in a reason',
  );
  demand(
    outcome.status !== 'in_sync' || (calls.length === 0 && outcome.items.every(({ flagged }) => !flagged)),
    'in sync although something is open',
  );
  demand(
    outcome.call === null || ['pending', 'out_of_sync', 'cancelling'].includes(outcome.status),
    'a call and nothing open',
  );
  demand(outcome.call?.kind !== 'create' || wanted, 'a create for a row that is not live');
  for (const call of calls) {
    const policy = facts(call.calendar)?.policy;
    demand(policy !== 'observe', 'a call under observe');
    demand(policy !== 'create-only' || call.kind === 'create', 'more than a create under create-only');
    demand(policy !== 'upsert-only' || call.kind !== 'delete', 'a delete under upsert-only');
    demand(facts(call.calendar)?.deleted === false, 'a call on a deleted calendar');
    if (call.kind === 'create') continue;
    const seen = state.sightings.find(
      (sighting) => sighting.calendar === call.calendar && sighting.eventId === call.eventId,
    );
    demand(seen?.live === true && seen.etag === call.etag, 'an etag that was not seen');
    demand(
      seen?.mark?.installation !== elsewhere || state.approved.has('mark_taken'),
      'a call on an event of another installation',
    );
    demand(
      call.kind !== 'delete' || !wanted || (call.cause === 'duplicate' && call.eventId !== bound?.eventId),
      'a live row loses its event',
    );
  }
  const change = outcome.desiredChange;
  demand(change === null || (wanted && facts(home)?.policy !== 'observe'), 'a change of the table under observe');
  return complaints;
}

const mirrored = (state: KeyState): KeyState => ({
  ...state,
  sightings: state.sightings.toReversed(),
  bindings: state.bindings.toReversed(),
});

test('every combination of desired, binding, observed and policy has exactly one outcome, which breaks no rule', () => {
  const rows = new Map<string, number>();
  const complaints = new Set<string>();
  let count = 0;

  const judge = (name: string, state: KeyState, context: PlanContext) => {
    count += 1;
    const outcome = planKey(state, context);
    rows.set(outcome.row, (rows.get(outcome.row) ?? 0) + 1);
    for (const complaint of broken(outcome, state, context)) complaints.add(`${complaint}: ${name}`);
    if (JSON.stringify(planKey(mirrored(state), context)) !== JSON.stringify(outcome))
      complaints.add(`order matters: ${name}`);
    checkPlan(planCalendar(home, [state], context, noCounts, []), [state], context, noCounts);
  };

  for (const [desired, wish] of desireds)
    for (const [binding, applied] of bindings)
      for (const [observed, seen] of observeds) {
        const state = aKeyState({ ...wish, ...applied, ...seen });
        const name = `${desired} | ${binding} | ${observed}`;
        for (const policy of policies) judge(`${name} | ${JSON.stringify(policy)}`, state, aContext(policy));
        for (const [circumstance, more, calendars] of circumstances) {
          const context = { ...aContext(), ...(calendars === null ? {} : { calendars }) };
          judge(`${name} | ${circumstance}`, { ...state, ...more }, context);
        }
      }

  expect([...complaints].slice(0, 10)).toEqual([]);
  // Not one row of the table is out of reach.
  expect(rowNames.filter((row) => !rows.has(row))).toEqual([]);
  expect(count).toBe(desireds.length * bindings.length * observeds.length * (policies.length + circumstances.length));
});
