import { describe, expect, test } from 'vitest';
import { type GuardCounts, type GuardWish, judge } from '../../src/core/guard.ts';
import { holdDraft, type Permission } from '../../src/core/hold-draft.ts';
import type { Outcome } from '../../src/core/plan.ts';
import { guardPlan, planCalendar } from '../../src/core/plan-calendar.ts';
import { checkPlan } from '../../src/core/plan-check.ts';
import type { KeyState } from '../../src/core/state.ts';
import {
  aBinding,
  absent,
  aCancelled,
  aContext,
  aDesired,
  aGoogleEvent,
  aKeyState,
  aMark,
  annex,
  aSighting,
  aStated,
  aTombstone,
  home,
  idOf,
  inSync,
} from '../support/builders.ts';

const count = (counts: Partial<GuardCounts>): GuardCounts => ({
  liveBindings: 100,
  gone: 0,
  withdrawals: 0,
  cancellations: 0,
  recreates: 0,
  held: false,
  ...counts,
});
const wish = (wished: Partial<GuardWish>): GuardWish => ({
  withdrawals: 0,
  strays: 0,
  leaving: 0,
  cancellations: 0,
  recreates: 0,
  ...wished,
});
const deletesHeld = (counts: Partial<GuardCounts>, wished: Partial<GuardWish>) =>
  judge(count(counts), wish(wished)).deletes !== null;
const recreatesHeld = (counts: Partial<GuardCounts>, wished: Partial<GuardWish>) =>
  judge(count(counts), wish(wished)).recreates !== null;

describe('withdrawals', () => {
  test.each([
    ['10 of few', 100, 10],
    ['10 where 5 % are 10', 200, 10],
    ['5 % of many', 1_000, 50],
    ['5 % of many more', 6_000, 300],
    ['500 of however many', 100_000, 500],
  ])('%s may go, one more is held', (_, liveBindings, most) => {
    expect(deletesHeld({ liveBindings }, { withdrawals: most })).toBe(false);
    expect(deletesHeld({ liveBindings }, { withdrawals: most + 1 })).toBe(true);
  });

  test('5 % is exact for every size of calendar', () => {
    for (let liveBindings = 220; liveBindings <= 10_000; liveBindings += 20) {
      expect(deletesHeld({ liveBindings }, { withdrawals: liveBindings / 20 })).toBe(false);
      expect(deletesHeld({ liveBindings }, { withdrawals: liveBindings / 20 + 1 })).toBe(true);
    }
  });

  test('the last hour counts: slices add up to what one batch may not', () => {
    expect(deletesHeld({ liveBindings: 93, withdrawals: 7 }, { withdrawals: 3 })).toBe(false);
    expect(deletesHeld({ liveBindings: 93, withdrawals: 7 }, { withdrawals: 4 })).toBe(true);
  });

  test('the base is what was there an hour ago: it does not shrink under the count', () => {
    // 960 + 40 are 1,000, of which 50 may go.
    expect(deletesHeld({ liveBindings: 960, withdrawals: 40 }, { withdrawals: 10 })).toBe(false);
    expect(deletesHeld({ liveBindings: 960, withdrawals: 40 }, { withdrawals: 11 })).toBe(true);
    expect(deletesHeld({ liveBindings: 900, withdrawals: 40, cancellations: 60 }, { withdrawals: 10 })).toBe(false);
  });

  test('a calendar of five is never emptied in passing, one of four may be', () => {
    expect(deletesHeld({ liveBindings: 5 }, { withdrawals: 5 })).toBe(true);
    expect(deletesHeld({ liveBindings: 5 }, { withdrawals: 4 })).toBe(false);
    expect(deletesHeld({ liveBindings: 4 }, { withdrawals: 4 })).toBe(false);
    expect(deletesHeld({ liveBindings: 2, withdrawals: 3 }, { withdrawals: 2 })).toBe(true);
    expect(deletesHeld({ liveBindings: 5 }, { withdrawals: 1, cancellations: 4 })).toBe(true);
  });

  test('[P02] a calendar whose last event moves away while the others are withdrawn is emptied as well', () => {
    expect(deletesHeld({ liveBindings: 6 }, { withdrawals: 5 })).toBe(false);
    expect(deletesHeld({ liveBindings: 6 }, { withdrawals: 5, leaving: 1 })).toBe(true);
    expect(deletesHeld({ liveBindings: 6 }, { leaving: 6 })).toBe(false);
  });

  test('[P02] what people deleted is not left, and is none of those that may not all go', () => {
    expect(deletesHeld({ liveBindings: 7, gone: 2 }, { withdrawals: 5 })).toBe(true);
    expect(deletesHeld({ liveBindings: 7, gone: 1 }, { withdrawals: 5 })).toBe(false);
    expect(deletesHeld({ liveBindings: 5, gone: 4 }, { withdrawals: 1 })).toBe(false);
  });

  test('orphans and duplicates count, but their going empties nothing', () => {
    expect(deletesHeld({ liveBindings: 5 }, { withdrawals: 5, strays: 5 })).toBe(false);
    expect(deletesHeld({ liveBindings: 5 }, { withdrawals: 9, strays: 4 })).toBe(true);
    expect(deletesHeld({ liveBindings: 6 }, { withdrawals: 8, strays: 4 })).toBe(false);
    expect(deletesHeld({ liveBindings: 5 }, { withdrawals: 11, strays: 11 })).toBe(true);
  });
});

