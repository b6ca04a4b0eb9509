import { inspect } from 'node:util';
import nock from 'nock';
import { describe, expect, test } from 'vitest';
import type { Grant } from '../../src/google/oauth.ts';
import {
  aGoogle,
  CALENDAR,
  CLIENT_SECRET,
  EVENTS_PATH,
  errorBody,
  givenTokens,
  REFRESH_TOKEN,
  ROOT_URL,
  rejection,
  TOKEN_URL,
  withoutNetwork,
} from './a-google.ts';

withoutNetwork();

const AUTH_ERROR = errorBody(401, 'authError', 'Invalid Credentials');

/** Google knows these inserted events; every insert is answered by the bearer token it comes with. */
function eventsBehind(good: () => string, inserted: Map<string, unknown>): void {
  nock(ROOT_URL)
    .persist()
    .post(EVENTS_PATH)
    .query(true)
    .reply(async (request: Request) => {
      if (request.headers.get('authorization') !== `Bearer ${good()}`) return [401, AUTH_ERROR];
      const event = (await request.json()) as { id: string };
      inserted.set(event.id, event);
      return [200, { ...event, etag: `"${event.id}"` }];
    });
}

function anInsert(id: string) {
  return { calendar: CALENDAR, body: { id, summary: 'Algebra' }, sendUpdates: 'none' } as const;
}

describe('a batch of writes', () => {
  test('[S01A] a token that dies in the middle is refreshed once for all, and every event is confirmed once', async () => {
    const inserted = new Map<string, unknown>();
    let good = 'first';
    eventsBehind(() => good, inserted);
    givenTokens('first', 'second');
    const { google, spent, calls } = aGoogle();
    await google.insertEvent(anInsert('e0000'));
    good = 'second';
    const ids = ['e0001', 'e0002', 'e0003', 'e0004', 'e0005', 'e0006', 'e0007', 'e0008'];
    const written = await Promise.all(ids.map((id) => google.insertEvent(anInsert(id))));
    nock.cleanAll();
    expect(written.map((event) => event.id)).toEqual(ids);
    expect([...inserted.keys()].sort()).toEqual(['e0000', ...ids]);
    // Each of the eight was refused once: both tries cost quota, the refresh does not.
    expect(spent).toHaveLength(1 + 2 * ids.length);
    expect(calls.filter((call) => call.result === 'unauthorized')).toHaveLength(ids.length);
  });

  test('[S01A] calls that wait for the first token share one refresh', async () => {
    const inserted = new Map<string, unknown>();
    eventsBehind(() => 'only', inserted);
    givenTokens('only');
    const { google } = aGoogle();
    await Promise.all(['e0001', 'e0002', 'e0003'].map((id) => google.insertEvent(anInsert(id))));
    nock.cleanAll();
    expect(inserted.size).toBe(3);
  });

  test('[S01A] when the refresh fails too, every call fails and no event id comes back', async () => {
    givenTokens('first');
    nock('https://oauth2.googleapis.com').post('/token').reply(400, { error: 'invalid_grant' });
    const inserted = new Map<string, unknown>();
    eventsBehind(() => 'none is good', inserted);
    const { google } = aGoogle();
    const results = await Promise.allSettled(['e0001', 'e0002'].map((id) => google.insertEvent(anInsert(id))));
    nock.cleanAll();
    expect(inserted.size).toBe(0);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { kind: 'unauthorized', reason: 'invalid_grant' } });
    }
  });
});

describe('expiry by the clock', () => {
  function givenListing(token: string): void {
    nock(ROOT_URL, { reqheaders: { authorization: `Bearer ${token}` } })
      .get(EVENTS_PATH)
      .query(true)
      .reply(200, { items: [] });
  }

  test('a token is used until a minute before its end, then replaced', async () => {
    givenTokens('first');
    const { google, clock } = aGoogle();
    givenListing('first');
    await google.listEvents({ calendar: CALENDAR });
    await clock.advance(3_539_999);
    givenListing('first');
    await google.listEvents({ calendar: CALENDAR });
    await clock.advance(1);
    givenTokens('second');
    givenListing('second');
    await google.listEvents({ calendar: CALENDAR });
  });

  test('a token that lives for 30 s is not replaced at every call', async () => {
    nock('https://oauth2.googleapis.com').post('/token').reply(200, { access_token: 'short', expires_in: 30 });
    const { google } = aGoogle();
    givenListing('short');
    givenListing('short');
    await google.listEvents({ calendar: CALENDAR });
    await google.listEvents({ calendar: CALENDAR });
  });

  test('the refresh is asked for in the form of RFC 6749, and told of before the token is used', async () => {
    const grants: Grant[] = [];
    nock('https://oauth2.googleapis.com')
      .post('/token', {
        grant_type: 'refresh_token',
        refresh_token: REFRESH_TOKEN,
        client_id: 'client',
        client_secret: CLIENT_SECRET,
      })
      .reply(200, { access_token: 'first', expires_in: 3600, refresh_token: 'rotated', scope: 'a b' });
    nock(ROOT_URL)
      .get(EVENTS_PATH)
      .query(true)
      .reply(() => [grants.length === 1 ? 200 : 500, { items: [] }]);
    const { google, clock } = aGoogle({ onTokenRefreshed: (grant) => void grants.push(grant) });
    await google.listEvents({ calendar: CALENDAR });
    expect(grants).toMatchObject([
      { refreshToken: 'rotated', expiresAtMs: clock.now() + 3_600_000, scopes: ['a', 'b'] },
    ]);

    await clock.advance(3_600_000);
    nock('https://oauth2.googleapis.com')
      .post('/token', (form) => form.refresh_token === 'rotated')
      .reply(200, { access_token: 'second', expires_in: 3600 });
    givenListing('second');
    await google.listEvents({ calendar: CALENDAR });
  });
});

