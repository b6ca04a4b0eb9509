import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Outcome, type RowName, rowNames } from '../../src/core/plan.ts';
import { planKey } from '../../src/core/plan-key.ts';
import { type KeyState, type PlanContext, placeOf } from '../../src/core/state.ts';
import {
  aBinding,
  absent,
  aCalendar,
  aCancelled,
  aContext,
  aDesired,
  aGoogleEvent,
  aGuest,
  aKeyState,
  aMark,
  anIntent,
  annex,
  aSighting,
  aStated,
  aTombstone,
  at,
  dayMs,
  elsewhere,
  home,
  hourMs,
  idOf,
  inSync,
  now,
} from '../support/builders.ts';

const plan = (state: KeyState, context: PlanContext = aContext()): Outcome => planKey(state, context);
const gone = (state: Partial<KeyState> = {}): KeyState => inSync({ sightings: [aTombstone()], ...state });
const copy = (sighting: Parameters<typeof aSighting>[0] = {}) => aSighting({ eventId: 'copy', ...sighting });
const withEvent = (event: Parameters<typeof aGoogleEvent>[1], etag = '"2"') =>
  aSighting({ etag, event: aGoogleEvent(aStated(), { etag, ...event }) });

/** What a reader of an outcome asks first. */
function shown({ row, status, call, items, records, hold, desiredChange }: Outcome) {
  return {
    row,
    status,
    call: call?.kind ?? null,
    items: items.map(({ kind, action }) => `${kind}: ${action}`),
    records: records.map(({ kind }) => kind),
    hold: hold?.kind ?? null,
    change: desiredChange?.kind ?? null,
  };
}

test('the table above the code has the rows of the code, in their order', () => {
  const source = readFileSync(new URL('../../src/core/plan-key.ts', import.meta.url), 'utf8');
  const lines = source.match(/^ \* \| [a-z_]+ +\|/gm) ?? [];
  const named = lines.map((line) => line.replaceAll(/[^a-z_]/g, '')).filter((name) => name !== 'row');
  expect(named).toEqual([...rowNames]);
});

/** Each row by the state that is its own; every row below it would match too, were it not for its place, where the design has it so. */
const examples: Record<RowName, () => readonly [KeyState, PlanContext?]> = {
  unsettled: () => [inSync({ unsettled: anIntent() }), aContext({ freshSince: null })],
  not_fresh: () => [
    inSync({ sightings: [aSighting({ mark: aMark({ revision: 9 }) })] }),
    aContext({}, [aCalendar({ freshSince: null })]),
  ],
  table_older: () => [
    inSync({
      desired: aDesired({ start: at('2026-01-05T10:00:00'), end: at('2026-01-05T11:00:00') }),
      bindings: [aBinding({ applied: aStated({ start: at('2026-01-05T10:00:00'), end: at('2026-01-05T11:00:00') }) })],
      sightings: [aSighting({ mark: aMark({ revision: 2 }) })],
    }),
  ],
  settled: () => [
    inSync({
      desired: aDesired({ start: at('2026-01-05T10:00:00'), end: at('2026-01-05T11:00:00') }),
      bindings: [aBinding({ applied: aStated({ start: at('2026-01-05T10:00:00'), end: at('2026-01-05T11:00:00') }) })],
      sightings: [aSighting({ mark: aMark({ installation: elsewhere }) })],
    }),
  ],
  mark_taken: () => [
    inSync({
      desired: aDesired({ calendar: annex }),
      sightings: [aSighting({ mark: aMark({ installation: elsewhere }) })],
    }),
  ],
  arrived: () => [inSync({ desired: aDesired({ calendar: annex }), sightings: [aSighting({ calendar: annex })] })],
  move: () => [inSync({ desired: aDesired({ calendar: annex }) })],
  moved_by_hand: () => [inSync({ sightings: [aTombstone(), aSighting({ calendar: annex })] })],
  take_over: () => [aKeyState({ sightings: [copy()], foreignTwins: [{ calendar: home, eventId: 'theirs' }] })],
  lookalike: () => [aKeyState({ foreignTwins: [{ calendar: home, eventId: 'theirs' }] })],
  create: () => [aKeyState()],
  read_first: () => [inSync({ sightings: [copy()] })],
  deleted_with_copy: () => [
    gone({ sightings: [aTombstone(), copy()] }),
    aContext({}, [aCalendar({ id: annex, freshSince: null })]),
  ],
  look_elsewhere: () => [
    gone({ desired: aDesired({ summary: 'Geometry' }, { revision: 2 }) }),
    aContext({}, [aCalendar({ id: annex, freshSince: now - 2 * hourMs })]),
  ],
  deleted_and_changed: () => [
    gone({ desired: aDesired({ summary: 'Geometry' }, { revision: 2 }) }),
    aContext({ onDelete: 'flag' }),
  ],
  deleted: () => [gone()],
  missing: () => [
    inSync({ sightings: [], notFound: new Set([placeOf(home, idOf())]) }),
    aContext({ onDelete: 'flag' }),
  ],
  calendar_deleted: () => [inSync(), aContext({}, [aCalendar({ deleted: true, freshSince: null, readable: false })])],
  compare: () => [inSync()],
  delete: () => [inSync({ desired: aCancelled() })],
  late_create: () => [aKeyState({ desired: aCancelled(), sightings: [aSighting()] })],
  ended: () => [gone({ desired: aCancelled() })],
  nothing: () => [aKeyState({ desired: absent() })],
};

describe('each row decides its own state', () => {
  test.each(rowNames.map((name) => [name]))('%s', (name) => {
    const [state, context] = examples[name]();
    expect(plan(state, context).row).toBe(name);
  });
});

describe('unsettled', () => {
  test('[S02C] an unknown outcome is read by its id before anything else is thought', () => {
    const found = plan(inSync({ unsettled: anIntent({ calendar: annex }) }));
    expect(found).toMatchObject({ status: 'unknown', call: null, reads: [{ calendar: annex, eventId: idOf() }] });
  });

  test('a move is looked for at both ends', () => {
    const found = plan(inSync({ unsettled: anIntent({ kind: 'move', destination: annex }) }));
    expect(found.reads.map(({ calendar }) => calendar)).toEqual([home, annex]);
  });
});

