import { describe, expect, test } from 'vitest';
import { plainPaint } from '../../src/cli/output.ts';
import { appliedText } from '../../src/cli/views/applied.ts';
import { addedText, calendarsText, changedText } from '../../src/cli/views/calendars.ts';
import { databaseText } from '../../src/cli/views/database.ts';
import { holdsText } from '../../src/cli/views/holds.ts';
import { reconciledText } from '../../src/cli/views/reconciled.ts';
import { statusText } from '../../src/cli/views/status.ts';
import { formatBytes, formatInstant } from '../../src/cli/views/units.ts';
import { writtenText } from '../../src/cli/views/written.ts';
import { CalsyncError } from '../../src/core/error.ts';
import { noCounts, type TurnReport } from '../../src/engine/engine.ts';
import type { ReportData, ReportedCalendar } from '../../src/mail/report-data.ts';
import type { Calendar } from '../../src/store/calendar.ts';
import { aDiff, aReport } from './a-diff.ts';

const observedAt = new Date('2026-11-22T19:24:00Z');

describe('reconcile', () => {
  const aTurn = (turn: Partial<TurnReport> & { readonly done?: Partial<TurnReport['counts']> } = {}): TurnReport => {
    const { done, ...rest } = turn;
    return {
      calendar: 'home',
      state: 'in_sync',
      counts: { ...noCounts(), ...done },
      again: false,
      pulls: [],
      error: null,
      ...rest,
    };
  };

  test('one line a calendar, and what to do where something is left', () => {
    const report = {
      inSync: false,
      calendars: [
        aTurn({ done: { created: 3, patched: 1, apiCalls: 5, listCalls: 1 } }),
        aTurn({ calendar: 'held', state: 'held', done: { held: 12, apiCalls: 1, listCalls: 1 } }),
        aTurn({
          calendar: 'gone',
          state: 'paused',
          error: new CalsyncError('unavailable', 'Google refused events.list: 404 notFound'),
          done: { apiCalls: 1, listCalls: 1 },
        }),
      ],
    };
    expect(reconciledText(report, plainPaint)).toBe(
      [
        'home: in sync; 3 created, 1 patched (5 calls, 1 of them a listing)',
        'held: held; 12 held (1 call, 1 of them a listing)',
        '  what a person has to decide: calsync holds',
        'gone: paused; nothing was changed (1 call, 1 of them a listing)',
        '  Google refused events.list: 404 notFound',
        '  why it is paused: calsync status',
      ].join('\n'),
    );
  });

  test('without calendars it says how to begin', () => {
    expect(reconciledText({ inSync: true, calendars: [] }, plainPaint)).toContain('calsync calendars add');
  });
});

test('holds say what was stopped, why, which events, and what either decision leads to', () => {
  const items = Array.from({ length: 12 }, (_, index) => ({ key: `key-${index}`, eventId: `e${index}`, revision: 1 }));
  const hold = {
    id: 7,
    calendar: 'home',
    kind: 'withdrawals',
    reason: '12 of 20 would go',
    openedAt: observedAt,
    items,
  } as const;
  expect(holdsText([hold], plainPaint)).toBe(
    [
      'hold 7 on home, since 2026-11-22 19:24 UTC',
      '  stopped: deleting events in Google',
      '  why: 12 of 20 would go',
      '  12 events:',
      ...items.slice(0, 10).map(({ key }) => `    ${key}`),
      '    … and 2 more',
      '  calsync approve 7  delete exactly these events',
      '  calsync reject 7   bring their rows back; nothing is deleted',
    ].join('\n'),
  );
  expect(holdsText([], plainPaint)).toBe('Nothing waits for a decision.');
});

describe('calendars', () => {
  const aCalendar = (calendar: Partial<Calendar> = {}): Calendar => ({
    id: 'home',
    account: 'owner@example.com',
    summary: 'Classes',
    timeZone: 'Europe/Copenhagen',
    policy: 'sync',
    drift: 'enforce',
    driftFields: {},
    onDelete: 'recreate',
    onMove: 'flag',
    orphans: 'flag',
    duplicates: 'flag',
    fallback: 'hold',
    namespace: 'live',
    state: 'active',
    stateReason: null,
    stateSince: observedAt,
    observedAt: null,
    nextPullAt: observedAt,
    ...calendar,
  });

  test('the list has a line for each, with why one does not work', () => {
    const gone = aCalendar({
      id: 'gone',
      summary: 'Old',
      state: 'unavailable',
      stateReason: 'Google answers 404',
      observedAt,
    });
    expect(calendarsText([aCalendar(), gone], plainPaint)).toBe(
      [
        'calendar  title    account            policy  state                            observed',
        'home      Classes  owner@example.com  sync    active                           never',
        'gone      Old      owner@example.com  sync    unavailable: Google answers 404  2026-11-22 19:24 UTC',
      ].join('\n'),
    );
  });

  test('a first contact that only observes says so and what to do next', () => {
    const shown = addedText(aCalendar({ policy: 'observe' }), { made: false, because: 'has_events' }, plainPaint);
    expect(shown).toBe(
      [
        'added home (Classes, Europe/Copenhagen) with --policy observe',
        'It has events already, so calsync only observes it and changes nothing there.',
        'Look at `calsync diff --calendar home --live`, then let it write:',
        '  calsync calendars set home --policy sync',
      ].join('\n'),
    );
  });

  test('a change names the settings that are others now, and only those', () => {
    const after = aCalendar({ drift: 'flag', driftFields: { location: 'adopt' } });
    expect(changedText(aCalendar(), after)).toBe(
      [
        'changed home:',
        '  --drift enforce → flag',
        '  --drift FIELD= none → location=adopt',
        'The next reconcile looks at all its events again.',
      ].join('\n'),
    );
    expect(changedText(after, after)).toBe('home was treated that way already.');
  });
});

