import nock from 'nock';
import { expect, test } from 'vitest';
import { whoAmI } from '../../src/google/oauth.ts';
import { aGoogle, errorBody, givenTokens, ROOT_URL, rejection, withoutNetwork } from './a-google.ts';

withoutNetwork();

const LIST_ENTRY = '/calendar/v3/users/me/calendarList/';
const CALENDARS = '/calendar/v3/calendars';
const NOT_FOUND = errorBody(404, 'notFound', 'Not Found');

test('a calendar on the list takes one call, and tells role and primary', async () => {
  givenTokens('t1');
  const entry = { id: 'c1', summary: 'Classes', timeZone: 'Europe/Copenhagen', accessRole: 'writer', etag: '"1"' };
  nock(ROOT_URL).get(`${LIST_ENTRY}c1`).reply(200, entry);
  const { google, calls } = aGoogle();
  expect(await google.getCalendar('c1')).toEqual({
    id: 'c1',
    summary: 'Classes',
    timeZone: 'Europe/Copenhagen',
    accessRole: 'writer',
    primary: false,
  });
  expect(calls).toHaveLength(1);
});

test('a calendar that is shared but on no list exists all the same, with its role', async () => {
  givenTokens('t1');
  nock(ROOT_URL).get(`${LIST_ENTRY}c1`).reply(404, NOT_FOUND);
  nock(ROOT_URL).get(`${CALENDARS}/c1`).reply(200, { id: 'c1', summary: 'Classes', timeZone: 'UTC' });
  nock(ROOT_URL)
    .get(`${CALENDARS}/c1/events`)
    .query({ maxResults: 1, fields: 'accessRole' })
    .reply(200, { accessRole: 'reader' });
  const calendar = await aGoogle().google.getCalendar('c1');
  expect(calendar).toEqual({ id: 'c1', summary: 'Classes', timeZone: 'UTC', accessRole: 'reader', primary: false });
});

test('a calendar is null only after two different reads said 404', async () => {
  givenTokens('t1');
  nock(ROOT_URL).get(`${LIST_ENTRY}c1`).reply(404, NOT_FOUND);
  nock(ROOT_URL).get(`${CALENDARS}/c1`).reply(404, NOT_FOUND);
  const { google, calls } = aGoogle();
  expect(await google.getCalendar('c1')).toBeNull();
  expect(calls.map(({ operation, result }) => [operation, result])).toEqual([
    ['calendarList.get', 'absent'],
    ['calendars.get', 'absent'],
  ]);
});

test('a failure in between is no absence', async () => {
  givenTokens('t1');
  nock(ROOT_URL).get(`${LIST_ENTRY}c1`).reply(404, NOT_FOUND);
  nock(ROOT_URL).get(`${CALENDARS}/c1`).reply(503);
  expect(await rejection(aGoogle().google.getCalendar('c1'))).toMatchObject({ kind: 'transient', status: 503 });
});

test('a new calendar belongs to who made it; an answer that is lost leaves it unknown whether there is one', async () => {
  givenTokens('t1');
  const { google } = aGoogle();
  const body = { summary: 'Classes', timeZone: 'Europe/Copenhagen' };
  nock(ROOT_URL)
    .post(CALENDARS, body)
    .reply(200, { id: 'c9', ...body });
  expect(await google.insertCalendar(body.summary, body.timeZone)).toEqual({
    id: 'c9',
    ...body,
    accessRole: 'owner',
    primary: false,
  });
  nock(ROOT_URL).post(CALENDARS, body).reply(503);
  expect(await rejection(google.insertCalendar(body.summary, body.timeZone))).toMatchObject({ outcomeUnknown: true });
});

test('the account is whoever owns the primary calendar', async () => {
  givenTokens('t1');
  const primary = { id: 'ada@example.com', summary: 'Ada', timeZone: 'UTC', accessRole: 'owner', primary: true };
  nock(ROOT_URL).get(`${LIST_ENTRY}primary`).reply(200, primary);
  const { google } = aGoogle();
  expect(await whoAmI(google)).toBe('ada@example.com');
  nock(ROOT_URL).get(`${LIST_ENTRY}primary`).reply(200, primary);
  expect(await google.getCalendar('primary')).toMatchObject({ primary: true });
});

test('an account without a calendar is said to have none', async () => {
  givenTokens('t1');
  nock(ROOT_URL).get(`${LIST_ENTRY}primary`).reply(404, NOT_FOUND);
  nock(ROOT_URL).get(`${CALENDARS}/primary`).reply(404, NOT_FOUND);
  expect(await rejection(whoAmI(aGoogle().google))).toMatchObject({ kind: 'unavailable' });
});
