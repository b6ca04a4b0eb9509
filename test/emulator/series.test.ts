import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dataDirectory } from './discovery.ts';
import { anEvent, email, start } from './harness.ts';

const events = 'calendars/primary/events';

/** Starts of the instances of `series`, as the API answers them. */
async function instances({ call }: Awaited<ReturnType<typeof start>>, query = ''): Promise<string[]> {
  const { body } = await call('GET', `${events}/series/instances${query}`);
  return body.items.map(
    (item: { start: { dateTime?: string; date?: string } }) => item.start.dateTime ?? item.start.date,
  );
}

async function withSeries(fields: Record<string, unknown> = {}) {
  const harness = await start();
  const made = await harness.call('POST', events, {
    body: anEvent({ id: 'series', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=4'], ...fields }),
  });
  expect(made.status).toBe(200);
  return harness;
}

describe('occurrences', () => {
  test('[S09B] a weekly lesson keeps its wall clock across the end of summer time', async () => {
    const berlin = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' });
    const harness = await withSeries({ start: berlin('2026-10-19T14:00:00'), end: berlin('2026-10-19T15:30:00') });
    const { body } = await harness.call('GET', `${events}/series/instances`);
    expect(
      body.items.map((item: { id: string; start: { dateTime: string }; end: { dateTime: string } }) => [
        item.id,
        item.start.dateTime,
        item.end.dateTime,
      ]),
    ).toEqual([
      ['series_20261019T120000Z', '2026-10-19T14:00:00+02:00', '2026-10-19T15:30:00+02:00'],
      ['series_20261026T130000Z', '2026-10-26T14:00:00+01:00', '2026-10-26T15:30:00+01:00'],
      ['series_20261102T130000Z', '2026-11-02T14:00:00+01:00', '2026-11-02T15:30:00+01:00'],
      ['series_20261109T130000Z', '2026-11-09T14:00:00+01:00', '2026-11-09T15:30:00+01:00'],
    ]);
  });

  test('an all-day series names its occurrences by date', async () => {
    const harness = await withSeries({ start: { date: '2026-09-07' }, end: { date: '2026-09-08' } });
    expect(await instances(harness)).toEqual(['2026-09-07', '2026-09-14', '2026-09-21', '2026-09-28']);
    expect((await harness.call('GET', `${events}/series_20260914`)).body.originalStartTime).toEqual({
      date: '2026-09-14',
    });
    expect((await harness.call('GET', `${events}/series_20260915`)).status).toBe(404);
  });

  test.each([
    ['UNTIL in UTC is included to the second', ['RRULE:FREQ=DAILY;UNTIL=20260909T080000Z'], 3],
    ['UNTIL one second earlier leaves the last out', ['RRULE:FREQ=DAILY;UNTIL=20260909T075959Z'], 2],
    ['UNTIL as a date means its whole local day', ['RRULE:FREQ=DAILY;UNTIL=20260909'], 3],
    ['EXDATE in the zone takes one out', ['RRULE:FREQ=DAILY;COUNT=3', 'EXDATE;TZID=Europe/Berlin:20260908T100000'], 2],
    ['EXDATE in UTC takes one out', ['RRULE:FREQ=DAILY;COUNT=3', 'EXDATE:20260908T080000Z'], 2],
    ['RDATE adds one', ['RRULE:FREQ=DAILY;COUNT=3', 'RDATE;TZID=Europe/Berlin:20261001T100000'], 4],
  ])('%s', async (_, recurrence, count) => {
    expect(await instances(await withSeries({ recurrence }))).toHaveLength(count);
  });

  test('an endless series stops at the horizon in a listing and at timeMax when given', async () => {
    const harness = await withSeries({ recurrence: ['RRULE:FREQ=DAILY'] });
    harness.emulator.administration.setLimits({ expansionDays: 30 });
    const all = await harness.call('GET', `${events}?singleEvents=true`);
    const week = await harness.call('GET', `${events}?singleEvents=true&timeMax=2026-09-14T00:00:00Z`);
    expect([all.body.items.length, week.body.items.length]).toEqual([25, 7]);
  });
});

describe('exceptions', () => {
  test('[P33] a cancelled occurrence is a bare row of its own and leaves the others', async () => {
    const harness = await withSeries();
    const { body } = await harness.call('GET', events);
    expect((await harness.call('DELETE', `${events}/series_20260914T080000Z`)).status).toBe(204);
    const increment = await harness.call('GET', `${events}?syncToken=${body.nextSyncToken}`);
    expect(increment.body.items).toEqual([
      {
        kind: 'calendar#event',
        etag: expect.any(String),
        id: 'series_20260914T080000Z',
        status: 'cancelled',
        recurringEventId: 'series',
        originalStartTime: { dateTime: '2026-09-14T10:00:00+02:00', timeZone: 'Europe/Berlin' },
      },
    ]);
    expect(await instances(harness)).toHaveLength(3);
    expect((await harness.call('GET', `${events}/series/instances?showDeleted=true`)).body.items).toHaveLength(4);
  });

  test('a moved occurrence keeps its id and original start and is found by it', async () => {
    const harness = await withSeries();
    const berlin = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' });
    const body = { start: berlin('2026-09-15T16:00:00'), end: berlin('2026-09-15T17:00:00') };
    const moved = await harness.call('PATCH', `${events}/series_20260914T080000Z`, { body });
    expect(moved.body).toMatchObject({
      id: 'series_20260914T080000Z',
      recurringEventId: 'series',
      start: { dateTime: '2026-09-15T16:00:00+02:00' },
      originalStartTime: { dateTime: '2026-09-14T10:00:00+02:00' },
    });
    expect(moved.body.recurrence).toBeUndefined();
    const found = await instances(harness, '?originalStart=2026-09-14T10:00:00%2B02:00');
    expect(found).toEqual(['2026-09-15T16:00:00+02:00']);
  });

  test('an instance id is expanded to that one, a cancelled one to nothing', async () => {
    const harness = await withSeries();
    const path = `${events}/series_20260914T080000Z`;
    expect((await harness.call('GET', `${path}/instances`)).body.items).toHaveLength(1);
    await harness.call('DELETE', path);
    const { status, body } = await harness.call('GET', `${path}/instances`);
    expect([status, body.items]).toEqual([200, []]);
  });

  test('deleting a series takes its changed occurrences along', async () => {
    const harness = await withSeries();
    await harness.call('PATCH', `${events}/series_20260914T080000Z`, { body: { summary: 'Test' } });
    await harness.call('DELETE', `${events}/series`);
    expect((await harness.call('GET', `${events}/series_20260914T080000Z`)).body.status).toBe('cancelled');
    expect(harness.emulator.administration.expand(email).count).toBe(0);
  });

  test('an exception whose day is no occurrence any more goes, or stays by switch', async () => {
    for (const [strayExceptions, status] of [
      ['cancel', 'cancelled'],
      ['keep', 'confirmed'],
    ] as const) {
      const harness = await withSeries();
      harness.emulator.administration.setSwitches({ strayExceptions });
      await harness.call('PATCH', `${events}/series_20260914T080000Z`, { body: { summary: 'Test' } });
      const berlin = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' });
      const body = { start: berlin('2026-09-08T10:00:00'), end: berlin('2026-09-08T11:00:00') };
      await harness.call('PATCH', `${events}/series`, { body });
      expect((await harness.call('GET', `${events}/series_20260914T080000Z`)).body.status).toBe(status);
    }
  });

  test('a shorter series keeps the exceptions that are still occurrences', async () => {
    const harness = await withSeries();
    for (const stamp of ['20260914', '20260928']) {
      await harness.call('PATCH', `${events}/series_${stamp}T080000Z`, { body: { summary: 'Test' } });
    }
    await harness.call('PATCH', `${events}/series`, { body: { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] } });
    const status = async (stamp: string) =>
      (await harness.call('GET', `${events}/series_${stamp}T080000Z`)).body.status;
    expect([await status('20260914'), await status('20260928')]).toEqual(['confirmed', 'cancelled']);
  });

  test('a moved series takes its exceptions to the destination', async () => {
    const harness = await withSeries();
    const { body: made } = await harness.call('POST', 'calendars', { body: { summary: 'Room' } });
    await harness.call('DELETE', `${events}/series_20260914T080000Z`);
    await harness.call('POST', `${events}/series/move?destination=${made.id}`);
    expect(harness.emulator.administration.expand(made.id).count).toBe(3);
    expect(harness.emulator.administration.expand(email).count).toBe(0);
  });
});

const dayNames: Readonly<Record<string, string>> = { M: 'MO', T: 'TU', W: 'WE', R: 'TH', F: 'FR', S: 'SA', U: 'SU' };
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** A row of the timetable as a weekly series: the first matching weekday, until the end of the last local day. */
function meeting(row: Record<string, string>): Record<string, unknown> {
  const { days = '', date_start = '', date_end = '', campus = '' } = row;
  const timeZone = campus.includes('Lorraine')
    ? 'Europe/Paris'
    : campus.includes('Shenzhen')
      ? 'Asia/Shanghai'
      : 'America/New_York';
  const byDay = [...days].map((day) => dayNames[day] ?? '');
  let day = Date.parse(`${date_start}T00:00:00Z`);
  while (!byDay.includes(weekdays[new Date(day).getUTCDay()] ?? '')) day += 86_400_000;
  const date = new Date(day).toISOString().slice(0, 10);
  // The zones lie east of UTC-12: the last local day has ended by noon UTC of the next, and the next slot has not begun.
  const until = new Date(
    Date.parse(`${date_end}T00:00:00Z`) + (timeZone === 'Asia/Shanghai' ? 15.99 : 27.99) * 3_600_000,
  );
  const stamp = `${until.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  return {
    summary: row.title,
    start: { dateTime: `${date}T${row.start}:00`, timeZone },
    end: { dateTime: `${date}T${row.end}:00`, timeZone },
    recurrence: [`RRULE:FREQ=WEEKLY;BYDAY=${byDay.join(',')};UNTIL=${stamp}`],
  };
}

const timetable = join(dataDirectory ?? '', 'timetables', 'georgia-tech-202208-meetings.csv');

describe.skipIf(dataDirectory === undefined || !existsSync(timetable))('a real term (needs CALSYNC_TEST_DATA)', () => {
  test('4,699 weekly meetings expand to 119,006 dates', async () => {
    const { parse } = await import('csv-parse/sync');
    const rows: Record<string, string>[] = parse(readFileSync(timetable), { columns: true });
    const { emulator } = await start();
    let added = 0;
    for (const row of rows) {
      emulator.people.add(email, meeting(row) as never);
      added += 1;
    }
    expect(added).toBe(4699);
    expect(emulator.administration.expand(email).count).toBe(119_006);
  });
});
