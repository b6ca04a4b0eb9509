import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildReport, loadReportData } from '../../src/engine/report.ts';
import type { ReportData, ReportedCalendar } from '../../src/mail/report-data.ts';
import { reportText } from '../../src/mail/report-text.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar, insertEvent } from '../support/rows.ts';

const since = new Date('2026-11-21T12:00:00Z');
const now = new Date('2026-11-22T12:00:00Z');
const before = '2026-11-20T12:00:00Z';
const within = '2026-11-22T09:00:00Z';
const later = '2026-11-22T10:00:00Z';
let database: MigratedDatabase;

beforeAll(async () => {
  database = await openMigratedDatabase();
});

afterAll(() => database.close());

beforeEach(async () => {
  await run('delete from calsync.desired_event');
  await run('truncate calsync.account, calsync.dirty, calsync.binding cascade');
  await insertCalendar(database.pool);
});

async function run(text: string, values: readonly unknown[] = []): Promise<readonly { readonly id: number }[]> {
  return (await database.pool.query(text, [...values])).rows;
}

interface FindingColumns {
  readonly kind?: string;
  readonly calendar?: string;
  readonly key?: string | null;
  readonly eventId?: string | null;
  readonly flagged?: boolean;
  readonly opened?: string;
  readonly closed?: string | null;
  readonly as?: string | null;
}

async function insertFinding(stated: FindingColumns): Promise<void> {
  const { kind = 'drift', calendar = 'classes', key = 'algebra', eventId = 'e1', flagged = false } = stated;
  const { opened = within, closed = null, as = closed === null ? null : 'mended' } = stated;
  const fields = [{ field: 'location', kind: 'drift', desired: 'Room 5', applied: 'Room 5', observed: 'Room 7' }];
  await run(
    `insert into calsync.finding (kind, calendar, key, event_id, fields, reason, flagged, opened_at, closed_at, closed_as)
       values ($1, $2, $3, $4, $5, 'a person changed it', $6, $7, $8, $9)`,
    [kind, calendar, key, eventId, JSON.stringify(fields), flagged, opened, closed, as],
  );
}

async function insertIntent(kind: string, eventId: string, madeAt: string, outcome: string): Promise<void> {
  await run(
    `insert into calsync.intent (calendar, epoch, key, kind, event_id, incarnation, etag, made_at, settled_at, outcome)
       values ('classes', 1, 'algebra', $1, $2, 0, $3, $4, $4, $5)`,
    [kind, eventId, kind === 'create' ? null : 'etag', madeAt, outcome],
  );
}

async function insertHold(keys: readonly string[], closed = false): Promise<number> {
  const [hold] = await run(
    `insert into calsync.hold (calendar, kind, set_hash, reason, opened_at, closed_at, decision)
       values ('classes', 'withdrawals', md5(random()::text), 'too many', $1, $2, $3) returning id`,
    [within, closed ? later : null, closed ? 'approved' : null],
  );
  if (hold === undefined) throw new Error('no hold');
  for (const key of keys)
    await run('insert into calsync.hold_item (hold, key, event_id, revision) values ($1, $2, $2, 1)', [hold.id, key]);
  return hold.id;
}

/** Sets how a key waits, whatever mark it had. */
async function insertWaiting(
  key: string,
  columns: { readonly parked?: boolean; readonly reason?: string | null; readonly dueAt?: string },
): Promise<void> {
  const { parked = false, reason = 'rateLimitExceeded', dueAt = later } = columns;
  await run('delete from calsync.dirty where key = $1', [key]);
  await run(
    `insert into calsync.dirty (key, calendar, revision, marked_at, due_at, attempts, parked, fault, reason)
       values ($1, 'classes', 1, $2, $3, 2, $4, 'google', $5)`,
    [key, within, dueAt, parked, reason],
  );
}

async function classes(): Promise<ReportedCalendar> {
  const found = (await load()).calendars.find(({ id }) => id === 'classes');
  if (found === undefined) throw new Error('the calendar is not in the report');
  return found;
}

function load(): Promise<ReportData> {
  return loadReportData(database.db, { since, now });
}

