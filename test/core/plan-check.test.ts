import { describe, expect, test } from 'vitest';
import { CalsyncError } from '../../src/core/error.ts';
import type { Call, CreateCall, DeleteCall, PatchCall } from '../../src/core/plan.ts';
import { type CalendarPlan, countsAsOf, planCalendar } from '../../src/core/plan-calendar.ts';
import { checkPlan } from '../../src/core/plan-check.ts';
import type { CalendarFacts, KeyState } from '../../src/core/state.ts';
import {
  absent,
  aCalendar,
  aContext,
  aDesired,
  aKeyState,
  aMark,
  anIntent,
  annex,
  aSighting,
  aTombstone,
  elsewhere,
  home,
  idOf,
  inSync,
} from '../support/builders.ts';

const counts = () => ({ liveBindings: 100, gone: 0, withdrawals: 0, cancellations: 0, recreates: 0, held: false });
const changed = (state: Partial<KeyState> = {}) =>
  inSync({ desired: aDesired({ summary: 'Geometry' }, { revision: 2 }), ...state });

function planOf(calls: readonly Call[]): CalendarPlan {
  return {
    calendar: home,
    outcomes: [],
    holds: [],
    calls: calls.map((call) => ({ call, countsAs: countsAsOf(call), approval: null })),
  };
}

/** A plan that the planner made itself, its one call altered. */
function altered<Kind extends Call['kind']>(
  kind: Kind,
  state: KeyState,
  change: Partial<Extract<Call, { kind: Kind }>>,
): CalendarPlan {
  const made = planCalendar(home, [state], aContext(), counts, []).calls[0]?.call;
  if (made?.kind !== kind) throw new Error(`the planner made no ${kind}`);
  return planOf([{ ...made, ...change } as Call]);
}
const create = (change: Partial<CreateCall> = {}, state = aKeyState()) => altered('create', state, change);
const patch = (change: Partial<PatchCall> = {}, state = changed()) => altered('patch', state, change);
const remove = (change: Partial<DeleteCall> = {}, state = inSync({ desired: absent() })) =>
  altered('delete', state, change);

const check = (plan: CalendarPlan, states: readonly KeyState[], facts: Partial<CalendarFacts> = {}) =>
  checkPlan(plan, states, aContext(facts), counts);
const moving = inSync({ desired: aDesired({ calendar: annex }) });

test('what the planner makes passes', () => {
  check(create(), [aKeyState()]);
  check(patch(), [changed()]);
  check(remove(), [inSync({ desired: absent() })]);
  check(altered('move', moving, {}), [moving]);
});

const copy = aSighting({ eventId: 'copy' });
const twice = patch().calls.flatMap(({ call }) => [call, call]);
const twoCreates = [...create().calls, ...create({ eventId: idOf(1), incarnation: 1 }).calls].map(({ call }) => call);