describe('rows cancelled one by one', () => {
  test.each([
    ['20 of few', 30, 20],
    ['half of many', 100, 50],
    ['600, since the line of 500 is for withdrawals', 2_000, 600],
  ])('%s may go', (_, liveBindings, cancellations) => {
    expect(deletesHeld({ liveBindings }, { cancellations })).toBe(false);
  });

  test.each([
    [30, 21],
    [100, 51],
  ])('of %i, %i are held', (liveBindings, cancellations) => {
    expect(deletesHeld({ liveBindings }, { cancellations })).toBe(true);
  });

  test('the last hour counts', () => {
    expect(deletesHeld({ liveBindings: 10, cancellations: 18 }, { cancellations: 2 })).toBe(false);
    expect(deletesHeld({ liveBindings: 10, cancellations: 18 }, { cancellations: 3 })).toBe(true);
  });

  test('what is past its line does not hold a plan that wishes none', () => {
    expect(deletesHeld({ cancellations: 90, withdrawals: 90 }, {})).toBe(false);
    expect(recreatesHeld({ recreates: 90 }, {})).toBe(false);
  });
});

test('recreates count like withdrawals, and for themselves', () => {
  expect(recreatesHeld({}, { recreates: 10 })).toBe(false);
  expect(recreatesHeld({}, { recreates: 11 })).toBe(true);
  expect(recreatesHeld({ recreates: 4 }, { recreates: 7 })).toBe(true);
  expect(recreatesHeld({ withdrawals: 10 }, { recreates: 10 })).toBe(false);
  expect(deletesHeld({}, { recreates: 11 })).toBe(false);
});

// A plan under the guard.

const named = (index: number) => `slot-${String(index).padStart(4, '0')}`;
function key(index: number, state: Partial<KeyState>): KeyState {
  const name = named(index);
  const eventId = idOf(0, name);
  const mark = aMark({ key: name });
  return inSync({ key: name, bindings: [aBinding({ eventId })], sightings: [aSighting({ eventId, mark })], ...state });
}
const keys = (from: number, count: number, state: Partial<KeyState>): readonly KeyState[] =>
  Array.from({ length: count }, (_, index) => key(from + index, state));

function plan(states: readonly KeyState[], counts: Partial<GuardCounts>, permissions: readonly Permission[] = []) {
  const counted = () => count(counts);
  const made = planCalendar(home, states, aContext(), counted, permissions);
  checkPlan(made, states, aContext(), counted);
  return made;
}
const kinds = (outcomes: readonly Outcome[]) => [...new Set(outcomes.map(({ status }) => status))];