test('what ended before the span is not told; what is open is, however old', async () => {
  await insertFinding({ eventId: 'old', opened: before, closed: before });
  await insertFinding({ eventId: 'open', opened: before });
  await insertFinding({ eventId: 'ended', opened: before, closed: within });
  const { open, ended } = await classes();
  expect(open.items.map(({ event }) => event.eventId)).toEqual(['open']);
  expect(ended.items.map(({ event }) => event.eventId)).toEqual(['ended']);
  expect([open.total, ended.total]).toEqual([1, 1]);
});

test('a mended difference says which call mended it: the last one done while it was open', async () => {
  await insertFinding({ kind: 'deleted', opened: within, closed: later });
  await insertIntent('patch', 'e1', '2026-11-22T08:00:00Z', 'done');
  await insertIntent('create', 'e2', '2026-11-22T09:30:00Z', 'done');
  await insertIntent('patch', 'e2', '2026-11-22T09:40:00Z', 'not_done');
  await insertIntent('patch', 'e2', '2026-11-22T11:00:00Z', 'done');
  expect((await classes()).ended.items[0]?.ended).toEqual({ at: new Date(later), as: 'mended', by: 'create' });
});

test('a deleted copy is told by the call for the copy, not by a later one for the event', async () => {
  await insertFinding({ kind: 'duplicate', eventId: 'copy', opened: within, closed: later });
  await insertIntent('delete', 'copy', '2026-11-22T09:30:00Z', 'done');
  await insertIntent('patch', 'e1', '2026-11-22T09:40:00Z', 'done');
  expect((await classes()).ended.items[0]?.ended?.by).toBe('delete');
});

test('an event is named by its row, else by what was written last, else by what Google shows', async () => {
  await insertEvent(database.pool, 'algebra', { summary: 'Algebra' });
  await insertEvent(database.pool, 'exam', {
    ...{ summary: 'Exam', start_local: null, start_zone: null, end_local: null, end_zone: null },
    ...{ start_date: '2026-12-01', end_date: '2026-12-02' },
  });
  const start = { kind: 'time', local: '2026-12-03T08:00:00', zone: 'Europe/Paris', offset: null };
  await run(
    `insert into calsync.binding (key, incarnation, calendar, event_id, state, applied, applied_hash, hash_version)
       values ('withdrawn', 0, 'classes', 'e3', 'live', $1, 'hash', 1)`,
    [JSON.stringify({ summary: 'Optics', start })],
  );
  await run(
    `insert into calsync.observed_event (calendar, event_id, etag, status, ours, hash_version, body, listing, source)
       values ('classes', 'e4', 'etag', 'confirmed', true, 1, '{"summary": "Orphan"}', 1, 'list')`,
  );
  for (const [key, eventId] of [
    ['algebra', 'e1'],
    ['exam', 'e2'],
    ['withdrawn', 'e3'],
    [null, 'e4'],
    ['unknown', 'e5'],
  ] as const)
    await insertFinding({ key, eventId });
  const events = (await classes()).open.items.map(({ event }) => event);
  const local = { kind: 'time', local: '2026-11-30T10:00:00', zone: 'Europe/Copenhagen', offset: null };
  expect(events).toEqual([
    { key: 'algebra', eventId: 'e1', summary: 'Algebra', start: local },
    { key: 'exam', eventId: 'e2', summary: 'Exam', start: { kind: 'date', date: '2026-12-01' } },
    { key: 'withdrawn', eventId: 'e3', summary: 'Optics', start },
    { key: null, eventId: 'e4', summary: 'Orphan', start: null },
    { key: 'unknown', eventId: 'e5', summary: null, start: null },
  ]);
});

test('two thousand findings are counted, and only the first are read, those for a person before the rest', async () => {
  await run(
    `insert into calsync.finding (kind, calendar, key, reason, flagged, opened_at)
       select 'drift', 'classes', 'k' || n, 'a person changed it', n > 1990, $1::timestamptz + n * interval '1 s' from generate_series(1, 2000) n`,
    [within],
  );
  const { open, flagged } = await classes();
  expect(open.total).toBe(2_000);
  expect(flagged).toBe(10);
  expect(open.items).toHaveLength(20);
  expect(open.items.slice(0, 11).map(({ event }) => event.key)).toEqual([
    ...Array.from({ length: 10 }, (_, index) => `k${1991 + index}`),
    'k1',
  ]);
  expect(reportText(await buildReport(database.db, { since, now }))).toContain('… and 1980 more');
});

