import { describe, expect, test } from 'vitest';
import { accessToken, anEvent, email, type Harness, lessons, start, startMs } from './harness.ts';

const events = 'calendars/primary/events';

async function withLessons(count: number): Promise<Harness> {
  const harness = await start();
  for (const body of lessons(count)) harness.emulator.people.add(email, body as never);
  return harness;
}

/** Ids page by page, until a page has no next one; at most ten pages. */
async function pages({ call }: Harness, parameters = ''): Promise<{ ids: string[][]; syncToken: string | undefined }> {
  const ids: string[][] = [];
  let pageToken = '';
  while (ids.length < 10) {
    const { body } = await call('GET', `${events}?maxResults=2${parameters}${pageToken}`);
    ids.push(body.items.map(({ id }: { id: string }) => id));
    if (body.nextPageToken === undefined) return { ids, syncToken: body.nextSyncToken };
    pageToken = `&pageToken=${body.nextPageToken}`;
  }
  throw new Error('the walk has no end');
}

describe('faults of listings', () => {
  test('a repeated page comes twice and the walk still ends with everything', async () => {
    const harness = await withLessons(5);
    harness.emulator.faults.add({ nth: 2, action: { kind: 'repeat_page' } });
    const { ids, syncToken } = await pages(harness);
    expect(ids).toEqual([['lesson0', 'lesson1'], ['lesson2', 'lesson3'], ['lesson2', 'lesson3'], ['lesson4']]);
    expect(syncToken).toEqual(expect.any(String));
  });

  test('[P06] a dropped page is never seen, and the walk ends as if all were well', async () => {
    const harness = await withLessons(5);
    harness.emulator.faults.add({ action: { kind: 'drop_page' } });
    const { ids, syncToken } = await pages(harness);
    expect(ids).toEqual([['lesson0', 'lesson1'], ['lesson4']]);
    expect(syncToken).toEqual(expect.any(String));
  });

  test('an increment may repeat and drop pages too', async () => {
    const harness = await withLessons(5);
    const { syncToken } = await pages(harness);
    for (const { id } of lessons(5)) harness.emulator.people.edit(email, String(id), { summary: 'Edited' });
    harness.emulator.faults.add({ action: { kind: 'repeat_page' } });
    const repeated = await pages(harness, `&syncToken=${syncToken}`);
    expect(repeated.ids.flat()).toEqual(['lesson0', 'lesson1', 'lesson0', 'lesson1', 'lesson2', 'lesson3', 'lesson4']);
    harness.emulator.faults.add({ action: { kind: 'drop_page' } });
    expect((await pages(harness, `&syncToken=${syncToken}`)).ids.flat()).toEqual(['lesson0', 'lesson1', 'lesson4']);
  });

  test('[P07] a token wipe ends every sync token of the calendar for good', async () => {
    const harness = await withLessons(1);
    const { syncToken } = await pages(harness);
    harness.emulator.faults.add({ action: { kind: 'token_wipe' } });
    const path = `${events}?syncToken=${syncToken}`;
    expect([(await harness.call('GET', path)).status, (await harness.call('GET', path)).status]).toEqual([410, 410]);
    const { syncToken: fresh } = await pages(harness);
    expect((await harness.call('GET', `${events}?syncToken=${fresh}`)).status).toBe(200);
  });
});

describe('[P27] a change between read and write', () => {
  test('touch_event makes the etag that was read stale, once, and shows as a person’s act', async () => {
    const harness = await withLessons(1);
    const { body } = await harness.call('GET', `${events}/lesson0`);
    harness.emulator.faults.add({ match: { method: 'PATCH' }, action: { kind: 'touch_event' } });
    const write = (etag: string) =>
      harness.call('PATCH', `${events}/lesson0`, { body: { location: 'Room 5' }, headers: { 'if-match': etag } });
    expect((await write(body.etag)).status).toBe(412);
    const again = await harness.call('GET', `${events}/lesson0`);
    expect(again.body.summary).toBe('Lesson 0');
    expect((await write(again.body.etag)).status).toBe(200);
    expect(harness.emulator.log().map(({ operation }) => operation)).toContain('people.touch');
  });
});

describe('reads that lag behind writes', () => {
  test('gets and listings see the calendar as it was, the answer of the write is fresh, and nothing is lost', async () => {
    const harness = await start({ limits: { readLagMs: 60_000 } });
    const { call, pass } = harness;
    const first = await call('GET', events);
    pass(120_000);
    const made = await call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    expect(made.body.summary).toBe('Algebra');
    expect((await call('GET', `${events}/lesson1`)).status).toBe(404);
    const early = await call('GET', `${events}?syncToken=${first.body.nextSyncToken}`);
    expect(early.body.items).toEqual([]);
    pass(30_000);
    await call('PATCH', `${events}/lesson1`, { body: { summary: 'Geometry' } });
    pass(40_000);
    expect((await call('GET', `${events}/lesson1`)).body.summary).toBe('Algebra');
    expect((await call('POST', events, { body: anEvent({ id: 'lesson1' }) })).status).toBe(409);
    pass(60_000);
    const late = await call('GET', `${events}?syncToken=${early.body.nextSyncToken}`);
    expect(late.body.items.map(({ summary }: { summary: string }) => summary)).toEqual(['Geometry']);
  });

  test('an occurrence of a series that a read cannot see yet is not there either', async () => {
    const { call, pass } = await start({ limits: { readLagMs: 60_000 } });
    await call('POST', events, { body: anEvent({ id: 'series', recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] }) });
    expect((await call('GET', `${events}/series_20260908T080000Z`)).status).toBe(404);
    pass(60_000);
    expect((await call('GET', `${events}/series_20260908T080000Z`)).status).toBe(200);
  });
});