test('[P02] a truncated table: every delete is held and none is done, patches and creates go on', () => {
  const withdrawn = keys(0, 11, { desired: absent() });
  const changed = keys(11, 2, { desired: aDesired({ summary: 'Geometry' }, { revision: 2 }) });
  const fresh = [aKeyState({ key: 'fresh', desired: aDesired({ summary: 'Chemistry' }) })];
  const made = plan([...withdrawn, ...changed, ...fresh], { liveBindings: 100 });
  expect(made.calls.map(({ call }) => call.kind).sort()).toEqual(['create', 'patch', 'patch']);
  expect(made.holds).toMatchObject([{ kind: 'withdrawals', calendar: home }]);
  expect(made.holds[0]?.items.map((item) => item.key)).toEqual(withdrawn.map((state) => state.key));
  expect(kinds(made.outcomes.slice(1, 12))).toEqual(['held']);
  expect(made.outcomes.slice(1, 12).flatMap(({ items }) => items.map(({ withheld }) => withheld))).toEqual(
    Array(11).fill('guard'),
  );
});

describe('[P03] keys that change their spelling', () => {
  const summaryOf = (index: number) => `Class ${index}`;
  const gone = (count: number) =>
    keys(0, count, { desired: absent() }).map((state, index) => ({
      ...state,
      bindings: state.bindings.map((binding) => ({ ...binding, applied: aStated({ summary: summaryOf(index) }) })),
    }));
  const come = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      aKeyState({ key: `new-${named(index)}`, desired: aDesired({ summary: summaryOf(index) }) }),
    );

  test('the creates wait with the deletes, as one set of pairs; what pairs with nothing is left out of it', () => {
    const made = plan([...gone(14), ...come(12)], { liveBindings: 100 });
    expect(made.calls).toEqual([]);
    expect(made.holds.map(({ kind, items }) => [kind, items.length])).toEqual([
      ['withdrawals', 2],
      ['rekey', 24],
    ]);
    const pairs = made.holds[1]?.items.flatMap(({ key: to, replaces }) =>
      replaces === undefined ? [] : [[replaces, to]],
    );
    expect(pairs).toEqual(Array.from({ length: 12 }, (_, index) => [named(index), `new-${named(index)}`]));
    expect(kinds(made.outcomes)).toEqual(['held']);
  });

  test('under the line nothing waits', () => {
    const made = plan([...gone(10), ...come(10)], { liveBindings: 100 });
    expect(made.calls).toHaveLength(20);
    expect(made.holds).toEqual([]);
  });

  test('approved, exactly the set goes; a further pair waits by itself', () => {
    const states = [...gone(12), ...come(12)];
    const [hold] = plan(states, { liveBindings: 100 }).holds;
    const permissions = (hold?.items ?? []).map((item) => ({ ...item, hold: 7, kind: 'rekey' as const }));
    const made = plan(states, { liveBindings: 100 }, permissions);
    expect(made.calls.map(({ approval }) => approval)).toEqual(Array(24).fill(7));
    expect(made.holds).toEqual([]);
    const partly = permissions.filter(({ key: item }) => !item.endsWith(named(11)));
    expect(plan(states, { liveBindings: 100, withdrawals: 10 }, partly).holds).toMatchObject([
      { kind: 'rekey', items: [{ key: `new-${named(11)}` }, { key: named(11) }] },
    ]);
  });

  test('a new row on another calendar, or that says something else, pairs with none', () => {
    const other = come(12).map((state, index) => ({
      ...state,
      desired: aDesired({ summary: summaryOf(index), location: 'elsewhere' }),
    }));
    const made = plan([...gone(12), ...other], { liveBindings: 100 });
    expect(made.calls.map(({ call }) => call.kind)).toEqual(Array(12).fill('create'));
    expect(made.holds.map(({ kind }) => kind)).toEqual(['withdrawals']);
  });

  test('in whatever order the keys come, the pairs are the same', () => {
    const same = (state: KeyState) => ({
      ...state,
      desired: state.desired.kind === 'live' ? aDesired() : state.desired,
    });
    const states = [...keys(0, 12, { desired: absent() }), ...come(12).map(same)];
    expect(plan([...states].reverse(), { liveBindings: 100 })).toEqual(plan(states, { liveBindings: 100 }));
  });
});