describe('not_fresh', () => {
  test.each([
    ['the bound calendar', home],
    ['the desired calendar', annex],
  ])('%s was not observed lately: it is pulled, nothing is done', (_, stale) => {
    const context = aContext({}, [aCalendar({ id: stale, freshSince: null })]);
    const found = plan(inSync({ desired: aDesired({ calendar: annex }) }), context);
    expect(found).toMatchObject({ row: 'not_fresh', status: 'unknown', call: null, pulls: [stale] });
  });

  test('a cancelled row needs only the calendar where its event is', () => {
    const context = aContext({}, [aCalendar({ id: annex, freshSince: null })]);
    expect(plan(inSync({ desired: aCancelled({ calendar: annex }) }), context).call?.kind).toBe('delete');
  });

  test('[S18A] a row that names a deleted calendar makes no call there', () => {
    const context = aContext({}, [aCalendar({ deleted: true, freshSince: null })]);
    const marked = aSighting({ calendar: annex });
    for (const sightings of [[], [marked]])
      expect(plan(aKeyState({ sightings }), context)).toMatchObject({ status: 'held', call: null, pulls: [] });
  });
});

describe('table_older', () => {
  test('[P34] a mark above the revision of the row holds the calendar', () => {
    const [state, context] = examples.table_older();
    expect(shown(plan(state, context))).toMatchObject({ status: 'held', call: null, hold: 'table_older' });
  });

  test('the same revision does not', () => {
    expect(plan(inSync()).row).toBe('compare');
  });

  test('a row that is gone counts with where its counter stands', () => {
    const marked = [aSighting({ mark: aMark({ revision: 3 }) })];
    expect(plan(inSync({ desired: absent(2), sightings: marked })).row).toBe('table_older');
    expect(plan(inSync({ desired: absent(3), sightings: marked })).row).toBe('delete');
  });

  test('nobody else’s mark says anything of the table', () => {
    const foreign = copy({ mark: aMark({ installation: elsewhere, revision: 9 }) });
    expect(plan(inSync({ sightings: [aSighting(), foreign] })).row).toBe('compare');
  });

  test('a person’s word lets it go on', () => {
    const [state] = examples.table_older();
    expect(plan({ ...state, approved: new Set(['table_older'] as const) }).row).toBe('settled');
  });
});

describe('settled', () => {
  const long = { start: at('2026-01-05T10:00:00'), end: at('2026-01-05T11:00:00') };
  const old = (state: Partial<KeyState> = {}) =>
    inSync({ desired: aDesired(long), bindings: [aBinding({ applied: aStated(long) })], ...state });

  test.each([
    ['deleted by a person', { sightings: [aTombstone()] }],
    ['edited by a person', { sightings: [withEvent({ summary: 'Rest' })] }],
    ['cancelled', { desired: aCancelled(long) }],
    ['withdrawn', { desired: absent() }],
    ['never created', { bindings: [], sightings: [] }],
    ['doubled by a copy', { sightings: [aSighting(), copy()] }],
  ])('[P36] an event of last year that was %s is neither written nor reported', (_, state) => {
    expect(plan(old(state))).toMatchObject({ status: 'settled', call: null, items: [], records: [], leftovers: [] });
  });

  test('the limit is the end of the event, to the millisecond', () => {
    const end = Date.parse('2026-01-05T10:00:00Z');
    const context = (afterMs: number): PlanContext => ({ ...aContext(), now: end + 7 * dayMs + afterMs });
    expect(plan(old(), context(0)).row).not.toBe('settled');
    expect(plan(old(), context(1)).row).toBe('settled');
  });

  test('a row that moves an old event into the future, or a future one into the past, is not settled', () => {
    expect(plan(inSync({ bindings: [aBinding({ applied: aStated(long) })] })).row).toBe('compare');
    expect(plan(inSync({ desired: aDesired(long) })).row).toBe('compare');
  });

  test('a series is as old as its last occurrence', () => {
    const series = (recurrence: string) =>
      inSync({ desired: aDesired({ ...long, recurrence: [recurrence] }), bindings: [] });
    expect(plan(series('RRULE:FREQ=WEEKLY;COUNT=3')).row).toBe('settled');
    expect(plan(series('RRULE:FREQ=WEEKLY;COUNT=60')).row).toBe('take_over');
    expect(plan(series('RRULE:FREQ=WEEKLY')).row).toBe('take_over');
  });

  test('without a limit nothing is settled', () => {
    expect(plan(old(), { ...aContext(), settledAfterMs: null }).row).toBe('compare');
  });
});

describe('mark_taken', () => {
  test('[P37] another installation has put its mark on our event: nobody writes until a person decides', () => {
    const taken = [withEvent({ summary: 'Theirs' })].map((sighting) => ({
      ...sighting,
      mark: aMark({ installation: elsewhere }),
    }));
    for (const desired of [aDesired(), aCancelled(), absent()])
      expect(shown(plan(inSync({ desired, sightings: taken })))).toMatchObject({ call: null, hold: 'mark_taken' });
  });

  test('[P39] our event without its mark is ours by its id, and the mark goes back with the next write', () => {
    const stripped = aSighting({ mark: null });
    expect(plan(inSync({ sightings: [stripped] })).status).toBe('in_sync');
    const found = plan(inSync({ desired: aDesired({ summary: 'Geometry' }, { revision: 2 }), sightings: [stripped] }));
    expect(found.call).toMatchObject({ kind: 'patch', revision: 2 });
  });
});