describe('a 401', () => {
  test('that comes again with the new token is unauthorized, after exactly two requests', async () => {
    givenTokens('first', 'second');
    nock(ROOT_URL).get(EVENTS_PATH).query(true).times(2).reply(401, AUTH_ERROR);
    const { google, calls } = aGoogle();
    const error = await rejection(google.listEvents({ calendar: CALENDAR }));
    expect(error).toMatchObject({ kind: 'unauthorized', status: 401, reason: 'authError' });
    expect(calls).toHaveLength(2);
  });

  test.each([
    [400, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }, 'unauthorized'],
    [400, { error: 'admin_policy_enforced' }, 'unauthorized'],
    [401, { error: 'invalid_client' }, 'usage'],
    [400, { error: 'invalid_request' }, 'invariant'],
    [403, { error: 'rate_limit_exceeded' }, 'transient'],
    [429, '', 'transient'],
    [503, '<html>Service Unavailable</html>', 'transient'],
    [200, '{"access_token":"tru', 'transient'],
    [200, { access_token: 'without lifetime' }, 'transient'],
    [302, '', 'transient'],
  ])('whose refresh is answered %i %j is %s', async (status, body, kind) => {
    nock('https://oauth2.googleapis.com').post('/token').reply(status, body);
    const error = await rejection(aGoogle().google.insertEvent(anInsert('e0001')));
    expect(error).toMatchObject({ kind, outcomeUnknown: false });
  });

  test('a refresh that failed for a passing reason is tried again by the next call', async () => {
    nock('https://oauth2.googleapis.com').post('/token').reply(503);
    const { google } = aGoogle();
    expect(await rejection(google.listEvents({ calendar: CALENDAR }))).toMatchObject({ kind: 'transient' });
    givenTokens('good');
    nock(ROOT_URL).get(EVENTS_PATH).query(true).reply(200, { items: [] });
    expect(await google.listEvents({ calendar: CALENDAR })).toEqual({ items: [] });
  });

  test('a refresh that is never answered ends at its time-out', async () => {
    const { google, clock } = aGoogle({ fetchImplementation: () => new Promise(() => undefined) });
    const failed = rejection(google.listEvents({ calendar: CALENDAR }));
    await clock.advance(10_000);
    expect(await failed).toMatchObject({ kind: 'transient', reason: 'timeout' });
  });
});

test('neither tokens, client secret nor event text stand anywhere in an error', async () => {
  const everything = (thrown: unknown): string => inspect(thrown, { depth: 20, showHidden: true, getters: true });
  const secrets = [REFRESH_TOKEN, CLIENT_SECRET, 'access-token-nobody-may-see', 'Algebra', 'quoted by Google'];
  const errors: unknown[] = [];

  nock(new URL(TOKEN_URL).origin)
    .post('/token')
    .reply(400, { error: 'invalid_grant', error_description: `quoted by Google: ${REFRESH_TOKEN}` });
  errors.push(await rejection(aGoogle().google.insertEvent(anInsert('e0001'))));
  nock(new URL(TOKEN_URL).origin).post('/token').replyWithError(`quoted by Google ${REFRESH_TOKEN}`);
  errors.push(await rejection(aGoogle().google.insertEvent(anInsert('e0001'))));

  givenTokens('access-token-nobody-may-see');
  const { google } = aGoogle();
  nock(ROOT_URL)
    .post(EVENTS_PATH)
    .query(true)
    .reply(400, errorBody(400, 'invalid', 'quoted by Google: Algebra'));
  errors.push(await rejection(google.insertEvent(anInsert('e0001'))));
  nock(ROOT_URL).post(EVENTS_PATH).query(true).reply(403, errorBody(403, 'Algebra quoted by Google'));
  errors.push(await rejection(google.insertEvent(anInsert('e0001'))));
  nock(ROOT_URL).post(EVENTS_PATH).query(true).reply(200, '{"summary":"Algebra');
  errors.push(await rejection(google.insertEvent(anInsert('e0001'))));
  nock(ROOT_URL).post(EVENTS_PATH).query(true).replyWithError('quoted by Google: Algebra');
  errors.push(await rejection(google.insertEvent(anInsert('e0001'))));

  expect(errors).toHaveLength(6);
  for (const error of errors) {
    expect(error).toHaveProperty('name', 'CalsyncError');
    for (const secret of secrets) expect(everything(error)).not.toContain(secret);
  }
});