const violations: readonly (readonly [string, () => void])[] = [
  ['a key that is not in the plan', () => check(create(), [])],
  ['another call of the key unsettled', () => check(patch(), [changed({ unsettled: anIntent() })])],
  ['another revision', () => check(patch({ revision: 1 }), [changed()])],
  ['a calendar that is not managed', () => check(patch({ calendar: 'strange' }), [changed()])],
  ['a policy that forbids it', () => check(patch(), [changed()], { policy: 'create-only' })],
  ['a delete under upsert-only', () => check(remove(), [inSync({ desired: absent() })], { policy: 'upsert-only' })],
  ['anything under observe', () => check(create(), [aKeyState()], { policy: 'observe' })],
  ['a create under an id that is not derived', () => check(create({ eventId: 'mine' }), [aKeyState()])],
  ['a create for a row that is not live', () => check(create({ revision: 1 }), [aKeyState({ desired: absent(1) })])],
  ['a create on another calendar', () => check(create({ calendar: annex }), [aKeyState()])],
  ['a create without observation', () => check(create(), [aKeyState()], { freshSince: null })],
  ['a create beside the bound event', () => check(create(), [inSync()])],
  ['two creates for one key', () => check(planOf(twoCreates), [aKeyState()])],
  ['two calls for one event', () => check(planOf(twice), [changed()])],
  ['a patch without an etag', () => check(patch({ etag: '' }), [changed({ sightings: [aSighting({ etag: '' })] })])],
  ['a patch with another etag', () => check(patch({ etag: '"0"' }), [changed()])],
  ['a patch of what nobody saw', () => check(patch(), [changed({ sightings: [] })])],
  ['a patch of a tombstone', () => check(patch(), [changed({ sightings: [aTombstone()] })])],
  [
    'a patch of a foreign event',
    () => check(patch({ eventId: 'copy' }), [changed({ sightings: [{ ...copy, mark: null }] })]),
  ],
  [
    'a patch of another installation’s event',
    () =>
      check(patch({ eventId: 'copy' }), [
        changed({ sightings: [{ ...copy, mark: aMark({ installation: elsewhere }) }] }),
      ]),
  ],
  [
    'a move to a calendar that was not observed',
    () =>
      checkPlan(
        altered('move', moving, {}),
        [moving],
        aContext({}, [aCalendar({ id: annex, freshSince: null })]),
        counts,
      ),
  ],
  ['a delete of a live row’s event', () => check(remove(), [inSync()])],
  [
    'a delete of the bound event as a duplicate',
    () => check(remove({ cause: 'duplicate' }), [inSync({ sightings: [aSighting(), copy] })]),
  ],
  [
    'a delete of the only event of a live row as a duplicate',
    () => check(remove({ cause: 'duplicate', eventId: 'copy' }), [inSync({ sightings: [aTombstone(), copy] })]),
  ],
];

describe('a plan is refused for', () => {
  test.each(violations)('%s', (_, violate) => {
    expect(violate).toThrow(CalsyncError);
    expect(violate).toThrow(expect.objectContaining({ kind: 'invariant' }));
  });
});

test('[P03] a create that waits for a person is not made meanwhile', () => {
  const plan = create();
  const items = plan.calls.map(({ call: { key, eventId, revision } }) => ({ key, eventId, revision }));
  const held = { kind: 'rekey', calendar: home, reason: '', setHash: '', items } as const;
  expect(() => check({ ...plan, holds: [held] }, [aKeyState()])).toThrow(/waits for a person/);
  const other = { ...held, items: items.map((item) => ({ ...item, eventId: idOf(1) })) };
  expect(() => check({ ...plan, holds: [other] }, [aKeyState()])).not.toThrow();
});

describe('the guard is asked again', () => {
  const keys = (desired: KeyState['desired']) =>
    Array.from({ length: 11 }, (_, index) => {
      const key = `slot-${index}`;
      return inSync({ key, desired, sightings: [aSighting({ eventId: idOf(0, key), mark: aMark({ key }) })] });
    });
  const deletes = keys(absent()).map(({ key }) => ({
    ...(remove().calls[0]?.call as DeleteCall),
    key,
    eventId: idOf(0, key),
  }));

  test('eleven deletes are over its line, ten are not', () => {
    expect(() => check(planOf(deletes), keys(absent()))).toThrow(/guard/);
    expect(() => check(planOf(deletes.slice(1)), keys(absent()))).not.toThrow();
  });

  test('what was approved is in no count', () => {
    const approved = { ...planOf(deletes), calls: planOf(deletes).calls.map((entry) => ({ ...entry, approval: 7 })) };
    expect(() => check(approved, keys(absent()))).not.toThrow();
  });

  test('a delete that counts as nothing is refused', () => {
    const miscounted = {
      ...planOf(deletes),
      calls: planOf(deletes).calls.map((entry) => ({ ...entry, countsAs: null })),
    };
    expect(() => check(miscounted, keys(absent()))).toThrow(/counts/);
  });
});