describe('a row that names another calendar', () => {
  const toAnnex = aDesired({ calendar: annex }, { revision: 2 });

  test('[S05A] its event is moved, once', () => {
    const found = plan(inSync({ desired: toAnnex }));
    expect(found.call).toMatchObject({ kind: 'move', calendar: home, destination: annex, etag: '"1"', repairs: [] });
    expect(shown(found)).toMatchObject({ status: 'pending', items: ['pending: move'] });
  });

  test('on-move policy plays no part', () => {
    expect(plan(inSync({ desired: toAnnex }), aContext({ onMove: 'follow' })).call?.kind).toBe('move');
  });

  test('an event that is there already is bound there and compared, with what was applied as its base', () => {
    const moved = { ...withEvent({ summary: 'By hand' }), calendar: annex };
    const found = plan(inSync({ desired: toAnnex, sightings: [aTombstone(), moved] }));
    expect(found.records[0]).toEqual({ kind: 'bind', calendar: annex, eventId: idOf(), incarnation: 0 });
    expect(shown(found)).toMatchObject({ row: 'arrived', call: 'patch', items: ['drift: patch'] });
  });

  test('an event that was taken over keeps its incarnation when it arrives', () => {
    const adopted = aBinding({ eventId: 'theirs', incarnation: 4 });
    const found = plan(
      inSync({ desired: toAnnex, bindings: [adopted], sightings: [aSighting({ eventId: 'theirs', calendar: annex })] }),
    );
    expect(found.records[0]).toMatchObject({ kind: 'bind', eventId: 'theirs', incarnation: 4 });
  });

  test('from a third calendar it is moved from there', () => {
    const context = aContext({}, [aCalendar({ id: 'third' })]);
    const found = plan(
      inSync({ desired: toAnnex, sightings: [aTombstone(), aSighting({ calendar: 'third' })] }),
      context,
    );
    expect(found.call).toMatchObject({ kind: 'move', calendar: 'third', destination: annex });
  });

  test('of another account: Google moves nothing between accounts, a person has to', () => {
    const context = aContext({}, [aCalendar({ id: annex, account: 'other@example.com' })]);
    const found = plan(inSync({ desired: toAnnex }), context);
    expect(found).toMatchObject({ status: 'out_of_sync', call: null, items: [{ kind: 'moved', flagged: true }] });
  });

  test.each([home, annex])('the policy of %s can forbid it, and the plan says so', (id) => {
    const found = plan(inSync({ desired: toAnnex }), aContext({}, [aCalendar({ id, policy: 'create-only' })]));
    expect(found).toMatchObject({ call: null, items: [{ action: 'move', withheld: 'policy' }] });
  });
});

describe('an event that a person moved', () => {
  const moved = (state: Partial<KeyState> = {}) =>
    inSync({ sightings: [aTombstone(), aSighting({ calendar: annex })], ...state });

  test('[P29] flag: it stays there, open until someone decides', () => {
    const found = plan(moved());
    expect(found).toMatchObject({ status: 'out_of_sync', call: null, items: [{ kind: 'moved', flagged: true }] });
  });

  test('[P29] flag: a pending change is written where it lives', () => {
    const found = plan(moved({ desired: aDesired({ summary: 'Geometry' }, { revision: 2 }) }));
    expect(found.call).toMatchObject({ kind: 'patch', calendar: annex, fields: ['summary'] });
  });

  test('[P29] move_back: it is moved back, and that is counted', () => {
    const found = plan(moved(), aContext({ onMove: 'move_back' }));
    expect(found.call).toMatchObject({ kind: 'move', calendar: annex, destination: home, repairs: ['calendar'] });
  });

  test('[P28] move_back: after three rounds it stays where the person wants it', () => {
    const found = plan(moved({ repairs: new Map([['calendar', 3]]) }), aContext({ onMove: 'move_back' }));
    expect(shown(found)).toMatchObject({ call: null, items: ['contested: none'] });
  });

  test('[P29] follow: the row follows; the binding waits until it has', () => {
    const found = plan(moved(), aContext({ onMove: 'follow' }));
    expect(found).toMatchObject({ call: null, records: [], desiredChange: { kind: 'follow', calendar: annex } });
    const after = plan(
      moved({ desired: aDesired({ calendar: annex }, { revision: 2 }) }),
      aContext({ onMove: 'follow' }),
    );
    expect(shown(after)).toMatchObject({ row: 'arrived', status: 'in_sync', call: null, records: ['bind', 'in_sync'] });
  });

  test('[S20A] follow never leaves the namespace', () => {
    const context = aContext({ onMove: 'follow' }, [aCalendar({ id: annex, namespace: 'test' })]);
    expect(plan(moved(), context)).toMatchObject({ desiredChange: null, items: [{ kind: 'moved', flagged: true }] });
  });

  test('under observe the row does not follow', () => {
    expect(plan(moved(), aContext({ onMove: 'follow', policy: 'observe' })).desiredChange).toBeNull();
  });

  test('the row’s own policy goes before the calendar’s', () => {
    const desired = aDesired({}, { policies: { drift: null, onDelete: null, onMove: 'move_back' } });
    expect(plan(moved({ desired })).call?.kind).toBe('move');
  });

  test('to a calendar that is not managed it is a deletion', () => {
    expect(plan(inSync({ sightings: [aTombstone(), aSighting({ calendar: 'strange' })] })).row).toBe('deleted');
  });

  test('it is not moved back to a calendar that was deleted', () => {
    const context = aContext({ onMove: 'move_back' }, [
      aCalendar({ deleted: true, freshSince: null, onMove: 'move_back' }),
    ]);
    const found = plan(inSync({ sightings: [aSighting({ calendar: annex })] }), context);
    expect(found).toMatchObject({ row: 'moved_by_hand', call: null });
  });
});