describe('status', () => {
  const aReported = (calendar: Partial<ReportedCalendar> = {}): ReportedCalendar => ({
    id: 'home',
    summary: 'Classes',
    timeZone: 'UTC',
    account: 'owner@example.com',
    policy: 'sync',
    state: 'active',
    stateReason: null,
    stateSince: observedAt,
    observedAt,
    open: { items: [], total: 0 },
    flagged: 0,
    ended: { items: [], total: 0 },
    holds: { items: [], total: 0 },
    waiting: { items: [], total: 0 },
    done: {
      turns: 0,
      brokenTurns: 0,
      created: 0,
      patched: 0,
      moved: 0,
      deleted: 0,
      recreated: 0,
      adopted: 0,
      apiCalls: 0,
    },
    ...calendar,
  });

  test('accounts that do not work come first, then each calendar with what waits for whom', () => {
    const account = {
      address: 'owner@example.com',
      state: 'reauth_required',
      reason: 'invalid_grant',
      since: observedAt,
      pausedUntil: null,
    } as const;
    const row = {
      event: { key: 'a', eventId: null, summary: 'Algebra', start: null },
      fault: 'row',
      reason: 'Google refuses it (400 invalid)',
      since: observedAt,
      againAt: null,
      parked: true,
      attempts: 1,
    } as const;
    const open: ReportData = {
      since: observedAt,
      until: observedAt,
      accounts: [account],
      calendars: [
        aReported({
          open: { items: [], total: 3 },
          flagged: 1,
          holds: { items: [], total: 1 },
          waiting: { items: [row], total: 2 },
        }),
      ],
    };
    const standing = aReport(
      aDiff({ state: 'paused', stateReason: 'invalid_grant', statuses: { parked: 1, pending: 1 } }),
    );
    expect(statusText(standing, open, plainPaint)).toBe(
      [
        "owner@example.com: needs its owner's consent again: calsync accounts connect owner@example.com (since 2026-11-22 19:24 UTC)",
        '',
        'home (Classes): paused, observed 2026-11-22 19:24 UTC',
        '  invalid_grant',
        '  nothing to change · events: 1 parked, 1 pending',
        '  3 open findings, 1 of them waits for a person: calsync diff --calendar home',
        '  1 open hold: calsync holds',
        "  parked: a since 2026-11-22 19:24 UTC, Google refuses it (400 invalid). Waits for the row's author: correct the row, and it is tried again by itself.",
        '  … and 1 more row waits',
      ].join('\n'),
    );
  });
});

describe('what a write did', () => {
  test('few keys are listed, many are counted by what became of them', () => {
    expect(writtenText([{ kind: 'created', key: 'a', generation: 1, revision: 2 }])).toBe(
      'created a (generation 1, revision 2)',
    );
    const many = Array.from({ length: 30 }, (_, index) => ({
      kind: index < 10 ? ('unchanged' as const) : ('created' as const),
      key: String(index),
      generation: 1,
      revision: 1,
    }));
    expect(writtenText(many)).toBe('30 events: 20 created, 10 unchanged');
  });

  test('a dry run lists what would be done and says that nothing was', () => {
    const changes = {
      added: ['a'],
      changed: [{ key: 'b', fields: ['start', 'attendees'] as const }],
      removed: Array.from({ length: 21 }, (_, index) => `r${index}`),
      leftCancelled: ['c'],
      unchangedCount: 4,
    };
    const lines = appliedText({ kind: 'planned', changes, held: [], skipped: [] }, [], plainPaint).split('\n');
    expect(lines.slice(0, 5)).toEqual([
      'would be added:',
      '  a',
      'would be changed:',
      '  b (start, attendees)',
      'would be removed:',
    ]);
    expect(lines.slice(-4)).toEqual([
      '  … and 1 more',
      'cancelled before, and left cancelled:',
      '  c',
      'Nothing was written. It would be: 1 added, 1 changed, 21 removed, 4 unchanged, 1 left cancelled.',
    ]);
  });
});

test('the embedded database: none yet, and another one in use', () => {
  expect(databaseText({ kind: 'absent' }, '/home/x/.calsync', 'embedded')).toContain(
    'There is no embedded database in /home/x/.calsync yet',
  );
  const stopped = { kind: 'stopped', dataDirectory: '/d', dataBytes: 41_943_040, postgresPid: null } as const;
  expect(databaseText(stopped, '/h', 'url')).toBe(
    ['DATABASE_URL is set, so the embedded database is not used.', 'stopped', '  data      /d (40.0 MiB)'].join('\n'),
  );
});

test('units', () => {
  expect(formatInstant(null)).toBe('never');
  expect([0, 1, 1_023, 1_024, 1_536, 5 * 1024 ** 4].map(formatBytes)).toEqual([
    '0 B',
    '1 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '5.0 TiB',
  ]);
});