test('[P02] one row less, and all of them go', () => {
  const made = plan(keys(0, 10, { desired: absent() }), { liveBindings: 100 });
  expect(made.calls).toHaveLength(10);
  expect(made.holds).toEqual([]);
});

test('[P02] over the line, rows cancelled by key wait with the withdrawals', () => {
  const made = plan([...keys(0, 11, { desired: absent() }), ...keys(11, 1, { desired: aCancelled() })], {});
  expect(made.calls).toEqual([]);
  expect(made.holds[0]?.items).toHaveLength(12);
});

test('[P02] mass deletion by a person is not undone in passing', () => {
  const deleted = keys(0, 11, {}).map((state) => ({
    ...state,
    sightings: state.sightings.map(({ eventId }) => aTombstone({ eventId })),
  }));
  const made = plan(deleted, { liveBindings: 100 });
  expect(made.calls).toEqual([]);
  expect(made.holds).toMatchObject([{ kind: 'recreates' }]);
});

describe('[P19] an approval', () => {
  const states = keys(0, 60, { desired: absent() });
  const permissions = states.map(
    ({ key: name }): Permission => ({ hold: 7, kind: 'withdrawals', key: name, eventId: idOf(0, name) }),
  );

  test('lets its set go, however much of the calendar it is, and names itself on each call', () => {
    const made = plan(states, { liveBindings: 60 }, permissions);
    expect(made.calls).toHaveLength(60);
    expect(new Set(made.calls.map(({ approval }) => approval))).toEqual(new Set([7]));
    expect(made.holds).toEqual([]);
  });

  test('covers exactly its set: what came later is judged by itself', () => {
    const later = keys(60, 11, { desired: absent() });
    const made = plan([...states, ...later], { liveBindings: 100 }, permissions);
    expect(made.calls).toHaveLength(60);
    expect(made.holds[0]?.items.map((item) => item.key)).toEqual(later.map((state) => state.key));
  });

  test('[P02] the last events of a calendar are not let go beside those that it covers', () => {
    const last = keys(60, 5, { desired: absent() });
    const made = plan([...states, ...last], { liveBindings: 65 }, permissions);
    expect(made.calls).toHaveLength(60);
    expect(made.holds).toMatchObject([
      { items: last.map(({ key: name }) => ({ key: name })), reason: 'none of 5 events would be left' },
    ]);
    // As it is judged when the others went before it.
    expect(plan(last, { liveBindings: 5 }).holds).toMatchObject([{ reason: 'none of 5 events would be left' }]);
    expect(plan([...states, ...last.slice(1)], { liveBindings: 64 }, permissions).holds).toEqual([]);
  });

  test('of another kind, or for another event, is none', () => {
    const wrong = permissions.map((permission) => ({ ...permission, kind: 'recreates' as const }));
    const other = permissions.map((permission) => ({ ...permission, eventId: 'another' }));
    for (const useless of [wrong, other]) expect(plan(states, { liveBindings: 100 }, useless).calls).toEqual([]);
  });
});

test('[P34] one mark that is newer than its row stops the whole calendar', () => {
  const newer = key(0, {});
  const ahead = {
    ...newer,
    sightings: newer.sightings.map((seen) => ({ ...seen, mark: aMark({ key: newer.key, revision: 5 }) })),
  };
  const made = plan([ahead, ...keys(1, 3, { desired: aDesired({ summary: 'Geometry' }, { revision: 2 }) })], {});
  expect(made.calls).toEqual([]);
  expect(made.holds).toMatchObject([{ kind: 'table_older', items: [{ key: newer.key }] }]);
  expect(made.outcomes.map(({ status }) => status)).toEqual(['held', 'held', 'held', 'held']);
});