describe('take_over', () => {
  test('[S08C] an event of ours that no binding knows is bound, not made a second time', () => {
    const found = plan(aKeyState({ sightings: [aSighting()] }));
    expect(shown(found)).toMatchObject({ status: 'in_sync', call: null, records: ['bind', 'in_sync'] });
    expect(found.records[0]).toMatchObject({ eventId: idOf(), incarnation: 0 });
  });

  test('an event under our id is ours without its mark, but not with a stranger’s', () => {
    expect(plan(aKeyState({ sightings: [aSighting({ mark: null })] })).row).toBe('take_over');
    for (const mark of [aMark({ installation: elsewhere }), aMark({ key: 'another' })]) {
      const found = plan(aKeyState({ sightings: [aSighting({ mark })] }));
      expect(found.call).toMatchObject({ kind: 'create', incarnation: 1 });
    }
  });

  test('on another managed calendar it is bound there and moved', () => {
    const found = plan(aKeyState({ sightings: [aSighting({ calendar: annex })] }));
    expect(shown(found)).toMatchObject({ call: 'move', records: ['bind'] });
    expect(found.records[0]).toMatchObject({ calendar: annex });
  });

  test('on a calendar that is not managed it is nobody’s', () => {
    expect(plan(aKeyState({ sightings: [aSighting({ calendar: 'strange' })] })).row).toBe('create');
  });

  test('a retired binding does not stand in the way', () => {
    const found = plan(aKeyState({ bindings: [aBinding({ state: 'retired' })], sightings: [aSighting()] }));
    expect(found.records[0]).toMatchObject({ kind: 'bind', incarnation: 0 });
  });

  test('of several, the derived id of the highest incarnation stays', () => {
    const sightings = [2, 0, 1].map((incarnation) =>
      aSighting({ eventId: idOf(incarnation), created: `2026-10-0${9 - incarnation}` }),
    );
    const found = plan(
      aKeyState({ sightings: [...sightings, copy({ created: '2020-01-01' })] }),
      aContext({ duplicates: 'delete' }),
    );
    expect(found.records[0]).toMatchObject({ eventId: idOf(2), incarnation: 2 });
    expect(found.leftovers.map(({ eventId }) => eventId).sort()).toEqual([idOf(0), idOf(1), 'copy'].sort());
  });

  test('of several copies without such an id, the oldest stays', () => {
    const older = copy({ eventId: 'older', created: '2026-09-01T00:00:00.000Z' });
    const found = plan(aKeyState({ sightings: [copy(), older] }));
    expect(found.records[0]).toMatchObject({ eventId: 'older' });
  });
});

describe('lookalike', () => {
  const twin = { calendar: home, eventId: 'theirs' };

  test('[S06C] a foreign event with the same time and title is not doubled', () => {
    expect(shown(plan(aKeyState({ foreignTwins: [twin] })))).toMatchObject({
      status: 'held',
      call: null,
      hold: 'lookalike',
      items: ['lookalike: none'],
    });
  });

  test('one on another calendar is no reason', () => {
    expect(plan(aKeyState({ foreignTwins: [{ ...twin, calendar: annex }] })).call?.kind).toBe('create');
  });

  test('a person’s word creates all the same', () => {
    expect(plan(aKeyState({ foreignTwins: [twin], approved: new Set(['lookalike'] as const) })).call?.kind).toBe(
      'create',
    );
  });
});

describe('create', () => {
  test('[S08A] the first create is the one that anybody would make for the key', () => {
    const found = plan(aKeyState());
    expect(found.call).toMatchObject({
      kind: 'create',
      calendar: home,
      eventId: idOf(0),
      incarnation: 0,
      cause: 'new',
      repairs: [],
    });
    expect(found.status).toBe('pending');
  });

  test('[P18] the id of a deleted event is passed over', () => {
    const retired = aBinding({ state: 'retired' });
    expect(plan(aKeyState({ bindings: [retired] })).call).toMatchObject({ incarnation: 1, eventId: idOf(1) });
    expect(plan(aKeyState({ sightings: [aTombstone()] })).call).toMatchObject({ incarnation: 1 });
    const both = aKeyState({ bindings: [retired], sightings: [aTombstone({ eventId: idOf(1) })] });
    expect(plan(both).call).toMatchObject({ incarnation: 2, eventId: idOf(2) });
  });

  test('[P34] a deleted event that no binding explains may have been moved: calendars that were not observed since come first', () => {
    const left = aTombstone({ seenAt: now - 10 });
    const at = (freshSince: number | null, facts = {}) =>
      aContext({ freshSince: now }, [aCalendar({ id: 'third', freshSince, ...facts })]);
    for (const freshSince of [now - 11, null])
      expect(plan(aKeyState({ sightings: [left] }), at(freshSince))).toMatchObject({
        row: 'create',
        status: 'unknown',
        call: null,
        pulls: ['third'],
      });
    expect(plan(aKeyState({ sightings: [left] }), at(now - 10)).call).toMatchObject({ incarnation: 1 });
    for (const facts of [{ readable: false }, { account: 'another@example.com' }])
      expect(plan(aKeyState({ sightings: [left] }), at(null, facts)).pulls).toEqual([]);
    const retired = aBinding({ state: 'retired' });
    expect(plan(aKeyState({ bindings: [retired], sightings: [left] }), at(null)).pulls).toEqual([]);
  });

  test('[P34] what another database observed, in whose place this one was put, is looked at again first', () => {
    const third = aCalendar({ id: 'third', beforeClaim: true });
    expect(plan(aKeyState(), aContext({}, [third]))).toMatchObject({ row: 'create', call: null, pulls: ['third'] });
    expect(plan(aKeyState({ bindings: [aBinding()], sightings: [] }), aContext({}, [third])).pulls).toEqual([]);
    expect(plan(aKeyState(), aContext({}, [{ ...third, readable: false }])).call?.kind).toBe('create');
  });

  test.each(['observe'] as const)('under %s it is only said', (policy) => {
    const found = plan(aKeyState(), aContext({ policy }));
    expect(found).toMatchObject({ call: null, status: 'pending', items: [{ action: 'create', withheld: 'policy' }] });
  });

  test('[S08A] another key with the same calendar, time and title is a twin, and open', () => {
    const found = plan(inSync({ rowTwins: ['another'] }));
    expect(found).toMatchObject({ status: 'out_of_sync', items: [{ kind: 'twin', flagged: true }] });
  });
});

describe('read_first', () => {
  test('[P01] what a listing leaves out is read by its id before it is believed', () => {
    for (const desired of [aDesired(), aCancelled(), absent()])
      expect(plan(inSync({ desired, sightings: [] }))).toMatchObject({
        row: 'read_first',
        status: 'unknown',
        call: null,
        reads: [{ calendar: home, eventId: idOf() }],
      });
  });

  test('[S03A] a 404 within the grace period after our write says nothing yet', () => {
    const written = (writtenAt: number) =>
      inSync({ sightings: [], bindings: [aBinding({ writtenAt })], notFound: new Set([placeOf(home, idOf())]) });
    expect(plan(written(now - 599_999))).toMatchObject({ status: 'pending', call: null, items: [], againInMs: 1 });
    expect(plan({ ...written(now), desired: aCancelled() })).toMatchObject({ row: 'read_first', status: 'cancelling' });
    expect(plan(written(now - 600_000)).row).toBe('missing');
  });

  test('[P21] a 404 for a moved event is none: it is found where it is', () => {
    const state = inSync({ sightings: [aSighting({ calendar: annex })], notFound: new Set([placeOf(home, idOf())]) });
    expect(plan({ ...state, desired: aCancelled() }).call).toMatchObject({ kind: 'delete', calendar: annex });
  });

  test('a 404 read in this turn is newer than the listing before it', () => {
    expect(plan(inSync({ notFound: new Set([placeOf(home, idOf())]) })).row).toBe('missing');
  });
});