describe('errors in the newer envelope', () => {
  test.each([
    ['insufficientPermissions', 403, 'PERMISSION_DENIED', 'insufficientPermissions'],
    ['queriesPerMinute', 403, 'PERMISSION_DENIED', 'rateLimitExceeded'],
    ['serviceDisabled', 403, 'PERMISSION_DENIED', 'accessNotConfigured'],
    ['unauthenticated', 401, 'UNAUTHENTICATED', 'authError'],
  ] as const)('%s comes as %i with the status %s', async (error, status, named, reason) => {
    const { call, emulator } = await start();
    emulator.faults.add({ action: { kind: 'error', error } });
    const answer = await call('GET', events);
    expect([answer.status, answer.body.error.status, answer.body.error.errors[0].reason]).toEqual([
      status,
      named,
      reason,
    ]);
    expect(answer.body.error.details[0]['@type']).toBe('type.googleapis.com/google.rpc.ErrorInfo');
  });

  test('the texts of two of them are those that were seen', async () => {
    const { call, emulator } = await start();
    emulator.faults.add({ action: { kind: 'error', error: 'queriesPerMinute' } });
    expect((await call('GET', events)).body.error.message).toBe(
      "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service 'calendar-json.googleapis.com' for consumer 'project_number:123456789012'.",
    );
    emulator.faults.add({ action: { kind: 'error', error: 'insufficientPermissions' } });
    expect((await call('GET', events)).body.error.message).toBe('Request had insufficient authentication scopes.');
  });
});

test('chance hits the same calls for the same seed', async () => {
  const hits = async (seed: string): Promise<string> => {
    const { call, emulator } = await start({ seed });
    emulator.faults.add({ times: null, chance: 0.5, action: { kind: 'error', error: 'backendError' } });
    const statuses: number[] = [];
    for (let round = 0; round < 40; round += 1) statuses.push((await call('GET', events)).status);
    return statuses.join(' ');
  };
  const one = await hits('one');
  expect(await hits('one')).toBe(one);
  expect(await hits('two')).not.toBe(one);
  const share = one.split(' ').filter((status) => status === '500').length;
  expect(share).toBeGreaterThan(8);
  expect(share).toBeLessThan(32);
});

describe('usage limits', () => {
  const body = (guest: string) => anEvent({ attendees: [{ email: guest }] });

  test('guests of one’s own domain and events without guests go on when external invitations are used up', async () => {
    const { call, pass, emulator, refreshToken } = await start({ limits: { externalInvitationsPerDay: 1 } });
    const status = async (guest: string) => (await call('POST', events, { body: body(guest) })).status;
    expect(await status('eve@else.org')).toBe(200);
    expect(await status('dan@else.org')).toBe(403);
    expect(await status('bob@example.com')).toBe(200);
    expect((await call('POST', events, { body: anEvent() })).status).toBe(200);
    pass(86_400_000);
    const token = await accessToken(emulator, refreshToken);
    const later = await call('POST', events, { token, body: body('dan@else.org') });
    expect(later.status).toBe(200);
  });

  test('taking an answer back invites again and counts again; keeping it does not', async () => {
    const { call, emulator } = await start({ limits: { externalInvitationsPerDay: 1 } });
    await call('POST', events, { body: { ...body('eve@else.org'), id: 'lesson1' } });
    emulator.people.answer(email, 'lesson1', { email: 'eve@else.org', responseStatus: 'accepted' });
    const patch = (attendees: unknown) => call('PATCH', `${events}/lesson1`, { body: { attendees } });
    expect((await patch([{ email: 'eve@else.org', responseStatus: 'accepted' }])).status).toBe(200);
    expect((await patch([{ email: 'eve@else.org' }])).status).toBe(403);
    expect((await call('GET', `${events}/lesson1`)).body.attendees[0].responseStatus).toBe('accepted');
  });

  test('a burst on one calendar leaves the others alone and ends with the minute', async () => {
    const { call, pass } = await start({ limits: { writesPerMinutePerCalendar: 2 } });
    const { body: made } = await call('POST', 'calendars', { body: { summary: 'Room' } });
    const status = async (id: string) => (await call('POST', `calendars/${id}/events`, { body: anEvent() })).status;
    expect([await status(email), await status('primary'), await status(email)]).toEqual([200, 200, 403]);
    expect(await status(made.id)).toBe(200);
    expect((await call('GET', events)).status).toBe(200);
    pass(60_000);
    expect(await status(email)).toBe(200);
  });
});

describe('Retry-After', () => {
  test.each([
    ['seconds', '90'],
    ['date', new Date(startMs + 90_000).toUTCString()],
  ] as const)('goes out as %s where a fault says so, and not otherwise', async (as, header) => {
    const harness = await start();
    const action = { kind: 'error', error: 'tooManyRequests', retryAfter: { seconds: 90, as } } as const;
    harness.emulator.faults.add({ action });
    const refused = await harness.call('GET', events);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, header]);
    harness.emulator.faults.add({ action: { kind: 'error', error: 'tooManyRequests' } });
    expect((await harness.call('GET', events)).headers.get('retry-after')).toBeNull();
  });
});