test('[P02] events that people brought back, and that no key is bound to, are not all deleted in passing', () => {
  const back = (many: number) => keys(0, many, { desired: absent() }).map(retired);
  const made = plan(back(5), { liveBindings: 0 });
  expect(made.calls).toEqual([]);
  expect(made.holds).toMatchObject([{ reason: 'none of 5 events would be left' }]);
  expect(plan(back(5), { liveBindings: 1 }).calls).toHaveLength(5);
  // Five of ten.
  expect(plan([...back(5), ...keys(5, 5, {})], { liveBindings: 5 }).calls).toHaveLength(5);
});

function retired(state: KeyState): KeyState {
  return { ...state, bindings: state.bindings.map((binding) => ({ ...binding, state: 'retired' })) };
}

test('what is held is withheld alone: a duplicate waits, the patch of its key goes', () => {
  const copies = keys(0, 11, { desired: aDesired({ summary: 'Geometry' }, { revision: 2 }) }).map((state) => ({
    ...state,
    sightings: [
      ...state.sightings,
      aSighting({ eventId: `copy-${state.key}`, mark: aMark({ key: state.key }), event: aGoogleEvent(aStated()) }),
    ],
  }));
  const context = aContext({ duplicates: 'delete' });
  const made = planCalendar(home, copies, context, () => count({}), []);
  expect(made.calls.map(({ call }) => call.kind)).toEqual(Array(11).fill('patch'));
  expect(made.outcomes.every(({ leftovers, status }) => leftovers.length === 0 && status === 'pending')).toBe(true);
});

describe('[P02] a further event of a key on another calendar', () => {
  const twice = key(0, {
    sightings: [
      ...key(0, {}).sightings,
      aSighting({ calendar: annex, eventId: 'copy', mark: aMark({ key: named(0) }), event: aGoogleEvent(aStated()) }),
    ],
  });
  const context = aContext({ duplicates: 'delete' });
  const planBeside = (there: Partial<GuardCounts>, here: Partial<GuardCounts> = {}) => {
    const countsOf = (calendar: string) => count(calendar === annex ? there : here);
    const made = planCalendar(home, [twice], context, countsOf, []);
    checkPlan(made, [twice], context, countsOf);
    return made;
  };

  test('is judged by what went on that one, and not on the calendar of its row', () => {
    expect(planBeside({}, { withdrawals: 10 }).calls).toMatchObject([{ call: { kind: 'delete', calendar: annex } }]);
    const { calls, holds } = planBeside({ withdrawals: 10 });
    expect(calls).toEqual([]);
    expect(holds).toMatchObject([{ kind: 'withdrawals', calendar: home, items: [{ eventId: 'copy' }] }]);
    expect(holds[0]?.reason).toContain(`on ${annex}, 11 withdrawals`);
  });

  test('waits while deletes of that one wait for a person, and not for those of its row’s calendar', () => {
    expect(planBeside({ held: true }).calls).toEqual([]);
    expect(planBeside({ held: true }).holds).toMatchObject([{ items: [{ eventId: 'copy' }] }]);
    expect(planBeside({}, { held: true }).calls).toHaveLength(1);
  });

  test('in a plan that does not hold it is found by the check', () => {
    const made = planBeside({});
    expect(() => checkPlan(made, [twice], context, () => count({ held: true }))).toThrow(/guard/);
    expect(() => checkPlan(made, [twice], context, () => count({ withdrawals: 10 }))).toThrow(/guard/);
  });
});

test('the hash of a set is that of its members, in whatever order', () => {
  const items = [1, 2, 3].map((index) => ({ key: named(index), eventId: idOf(0, named(index)), revision: 1 }));
  const hash = (of: typeof items) => holdDraft('withdrawals', home, of, 'why').setHash;
  expect(hash(items.toReversed())).toBe(hash(items));
  expect(hash(items.slice(1))).not.toBe(hash(items));
  expect(hash(items.map((item) => ({ ...item, revision: 2 })))).not.toBe(hash(items));
});

test('outcomes over no line pass the guard as they are', () => {
  const made = plan(keys(0, 3, { desired: absent() }), {});
  expect(guardPlan(home, made.outcomes, () => count({}), []).outcomes).toEqual(made.outcomes);
});