describe('an event that a person deleted', () => {
  test('[S06B] recreate: under the next id, since Google never gives back the old one', () => {
    const found = plan(gone());
    expect(found.call).toMatchObject({
      kind: 'create',
      incarnation: 1,
      eventId: idOf(1),
      cause: 'deleted',
      repairs: ['*'],
    });
    expect(shown(found)).toMatchObject({ records: ['gone'], items: ['deleted: recreate'] });
  });

  test('[S06B] accept: the row is cancelled, nothing is written', () => {
    const found = plan(gone(), aContext({ onDelete: 'accept' }));
    expect(shown(found)).toMatchObject({ call: null, change: 'cancel', records: ['gone'] });
    expect(found.desiredChange).toEqual({ kind: 'cancel', generation: 1 });
  });

  test('[S06B] flag: it stays away, open until someone decides', () => {
    const found = plan(gone(), aContext({ onDelete: 'flag' }));
    expect(found).toMatchObject({ status: 'out_of_sync', call: null, desiredChange: null, items: [{ flagged: true }] });
    expect(found.records).toEqual([{ kind: 'gone' }]);
  });

  test('under observe nothing is cancelled either', () => {
    expect(plan(gone(), aContext({ onDelete: 'accept', policy: 'observe' }))).toMatchObject({
      desiredChange: null,
      call: null,
    });
  });

  test('the row’s own policy goes before the calendar’s', () => {
    const desired = aDesired({}, { policies: { drift: null, onDelete: 'flag', onMove: null } });
    expect(plan(gone({ desired })).call).toBeNull();
  });

  test.each(['recreate', 'accept', 'flag'] as const)('a newer wish wins over the deletion, %s or not', (onDelete) => {
    const desired = aDesired({ summary: 'Geometry' }, { revision: 2 });
    const found = plan(gone({ desired }), aContext({ onDelete }));
    expect(found.call).toMatchObject({ kind: 'create', incarnation: 1, stated: { summary: 'Geometry' } });
  });

  test('[S02C] a delete of ours that was carried out late is no person’s wish', () => {
    const sent = { eventId: idOf(), etag: '"1"', madeAt: now - 10 };
    const sentThen = (undone: Partial<typeof sent>, seenAt = now) =>
      plan(
        gone({ sightings: [aTombstone({ seenAt })], undoneDeletes: [{ ...sent, ...undone }] }),
        aContext({ onDelete: 'flag' }),
      ).call;
    expect(sentThen({})).toMatchObject({ kind: 'create', cause: 'deleted', incarnation: 1 });
    // It could not be carried out: it named another event or version, was sent later, or too long ago.
    expect(sentThen({ eventId: idOf(1) })).toBeNull();
    expect(sentThen({ etag: '"0"' })).toBeNull();
    expect(sentThen({}, now - 11)).toBeNull();
    expect(sentThen({ madeAt: now - 3_600_000 })).toBeNull();
    expect(sentThen({ madeAt: now - 3_599_999 })?.kind).toBe('create');
  });

  test('a newer calendar is a newer wish', () => {
    const found = plan(gone({ desired: aDesired({ calendar: annex }) }), aContext({ onDelete: 'flag' }));
    expect(found.call).toMatchObject({ kind: 'create', calendar: annex });
  });

  test('a revision that changes nothing in Google is none', () => {
    const desired = aDesired({ labels: { payment: 'confirmed' } }, { revision: 2 });
    expect(plan(gone({ desired }), aContext({ onDelete: 'accept' })).desiredChange?.kind).toBe('cancel');
  });

  test('[P20] after three repairs within the hour it is left to a person', () => {
    const again = (count: number) => plan(gone({ repairs: new Map([['*', count]]) }));
    expect(again(2).call?.kind).toBe('create');
    expect(shown(again(3))).toMatchObject({ call: null, items: ['contested: none'], records: ['gone'] });
    expect(plan(gone({ contested: new Set(['*']) })).call).toBeNull();
  });

  test('[S06A] after that the new event is the one, and nothing is ever sent to the old id', () => {
    const bindings = [aBinding({ state: 'retired' }), aBinding({ incarnation: 1 })];
    const again = inSync({ bindings, sightings: [aTombstone(), aSighting({ eventId: idOf(1) })] });
    expect(shown(plan(again))).toMatchObject({ row: 'compare', status: 'in_sync', call: null, items: [] });
    for (const desired of [
      aDesired({ summary: 'Geometry' }, { revision: 2 }),
      aCancelled(),
      aDesired({ calendar: annex }),
    ])
      expect(plan({ ...again, desired })).toMatchObject({ call: { eventId: idOf(1) }, leftovers: [] });
  });

  test('once noted, it stays deleted when Google has forgotten its tombstone', () => {
    const noted = inSync({ bindings: [aBinding({ state: 'gone' })], sightings: [] });
    for (const notFound of [new Set<string>(), new Set([placeOf(home, idOf())])])
      expect(plan({ ...noted, notFound }, aContext({ onDelete: 'flag' }))).toMatchObject({
        row: 'deleted',
        records: [],
      });
  });

  test.each([
    ['a copy of it, marks and all', { sightings: [aTombstone(), copy()] }],
    ['a foreign lookalike', { foreignTwins: [{ calendar: home, eventId: 'copy' }] }],
  ])('[S06C] %s is there: nothing is doubled, it is offered', (_, state) => {
    const found = plan(gone(state));
    expect(found.hold).toMatchObject({ kind: 'deleted_with_copy', eventId: 'copy' });
    expect(found).toMatchObject({ call: null, status: 'held', leftovers: [] });
    expect(plan(gone({ ...state, approved: new Set(['deleted_with_copy'] as const) })).call?.kind).toBe('create');
  });

  test('a create of ours that landed late is no copy', () => {
    const late = aSighting({ eventId: idOf(1) });
    const found = plan(gone({ bindings: [aBinding({ state: 'gone' })], sightings: [aTombstone(), late] }));
    expect(found).toMatchObject({ status: 'in_sync', call: null, hold: null });
    expect(found.records[0]).toMatchObject({ kind: 'bind', eventId: idOf(1), incarnation: 1 });
  });

  test('[P29] it is looked for on the account’s other calendars first', () => {
    const seenAt = now - hourMs;
    const calendars = [
      aCalendar({ id: annex, freshSince: seenAt - 1 }),
      aCalendar({ id: 'never', freshSince: null }),
      aCalendar({ id: 'since', freshSince: seenAt }),
      aCalendar({ id: 'closed', freshSince: null, readable: false }),
      aCalendar({ id: 'others', freshSince: null, account: 'other@example.com' }),
    ];
    const found = plan(gone({ sightings: [aTombstone({ seenAt })] }), aContext({}, calendars));
    expect(found).toMatchObject({ row: 'look_elsewhere', status: 'unknown', call: null, pulls: [annex, 'never'] });
  });
});

