import nock from 'nock';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { aGoogle, CALENDAR, EVENTS_PATH, givenTokens, ROOT_URL, rejection, withoutNetwork } from './a-google.ts';

withoutNetwork();
afterEach(() => void vi.unstubAllEnvs());

const WRITE = { calendar: CALENDAR, eventId: 'abcde', etag: '"1"', sendUpdates: 'none' } as const;

describe('listing', () => {
  const always = { maxResults: '2500', showDeleted: 'true', singleEvents: 'false' };

  test('a full listing asks for deleted events and masters in the largest pages', async () => {
    givenTokens('t1');
    nock(ROOT_URL)
      .get(EVENTS_PATH)
      .query(always)
      .reply(200, { items: [{ id: 'a1' }, { id: 'a2', status: 'cancelled' }], nextPageToken: 'p2', timeZone: 'UTC' });
    const page = await aGoogle().google.listEvents({ calendar: CALENDAR });
    expect(page).toEqual({
      items: [{ id: 'a1' }, { id: 'a2', status: 'cancelled' }],
      nextPageToken: 'p2',
      timeZone: 'UTC',
    });
  });

  test('an incremental listing differs from a full one by its tokens alone', async () => {
    givenTokens('t1');
    nock(ROOT_URL)
      .get(EVENTS_PATH)
      .query({ ...always, syncToken: 's1', pageToken: 'p2' })
      .reply(200, { items: [], nextSyncToken: 's2' });
    const page = await aGoogle().google.listEvents({ calendar: CALENDAR, syncToken: 's1', pageToken: 'p2' });
    expect(page).toEqual({ items: [], nextSyncToken: 's2' });
  });

  test('an empty page in the middle keeps its page token', async () => {
    givenTokens('t1');
    nock(ROOT_URL).get(EVENTS_PATH).query(true).reply(200, { nextPageToken: 'p3' });
    expect(await aGoogle().google.listEvents({ calendar: CALENDAR })).toEqual({ items: [], nextPageToken: 'p3' });
  });
});

describe('reading one event', () => {
  test('a deleted event is still read, as cancelled', async () => {
    givenTokens('t1');
    nock(ROOT_URL).get(`${EVENTS_PATH}/abcde`).reply(200, { id: 'abcde', status: 'cancelled' });
    expect(await aGoogle().google.getEvent(CALENDAR, 'abcde')).toEqual({ id: 'abcde', status: 'cancelled' });
  });

  test('an event that Google does not know is null', async () => {
    givenTokens('t1');
    nock(ROOT_URL)
      .get(`${EVENTS_PATH}/abcde`)
      .reply(404, { error: { code: 404, errors: [{ reason: 'notFound' }] } });
    const { google, calls } = aGoogle();
    expect(await google.getEvent(CALENDAR, 'abcde')).toBeNull();
    expect(calls.map((call) => call.result)).toEqual(['absent']);
  });
});

describe('writing', () => {
  test('a patch carries the etag it rests on, who is mailed, and the nulls that clear fields', async () => {
    givenTokens('t1');
    const body = {
      summary: null,
      start: { date: '2026-12-01', dateTime: null },
      extendedProperties: { private: { k: null } },
    };
    nock(ROOT_URL, { reqheaders: { 'if-match': '"1"', authorization: 'Bearer t1' } })
      .patch(`${EVENTS_PATH}/abcde`, (sent) => JSON.stringify(sent) === JSON.stringify(body))
      .query({ sendUpdates: 'none' })
      .reply(200, { id: 'abcde', etag: '"2"' });
    const written = await aGoogle().google.patchEvent({ ...WRITE, body });
    expect(written.etag).toBe('"2"');
  });

  test('an insert carries its own id', async () => {
    givenTokens('t1');
    nock(ROOT_URL)
      .post(EVENTS_PATH, { id: 'abcde', summary: 'Algebra' })
      .query({ sendUpdates: 'all' })
      .reply(200, { id: 'abcde', etag: '"1"', summary: 'Algebra' });
    const body = { id: 'abcde', summary: 'Algebra' };
    const written = await aGoogle().google.insertEvent({ calendar: CALENDAR, body, sendUpdates: 'all' });
    expect(written.summary).toBe('Algebra');
  });

  test('a move carries the etag, and its answer (which says cancelled) is given to nobody', async () => {
    givenTokens('t1');
    nock(ROOT_URL, { reqheaders: { 'if-match': '"1"' } })
      .post(`${EVENTS_PATH}/abcde/move`)
      .query({ destination: 'c2@group.calendar.google.com', sendUpdates: 'none' })
      .reply(200, { id: 'abcde', status: 'cancelled' });
    const moved = await aGoogle().google.moveEvent({ ...WRITE, destination: 'c2@group.calendar.google.com' });
    expect(moved).toBeUndefined();
  });

  test('a delete carries the etag; one that was deleted before is as good as done', async () => {
    givenTokens('t1');
    const remove = () =>
      nock(ROOT_URL, { reqheaders: { 'if-match': '"1"' } })
        .delete(`${EVENTS_PATH}/abcde`)
        .query(true);
    const { google } = aGoogle();
    remove().reply(204);
    await google.deleteEvent(WRITE);
    remove().reply(410, { error: { code: 410, errors: [{ reason: 'deleted' }] } });
    await google.deleteEvent(WRITE);
  });

  test.each(['', '*', ' * '])('a write whose etag is "%s" is refused before anything is sent', async (etag) => {
    const { google, spent } = aGoogle();
    const write = { ...WRITE, etag };
    for (const refused of [
      google.patchEvent({ ...write, body: { summary: 'x' } }),
      google.moveEvent({ ...write, destination: 'c2' }),
      google.deleteEvent(write),
    ]) {
      expect(await rejection(refused)).toMatchObject({ kind: 'invariant' });
    }
    expect(spent).toEqual([]);
  });

  test('an insert without id is refused before anything is sent', async () => {
    const { google, spent } = aGoogle();
    const refused = google.insertEvent({ calendar: CALENDAR, body: { id: '' }, sendUpdates: 'none' });
    expect(await rejection(refused)).toMatchObject({ kind: 'invariant' });
    expect(spent).toEqual([]);
  });
});

test('a patch spends 3 quota units, every other call 1, and all are reported', async () => {
  givenTokens('t1');
  nock(ROOT_URL).patch(`${EVENTS_PATH}/abcde`).query(true).reply(200, { id: 'abcde', etag: '"2"' });
  nock(ROOT_URL).delete(`${EVENTS_PATH}/abcde`).query(true).reply(204);
  nock(ROOT_URL).get(EVENTS_PATH).query(true).reply(200, { items: [] });
  const { google, spent, calls } = aGoogle();
  await google.patchEvent({ ...WRITE, body: {} });
  await google.deleteEvent(WRITE);
  await google.listEvents({ calendar: CALENDAR });
  expect(spent).toEqual([3, 1, 1].map((units) => ({ account: 'owner@example.com', units })));
  expect(calls.map(({ operation, units, result }) => [operation, units, result])).toEqual([
    ['events.patch', 3, 'done'],
    ['events.delete', 1, 'done'],
    ['events.list', 1, 'done'],
  ]);
});

test('the environment does not lead calls to another universe than the one configured', async () => {
  vi.stubEnv('GOOGLE_CLOUD_UNIVERSE_DOMAIN', 'universe.example.com');
  givenTokens('t1');
  nock(ROOT_URL).get(EVENTS_PATH).query(true).reply(200, { items: [] });
  expect(await aGoogle().google.listEvents({ calendar: CALENDAR })).toEqual({ items: [] });
});