test('[P02] an open hold is told with its set; its keys are told nowhere else as waiting', async () => {
  const keys = Array.from({ length: 14 }, (_, index) => `slot-${String(index).padStart(2, '0')}`);
  const hold = await insertHold(keys);
  await insertHold(['algebra'], true);
  await insertWaiting('slot-00', {});
  await insertWaiting('algebra', {});
  await insertFinding({ key: 'slot-01', flagged: true });
  await insertFinding({ key: 'algebra', eventId: 'e2' });
  const calendar = await classes();
  expect(calendar.holds).toMatchObject({ total: 1, items: [{ id: hold, kind: 'withdrawals', reason: 'too many' }] });
  expect(calendar.holds.items[0]?.events.total).toBe(14);
  expect(calendar.holds.items[0]?.events.items.map(({ key }) => key)).toEqual(keys.slice(0, 10));
  expect(calendar.waiting.items.map(({ event }) => event.key)).toEqual(['algebra']);
  expect(calendar.open.items.map((finding) => finding.hold)).toEqual([hold, null]);
  expect(calendar.flagged).toBe(0);
  const text = reportText(await buildReport(database.db, { since, now }));
  expect(text).toContain(`Waits for a person: it is part of hold ${hold}.`);
  expect(text).toContain(`calsync approve ${hold} `);
});

test('[P12] a row that Google refuses is told once, as parked; a row that is only due is not told', async () => {
  await insertFinding({ kind: 'rejected', key: 'bad', eventId: null, flagged: true });
  await insertWaiting('bad', { parked: true, reason: 'Google refuses it: invalid (400)', dueAt: 'infinity' });
  await insertWaiting('new', { reason: null });
  const { waiting, open, flagged } = await classes();
  expect(waiting.items).toEqual([
    {
      event: { key: 'bad', eventId: null, summary: null, start: null },
      fault: 'google',
      reason: 'Google refuses it: invalid (400)',
      since: new Date(within),
      againAt: null,
      parked: true,
      attempts: 2,
    },
  ]);
  expect(open.total + flagged).toBe(0);
});

test('what was done is the sum over the turns of the span', async () => {
  const turn = (ended: string, counts: object, error: string | null = null) =>
    run(
      `insert into calsync.run (calendar, epoch, started_at, ended_at, outcome, counts, error_kind) values ('classes', 1, $1, $1, 'in_sync', $2, $3)`,
      [ended, JSON.stringify(counts), error],
    );
  await turn(before, { created: 100, apiCalls: 100 });
  await turn(within, { created: 3, patched: 1, apiCalls: 5 });
  await turn(later, { created: 4, apiCalls: 6 }, 'transient');
  expect((await classes()).done).toMatchObject({
    turns: 2,
    brokenTurns: 1,
    created: 7,
    patched: 1,
    deleted: 0,
    apiCalls: 11,
  });
});

test('[S20C] rows of tests are not told and not counted, nor the accounts that only they use', async () => {
  await run(
    `insert into calsync.account (id, refresh_token, state, state_reason) values ('tester@example.com', 'sealed', 'reauth_required', 'x')`,
  );
  await run(
    `insert into calsync.calendar (id, account, policy, namespace) values ('trial', 'tester@example.com', 'sync', 'test')`,
  );
  await insertFinding({ calendar: 'trial', flagged: true });
  const data = await load();
  expect(data.calendars.map(({ id }) => id)).toEqual(['classes']);
  expect(data.accounts.map(({ address }) => address)).toEqual(['owner@example.com']);
  expect((await buildReport(database.db, { since, now })).subject).toBe('calsync: everything is in sync');
});

test('a database without calendars gives a report too', async () => {
  await run('truncate calsync.account cascade');
  const report = await buildReport(database.db, { since, now });
  expect(report.sections).toEqual([]);
  expect(reportText(report)).toContain('From Sat 21 Nov 2026, 12:00 UTC to Sun 22 Nov 2026, 12:00 UTC');
});