describe('missing', () => {
  const missing = (state: Partial<KeyState> = {}) =>
    inSync({ sightings: [], notFound: new Set([placeOf(home, idOf())]), ...state });

  test.each(['recreate', 'accept', 'flag'] as const)(
    '[S03B] Google lost it: created again under the same id, %s or not',
    (onDelete) => {
      const found = plan(missing(), aContext({ onDelete }));
      expect(found.call).toMatchObject({ kind: 'create', eventId: idOf(0), incarnation: 0, cause: 'missing' });
      expect(found.items).toMatchObject([{ kind: 'missing', action: 'create' }]);
    },
  );

  test('one that was taken over gets an id of ours', () => {
    const state = missing({
      bindings: [aBinding({ eventId: 'theirs' })],
      notFound: new Set([placeOf(home, 'theirs')]),
    });
    expect(plan(state).call).toMatchObject({ kind: 'create', eventId: idOf(1), incarnation: 1 });
  });
});

describe('calendar_deleted', () => {
  const context = (home: Partial<Parameters<typeof aCalendar>[0]> = {}) =>
    aContext({}, [aCalendar({ deleted: true, freshSince: null, readable: false, ...home })]);

  test.each([
    ['still shows the event', [aSighting()]],
    ['shows a tombstone', [aTombstone()]],
    ['is empty', []],
  ])('[S05B] the calendar is gone and the mirror %s: hold, no call', (_, sightings) => {
    for (const notFound of [new Set<string>(), new Set([placeOf(home, idOf())])])
      expect(plan(inSync({ sightings, notFound }), context())).toMatchObject({
        row: 'calendar_deleted',
        status: 'held',
        call: null,
        reads: [],
      });
  });

  test('[S18A] where the row names another calendar now, it is created there', () => {
    const found = plan(inSync({ desired: aDesired({ calendar: annex }, { revision: 2 }) }), context());
    expect(found.call).toMatchObject({ kind: 'create', calendar: annex, incarnation: 1 });
  });

  test('a row that is cancelled has nothing left to delete', () => {
    expect(shown(plan(inSync({ desired: aCancelled() }), context()))).toMatchObject({
      row: 'ended',
      records: ['retire'],
    });
  });
});

