/** The canonical scenarios of the crash points: one worker, few keys, one thing that happens. */
import { type Shape, strictPolicies } from './shape.ts';
import type { Deed, Doing } from './workload/deeds.ts';

export interface CrashScenario {
  readonly name: string;
  readonly shape: Shape;
  readonly deeds: readonly Deed[];
}

const plain: Shape = {
  sites: 1,
  calendars: 1,
  workers: 1,
  turns: 1,
  keys: 2,
  pageSize: 2500,
  concurrency: 1,
  policies: strictPolicies,
  switches: {},
};

/** Deeds a minute and more apart, so that the worker has had a turn in between. */
const apartMs = 250_000;

function scenario(name: string, shape: Partial<Shape>, ...doings: readonly Doing[]): CrashScenario {
  const whole = { ...plain, ...shape };
  const first: Deed = { who: 'writer', kind: 'put_all', afterMs: 0, site: 0 };
  return {
    name,
    shape: whole,
    deeds: [first, ...doings.map((doing): Deed => ({ ...doing, afterMs: apartMs, site: 0 }))],
  };
}

const put = { who: 'writer', kind: 'put', key: 0 } as const;
const first = { nth: 0, calendar: 0 } as const;
const withTwo = { calendars: 2, keys: 1 } as const;

export const crashScenarios: readonly CrashScenario[] = [
  scenario('create and first listing', { pageSize: 1 }),
  scenario('patch', {}, { ...put, calendar: 0, version: 4, guests: 0 }),
  scenario('patch of guests', {}, { ...put, calendar: 0, version: 4, guests: 2 }),
  scenario('withdrawal', {}, { who: 'writer', kind: 'withdraw', key: 0 }),
  scenario('cancellation', {}, { who: 'writer', kind: 'cancel', key: 0 }),
  scenario('move to another calendar', withTwo, { ...put, calendar: 1, version: 4, guests: 0 }),
  scenario('drift put back', {}, { who: 'person', kind: 'edit', field: 'summary', version: 5, ...first }),
  scenario('deletion, created again', {}, { who: 'person', kind: 'delete', ...first }),
  scenario('move by hand, moved back', withTwo, { who: 'person', kind: 'move', destination: 1, ...first }),
  scenario(
    'orphan deleted',
    { policies: { ...strictPolicies, orphans: 'delete' } },
    { who: 'writer', kind: 'withdraw', key: 0 },
    { who: 'person', kind: 'undelete', ...first },
  ),
  scenario(
    'copy deleted',
    { policies: { ...strictPolicies, duplicates: 'delete' } },
    { who: 'person', kind: 'copy', withMarks: true, destination: 0, ...first },
  ),
  scenario('sync token refused', { pageSize: 1, keys: 3 }, { who: 'google', kind: 'refuse_tokens', calendar: 0 }),
  scenario(
    'everything withdrawn, held, approved',
    { keys: 5 },
    { who: 'writer', kind: 'withdraw_all' },
    { who: 'operator', kind: 'approve', nth: 0 },
  ),
  scenario(
    'cancelled and revived',
    {},
    { who: 'writer', kind: 'cancel', key: 0 },
    { who: 'writer', kind: 'restore', key: 0 },
  ),
  scenario('a crowd of writes that go together', { keys: 4 }, { who: 'writer', kind: 'crowd' }),
];