describe('compare', () => {
  test('[S21C] all three alike: nothing to do and nothing to record', () => {
    expect(shown(plan(inSync()))).toEqual({
      row: 'compare',
      status: 'in_sync',
      call: null,
      items: [],
      records: [],
      hold: null,
      change: null,
    });
  });

  test.each([
    ['the etag', { sightings: [withEvent({})] }],
    ['the revision', { desired: aDesired({ labels: { a: 'b' } }, { revision: 2 }) }],
    ['the normal form', { bindings: [aBinding({ hashVersion: 0 })] }],
  ])('only %s is new: recorded without a call', (_, state) => {
    expect(shown(plan(inSync(state)))).toMatchObject({ status: 'in_sync', call: null, records: ['in_sync'] });
  });

  test('the wish moved: pending, patched with the etag of the reading', () => {
    const found = plan(inSync({ desired: aDesired({ summary: 'Geometry' }, { revision: 2 }) }));
    expect(found.call).toMatchObject({ kind: 'patch', etag: '"1"', fields: ['summary'], revision: 2, repairs: [] });
    expect(shown(found)).toMatchObject({ status: 'pending', items: ['pending: patch'] });
  });

  const drifted = withEvent({ summary: 'By hand' });

  test('the world moved, enforce: put back, and counted', () => {
    const found = plan(inSync({ sightings: [drifted] }));
    expect(found.call).toMatchObject({ kind: 'patch', etag: '"2"', fields: ['summary'], repairs: ['summary'] });
    expect(shown(found)).toMatchObject({ status: 'out_of_sync', items: ['drift: patch'] });
  });

  test('the world moved, adopt: the row takes it', () => {
    const found = plan(inSync({ sightings: [drifted] }), aContext({ drift: 'adopt' }));
    expect(found.desiredChange).toMatchObject({ kind: 'adopt', fields: ['summary'], observed: { summary: 'By hand' } });
    expect(shown(found)).toMatchObject({ call: null, items: ['drift: adopt'] });
  });

  test('under observe nothing is adopted, and the plan says why', () => {
    const found = plan(inSync({ sightings: [drifted] }), aContext({ drift: 'adopt', policy: 'observe' }));
    expect(found).toMatchObject({ desiredChange: null, items: [{ action: 'adopt', withheld: 'policy' }] });
  });

  test('the world moved, flag: open until someone decides', () => {
    const found = plan(inSync({ sightings: [drifted] }), aContext({ drift: 'flag' }));
    expect(found).toMatchObject({
      status: 'out_of_sync',
      call: null,
      records: [],
      items: [{ kind: 'drift', flagged: true }],
    });
  });

  test('the world moved, ignore: listed, and in sync; recorded once, compared again each time', () => {
    const context = aContext({ drift: 'ignore' });
    const found = plan(inSync({ sightings: [drifted] }), context);
    expect(shown(found)).toMatchObject({ status: 'in_sync', items: ['drift: none'] });
    expect(found.records).toMatchObject([{ kind: 'in_sync', exact: false }]);
    const recorded = inSync({ sightings: [drifted], bindings: [aBinding({ etag: '"2"', answeredHash: null })] });
    expect(shown(plan(recorded, context))).toMatchObject({ items: ['drift: none'], records: [] });
    expect(shown(plan(recorded, aContext({ drift: 'enforce' })))).toMatchObject({ call: 'patch' });
  });

  test('what was ignored and is mended is recorded as equal again', () => {
    const mended = inSync({ bindings: [aBinding({ answeredHash: null })] });
    expect(plan(mended).records).toMatchObject([{ kind: 'in_sync', exact: true }]);
  });

  test('a field’s own policy goes before the row’s, the row’s before the calendar’s', () => {
    const row = aDesired({}, { policies: { drift: 'ignore', onDelete: null, onMove: null } });
    const state = inSync({ desired: row, sightings: [drifted] });
    expect(plan(state, aContext({ drift: 'enforce' })).call).toBeNull();
    expect(plan(state, aContext({ drift: 'flag', driftFields: { summary: 'enforce' } })).call?.kind).toBe('patch');
  });

  test('both moved: a field that both changed goes to the row and the other value is kept in the finding', () => {
    const desired = aDesired({ summary: 'Geometry' }, { revision: 2 });
    const found = plan(inSync({ desired, sightings: [drifted] }), aContext({ drift: 'flag' }));
    expect(found.call).toMatchObject({ fields: ['summary'], repairs: [] });
    expect(found.items).toMatchObject([
      { kind: 'conflict', fields: [{ desired: 'Geometry', applied: 'Algebra', observed: 'By hand' }] },
    ]);
  });

  test('both moved: a field that only the person changed is drift, by its policy', () => {
    const desired = aDesired({ summary: 'Geometry' }, { revision: 2 });
    const elsewhere = [withEvent({ location: 'Room 9' })];
    const flagged = plan(inSync({ desired, sightings: elsewhere }), aContext({ drift: 'flag' }));
    expect(flagged.call).toMatchObject({ fields: ['summary'] });
    expect(flagged.items.map(({ kind, flagged }) => [kind, flagged])).toEqual([
      ['pending', false],
      ['drift', true],
    ]);
    expect(plan(inSync({ desired, sightings: elsewhere })).call).toMatchObject({ fields: ['summary', 'location'] });
  });

  test('[P28] after three rounds within the hour a field is contested, the others are not', () => {
    const both = [withEvent({ summary: 'By hand', location: 'Room 9' })];
    const found = (count: number) => plan(inSync({ sightings: both, repairs: new Map([['summary', count]]) }));
    expect(found(2).call).toMatchObject({ fields: ['summary', 'location'] });
    expect(found(3).call).toMatchObject({ fields: ['location'] });
    expect(found(3).items).toContainEqual(expect.objectContaining({ kind: 'contested', flagged: true }));
    expect(plan(inSync({ sightings: [drifted], contested: new Set(['summary']) })).call).toBeNull();
  });

  test('a wish of the row is written however contested the field is', () => {
    const desired = aDesired({ summary: 'Geometry' }, { revision: 2 });
    expect(plan(inSync({ desired, contested: new Set(['summary']) })).call?.kind).toBe('patch');
  });

  test.each(['create-only', 'observe'] as const)('under %s a patch is only said', (policy) => {
    const found = plan(inSync({ sightings: [drifted] }), aContext({ policy }));
    expect(found).toMatchObject({ call: null, items: [{ action: 'patch', withheld: 'policy' }] });
  });

  test('[P27] only foreign fields moved the etag: the same patch goes on with the new etag', () => {
    const desired = aDesired({ summary: 'Geometry', attendees: [aGuest('ada@example.com')] }, { revision: 2 });
    const applied = aBinding({ applied: aStated({ attendees: [aGuest('ada@example.com')] }) });
    const answered = (responseStatus: string, etag: string) =>
      withEvent({ attendees: [{ email: 'ada@example.com', responseStatus }] }, etag);
    const before = plan(inSync({ desired, bindings: [applied], sightings: [answered('needsAction', '"1"')] }));
    const after = plan(inSync({ desired, bindings: [applied], sightings: [answered('accepted', '"3"')] }));
    expect(after.call).toMatchObject({ kind: 'patch', etag: '"3"', fields: ['summary'], repairs: [] });
    expect(after.items).toEqual(before.items);
  });
});

describe('a row that is cancelled or gone', () => {
  test.each([
    ['cancelled', aCancelled(), 'cancelled'],
    ['withdrawn', absent(), 'withdrawn'],
  ] as const)(
    '[S16A] %s: the event is deleted with its etag, and cancelling until Google says so',
    (_, desired, cause) => {
      const found = plan(inSync({ desired }));
      expect(found).toMatchObject({ row: 'delete', status: 'cancelling', records: [] });
      expect(found.call).toMatchObject({ kind: 'delete', calendar: home, eventId: idOf(), etag: '"1"', cause });
    },
  );

  test('it is deleted wherever a person moved it', () => {
    const found = plan(
      inSync({ desired: absent(), sightings: [aTombstone(), aSighting({ calendar: annex, etag: '"7"' })] }),
    );
    expect(found.call).toMatchObject({ kind: 'delete', calendar: annex, etag: '"7"' });
  });

  test.each(['upsert-only', 'create-only', 'observe'] as const)('under %s the delete is only said', (policy) => {
    const found = plan(inSync({ desired: absent() }), aContext({ policy }));
    expect(found).toMatchObject({
      call: null,
      status: 'cancelling',
      items: [{ action: 'delete', withheld: 'policy' }],
    });
  });

  test('[S16A] gone or missing: done, the binding is retired', () => {
    for (const state of [gone(), inSync({ sightings: [], notFound: new Set([placeOf(home, idOf())]) })])
      for (const desired of [aCancelled(), absent()])
        expect(shown(plan({ ...state, desired }))).toMatchObject({
          row: 'ended',
          status: 'cancelled',
          call: null,
          records: ['retire'],
        });
  });

  test('[S12C] a create that landed after the row was cancelled is bound and deleted', () => {
    const late = plan(aKeyState({ desired: aCancelled(), sightings: [aSighting()] }));
    expect(shown(late)).toMatchObject({ row: 'late_create', call: 'delete', records: ['bind'] });
    const withdrawn = aKeyState({ desired: absent(), createIntended: true, sightings: [aSighting()] });
    expect(shown(plan(withdrawn))).toMatchObject({ row: 'late_create', call: 'delete' });
  });

  test('an event that was bound once comes back without its mark: it is deleted again', () => {
    const retired = aBinding({ eventId: 'theirs', state: 'retired' });
    const back = aSighting({ eventId: 'theirs', mark: null });
    expect(plan(aKeyState({ desired: aCancelled(), bindings: [retired], sightings: [back] })).call?.kind).toBe(
      'delete',
    );
  });
});

describe('beside the row that decides', () => {
  test.each([
    ['flag', null],
    ['delete', 'orphan'],
  ] as const)('[S16C] a marked event that neither row nor binding knows is an orphan: %s', (orphans, cause) => {
    const found = plan(
      aKeyState({ desired: absent(1), sightings: [aSighting({ etag: '"5"' })] }),
      aContext({ orphans }),
    );
    expect(found).toMatchObject({ row: 'nothing', status: 'out_of_sync', call: null });
    expect(found.items).toMatchObject([{ kind: 'orphan', flagged: cause === null }]);
    expect(found.leftovers.map((call) => [call.cause, call.etag])).toEqual(cause === null ? [] : [[cause, '"5"']]);
  });

  test('[P34] an orphan whose key the table never heard of is flagged, whatever the policy', () => {
    const unheardOf = aKeyState({ desired: absent(0), sightings: [aSighting()] });
    const found = plan(unheardOf, aContext({ orphans: 'delete' }));
    expect(found).toMatchObject({ status: 'out_of_sync', call: null, leftovers: [] });
    expect(found.items).toMatchObject([{ kind: 'orphan', flagged: true }]);
  });

  test('[P04] a person’s copy is a duplicate: the bound one stays, the copy only goes by policy', () => {
    const state = inSync({ sightings: [aSighting(), copy()] });
    const flagged = plan(state);
    expect(flagged).toMatchObject({ row: 'compare', status: 'out_of_sync', leftovers: [], call: null });
    expect(flagged.items).toMatchObject([{ kind: 'duplicate', eventId: 'copy', flagged: true }]);
    expect(plan(state, aContext({ duplicates: 'delete' })).leftovers).toMatchObject([
      { eventId: 'copy', cause: 'duplicate' },
    ]);
  });

  test('a second event of ours for the key is deleted whatever the policy for copies', () => {
    const found = plan(inSync({ sightings: [aSighting(), aSighting({ eventId: idOf(1) })] }));
    expect(found.leftovers).toMatchObject([{ eventId: idOf(1), cause: 'duplicate' }]);
  });

  test('a second event that is shown on two calendars was moved: only where it was seen last is it called', () => {
    const before = copy({ calendar: annex, seenAt: now - 2 });
    const context = aContext({ duplicates: 'delete' }, [aCalendar({ id: annex, duplicates: 'delete' })]);
    for (const [shown, last] of [
      [copy({ seenAt: now - 1 }), home],
      [copy({ seenAt: now - 3 }), annex],
      [copy({ seenAt: now - 2 }), [annex, home].sort()[0] ?? home],
    ] as const) {
      const found = plan(inSync({ sightings: [aSighting(), shown, before] }), context);
      expect(found.leftovers.map(({ calendar, eventId }) => [calendar, eventId])).toEqual([[last, 'copy']]);
      expect(found.items).toHaveLength(1);
    }
  });

  test('no second event is deleted while the bound one is not there', () => {
    const second = aSighting({ eventId: idOf(1) });
    const missing = inSync({ sightings: [second], notFound: new Set([placeOf(home, idOf())]) });
    for (const state of [inSync({ sightings: [second] }), missing])
      expect(plan(state, aContext({ duplicates: 'delete' })).leftovers).toEqual([]);
  });

  test('[P36] a copy of an event that is long over is left alone, an orphan too', () => {
    const over = aGoogleEvent(aStated({ start: at('2026-01-05T10:00:00'), end: at('2026-01-05T11:00:00') }));
    const old = copy({ event: over });
    const context = aContext({ duplicates: 'delete', orphans: 'delete' });
    expect(plan(inSync({ sightings: [aSighting(), old] }), context)).toMatchObject({ items: [], leftovers: [] });
    expect(plan(aKeyState({ desired: absent(0), sightings: [old] }), context)).toMatchObject({
      items: [],
      leftovers: [],
    });
  });

  test('[P37] an event of another installation for the same key is nobody’s business', () => {
    const foreign = copy({ mark: aMark({ installation: elsewhere }) });
    const context = aContext({ duplicates: 'delete', orphans: 'delete' });
    expect(plan(inSync({ sightings: [aSighting(), foreign] }), context)).toMatchObject({
      status: 'in_sync',
      items: [],
      leftovers: [],
    });
    expect(plan(aKeyState({ desired: absent(0), sightings: [foreign] }), context)).toMatchObject({
      items: [],
      leftovers: [],
    });
  });

  test.each([
    ['changed', true],
    ['cancelled', false],
  ])('[P33] an occurrence that a person %s is reported, the series counts as in sync', (word, live) => {
    const occurrence = { calendar: home, eventId: 'x_20261207T090000Z', masterId: idOf(), originalStart: null, live };
    const found = plan(inSync({ occurrences: [occurrence] }));
    expect(found).toMatchObject({ status: 'in_sync', call: null, items: [{ kind: 'occurrence', flagged: false }] });
    expect(found.items[0]?.reason).toContain(word);
  });
});
