import { calendar } from '@googleapis/calendar';
import { OAuth2Client } from 'google-auth-library';
import { afterEach, describe, expect, test } from 'vitest';
import { createEmulator, type Emulator } from '../../src/emulator/index.ts';
import { accessToken, anEvent, email, start, tokenCall } from './harness.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function overHttp(secret?: string) {
  const emulator = createEmulator(secret === undefined ? {} : { secret });
  const listening = await emulator.listen();
  closing.push(listening.close);
  const control = async (method: string, path: string, body?: unknown, header = secret) => {
    const response = await fetch(`${listening.origin}/control/${path}`, {
      method,
      headers: header === undefined ? {} : { 'x-emulator-secret': header },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: a body is whatever the emulator sent
    return { status: response.status, body: (await response.json()) as any };
  };
  return { emulator, ...listening, control };
}

function clientOf(origin: string, refreshToken: string, secret: string) {
  const auth = new OAuth2Client({
    clientId: 'calsync',
    clientSecret: secret,
    endpoints: { oauth2TokenUrl: `${origin}/token` },
  });
  auth.setCredentials({ refresh_token: refreshToken });
  return calendar({ version: 'v3', auth, rootUrl: `${origin}/`, retry: false });
}

describe("Google's own client", () => {
  test('over HTTP it refreshes its token, writes, reads, patches with If-Match and deletes', async () => {
    const { origin, control } = await overHttp('s3cret');
    const { body: account } = await control('POST', 'accounts', { email, timeZone: 'Asia/Kolkata' });
    const { events } = clientOf(origin, account.refreshToken, 's3cret');
    const made = await events.insert({ calendarId: email, requestBody: { ...anEvent({ id: 'lesson1' }) } });
    const etag = made.data.etag ?? '';
    await events.patch(
      { calendarId: email, eventId: 'lesson1', requestBody: { location: 'Room 5' } },
      { headers: { 'If-Match': etag } },
    );
    const stale = events.patch(
      { calendarId: email, eventId: 'lesson1', requestBody: { location: 'Room 6' } },
      { headers: { 'If-Match': etag } },
    );
    await expect(stale).rejects.toMatchObject({ status: 412 });
    expect((await events.get({ calendarId: email, eventId: 'lesson1' })).data.location).toBe('Room 5');
    expect((await events.delete({ calendarId: email, eventId: 'lesson1' })).status).toBe(204);
    const { data } = await events.list({ calendarId: email, showDeleted: true });
    expect(data.items?.map(({ id, status }) => [id, status])).toEqual([['lesson1', 'cancelled']]);
  });

  test('in process it sees the same, with no port', async () => {
    const { client } = await start();
    await client.events.insert({ calendarId: 'primary', requestBody: anEvent({ id: 'lesson1' }) });
    const { data } = await client.events.list({ calendarId: 'primary', singleEvents: true });
    expect(data.items?.[0]?.id).toBe('lesson1');
    await expect(client.events.get({ calendarId: 'primary', eventId: 'never' })).rejects.toMatchObject({ status: 404 });
    const list = await client.calendarList.list({ minAccessRole: 'owner' });
    expect(list.data.items?.map(({ id, primary }) => [id, primary])).toEqual([[email, true]]);
  });
});

describe('faults over HTTP and in process', () => {
  test('a lost answer resets the connection, and what was asked is done', async () => {
    const { origin, control, emulator } = await overHttp();
    const { body: account } = await control('POST', 'accounts', { email });
    const { events } = clientOf(origin, account.refreshToken, 'any');
    await events.list({ calendarId: email });
    await control('POST', 'faults', {
      match: { operation: 'calendar.events.insert' },
      action: { kind: 'lose_answer' },
    });
    const lost = events.insert({ calendarId: email, requestBody: anEvent({ id: 'lesson1' }) });
    await expect(lost).rejects.toThrow();
    expect(emulator.administration.events(email).map(({ id }) => id)).toEqual(['lesson1']);
    expect(emulator.log().at(-1)).toMatchObject({ status: 0, faults: ['fault-1'] });
  });

  test('an answer that never comes ends with the caller’s signal, applied only when asked for', async () => {
    const { emulator, token } = await start();
    for (const apply of [false, true]) {
      emulator.faults.add({ match: { method: 'POST' }, action: { kind: 'never_answer', apply } });
      const abort = new AbortController();
      const asked = emulator.fetch('http://emulator.test/calendar/v3/calendars/primary/events', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify(anEvent()),
        signal: abort.signal,
      });
      setTimeout(() => abort.abort(new Error('enough')), 20);
      await expect(asked).rejects.toThrow('enough');
    }
    expect(emulator.administration.events(email)).toHaveLength(1);
  });

  test('a delay waits on the given sleep, and an error after the fact is applied', async () => {
    const slept: number[] = [];
    const { emulator, call } = await start({ sleep: async (delayMs) => void slept.push(delayMs) });
    emulator.faults.add({ action: { kind: 'delay', delayMs: 25_000 } });
    emulator.faults.add({ action: { kind: 'error_after', error: 'serviceUnavailable' } });
    expect((await call('POST', 'calendars/primary/events', { body: anEvent({ id: 'lesson1' }) })).status).toBe(503);
    expect(slept).toEqual([25_000]);
    expect((await call('GET', 'calendars/primary/events/lesson1')).status).toBe(200);
  });

  test('nth, times, method, path and account choose the calls; a rule used up does nothing more', async () => {
    const { emulator, call } = await start();
    const match = { method: 'GET', path: '/events$', account: email };
    emulator.faults.add({ match, nth: 2, times: 2, action: { kind: 'error', error: 'backendError' } });
    const statuses: number[] = [];
    for (let index = 0; index < 5; index += 1) statuses.push((await call('GET', 'calendars/primary/events')).status);
    expect(statuses).toEqual([200, 500, 500, 200, 200]);
    expect(emulator.faults.list()[0]).toMatchObject({ seen: 5, hits: 2 });
  });

  test('[P01] listings come empty, older, or without one item, and the next one is whole again', async () => {
    const { emulator, call } = await start();
    for (const id of ['first', 'second']) emulator.people.add(email, anEvent({ id: `${id}1` }) as never);
    emulator.people.edit(email, 'first1', { summary: 'Newer' });
    const listed = async () => {
      const { body } = await call('GET', 'calendars/primary/events');
      return body.items.map(({ id, summary }: { id: string; summary: string }) => `${id} ${summary}`);
    };
    emulator.faults.add({ action: { kind: 'empty_list' } });
    expect(await listed()).toEqual([]);
    emulator.faults.add({ action: { kind: 'stale_list', versions: 1 } });
    expect(await listed()).toEqual(['first1 Algebra', 'second1 Algebra']);
    emulator.faults.add({ action: { kind: 'stale_list', versions: 2 } });
    expect(await listed()).toEqual(['first1 Algebra']);
    emulator.faults.add({ action: { kind: 'hide_item', eventId: 'first1' } });
    expect(await listed()).toEqual(['second1 Algebra']);
    expect(await listed()).toEqual(['first1 Newer', 'second1 Algebra']);
  });

  test('an answer cut short is no JSON', async () => {
    const { emulator, token } = await start();
    emulator.faults.add({ action: { kind: 'truncate' } });
    const response = await emulator.fetch('http://emulator.test/calendar/v3/calendars/primary', {
      headers: { authorization: `Bearer ${token}` },
    });
    await expect(response.json()).rejects.toThrow(SyntaxError);
  });
});

describe('quota', () => {
  test('PATCH weighs three, the window slides, and quotaUser has a window of its own', async () => {
    const { call, pass } = await start({ limits: { unitsPerMinutePerUser: 5 } });
    const path = 'calendars/primary/events/lesson1';
    expect((await call('POST', 'calendars/primary/events', { body: anEvent({ id: 'lesson1' }) })).status).toBe(200);
    pass(30_000);
    expect((await call('PATCH', path, { body: { summary: 'A' } })).status).toBe(200);
    expect((await call('PATCH', path, { body: { summary: 'B' } })).status).toBe(403);
    expect((await call('GET', `${path}?quotaUser=other`)).status).toBe(200);
    expect((await call('GET', path)).status).toBe(200);
    expect((await call('GET', path)).status).toBe(403);
    pass(30_000);
    expect((await call('GET', path)).status).toBe(200);
    expect((await call('GET', path)).status).toBe(403);
  });

  test('the newer envelope names the limit and says PERMISSION_DENIED', async () => {
    const { call } = await start({ limits: { unitsPerMinutePerUser: 0 }, switches: { rateLimitEnvelope: 'newer' } });
    const { status, body } = await call('GET', 'calendars/primary');
    expect([status, body.error.status, body.error.errors[0].reason]).toEqual([
      403,
      'PERMISSION_DENIED',
      'rateLimitExceeded',
    ]);
    expect(body.error.details[0].metadata.quota_limit_value).toBe('0');
  });
});

describe('the token endpoint', () => {
  const verifier = 'a-verifier-of-at-least-forty-three-characters-long';
  // SHA-256 of the verifier, base64url: openssl dgst -sha256 -binary | basenc --base64url
  const codeChallenge = 'IVwqw-RbcfSCohPiwFj5_rcK5SITNl8PHeuEfqi9ouM';

  async function consenting(): Promise<{ emulator: Emulator; code: string }> {
    const { emulator } = await start();
    const redirectUri = 'http://127.0.0.1/callback';
    return { emulator, code: emulator.administration.issueCode({ email, redirectUri, codeChallenge }) };
  }

  test('a code is good once, for its redirect and its verifier', async () => {
    const { emulator, code } = await consenting();
    const form = { grant_type: 'authorization_code', code, redirect_uri: 'http://127.0.0.1/callback' };
    expect((await tokenCall(emulator, { ...form, code_verifier: 'wrong' })).body.error).toBe('invalid_grant');
    const other = await tokenCall(emulator, {
      ...form,
      redirect_uri: 'http://127.0.0.1/other',
      code_verifier: verifier,
    });
    expect(other.body.error).toBe('redirect_uri_mismatch');
    const granted = await tokenCall(emulator, { ...form, code_verifier: verifier });
    expect(granted.body).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) });
    expect(await accessToken(emulator, granted.body.refresh_token)).toMatch(/^ya29\./);
    const again = await tokenCall(emulator, { ...form, code_verifier: verifier });
    expect([again.status, again.body]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'Code was already redeemed.' },
    ]);
  });

  test('a wrong client secret is invalid_client', async () => {
    const { emulator, refreshToken } = await start({ secret: 's3cret' });
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'x', client_secret: 'wrong' };
    const { status, body } = await tokenCall(emulator, form);
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  test('expired access tokens are refused while the refresh token goes on; revoked consent ends both', async () => {
    const { emulator, call, refreshToken } = await start();
    expect(emulator.administration.expireAccessTokens(email)).toBe(1);
    expect((await call('GET', 'calendars/primary')).status).toBe(401);
    const token = await accessToken(emulator, refreshToken);
    expect((await call('GET', 'calendars/primary', { token })).status).toBe(200);
    emulator.administration.revokeConsent(email);
    expect((await call('GET', 'calendars/primary', { token })).status).toBe(401);
    expect(await accessToken(emulator, refreshToken)).toBeUndefined();
  });
});

describe('the control door', () => {
  test('is shut without the secret', async () => {
    const { control } = await overHttp('s3cret');
    expect((await control('GET', 'accounts', undefined, 'wrong!')).status).toBe(403);
    expect((await control('GET', 'accounts')).status).toBe(200);
  });

  test('says what is wrong with a body and where', async () => {
    const { control } = await overHttp();
    const unknown = await control('PATCH', 'switches', { undelete: 'maybe', colour: 1 });
    expect(unknown.status).toBe(400);
    expect(unknown.body.error).toMatch(/undelete/);
    expect(unknown.body.error).toMatch(/colour/);
    expect((await control('POST', 'people/remove', { calendarId: 'x', eventId: 'y' })).status).toBe(404);
    expect((await control('GET', 'nonsense')).status).toBe(404);
  });

  test('does what the methods do: people, limits, log, outbox, expansion', async () => {
    const { origin, control } = await overHttp();
    const { body: account } = await control('POST', 'accounts', { email });
    const room = { owner: email, id: 'room@group.calendar.google.com', summary: 'Room' };
    await control('POST', 'calendars', room);
    await control('PATCH', 'limits', { unitsPerMinutePerUser: null });
    expect((await control('GET', 'limits')).body.unitsPerMinutePerUser).toBeNull();
    const { events } = clientOf(origin, account.refreshToken, 'any');
    const requestBody = anEvent({
      id: 'lesson1',
      attendees: [{ email: 'bob@example.com' }, { email: 'eve@else.org' }],
    });
    await events.insert({ calendarId: room.id, sendUpdates: 'externalOnly', requestBody });
    await control('POST', 'people/edit', { calendarId: room.id, eventId: 'lesson1', fields: { summary: 'Geometry' } });
    const { entries } = (await control('GET', 'log')).body;
    expect(entries.map((entry: { operation: string }) => entry.operation)).toEqual([
      'oauth2.token',
      'calendar.events.insert',
      'people.edit',
    ]);
    expect(entries[1]).toMatchObject({
      actor: 'client',
      account: email,
      status: 200,
      units: 1,
      sendUpdates: 'externalOnly',
    });
    expect(entries[2]).toMatchObject({
      actor: 'person',
      changes: [{ kind: 'update', fields: { summary: { before: 'Algebra', after: 'Geometry' } } }],
    });
    expect((await control('GET', `log?since=${entries[1].seq}`)).body.entries).toHaveLength(1);
    expect((await control('GET', 'outbox')).body.mailings).toMatchObject([
      { eventId: 'lesson1', method: 'insert', guests: ['eve@else.org'] },
    ]);
    expect((await control('GET', `expand?calendarId=${room.id}`)).body.count).toBe(1);
    expect((await control('GET', `events?calendarId=${room.id}`)).body.events[0].summary).toBe('Geometry');
  });
});

describe('the control door for what came later', () => {
  test('service accounts, splits, locks, channels, forgeries and oracles answer as the methods do', async () => {
    const { control, emulator } = await overHttp('s3cret');
    await control('POST', 'accounts', { email });
    const robot = await control('POST', 'service-accounts', { email: 'robot@example.com', delegatedScopes: ['x'] });
    expect(robot.body).toEqual({ email: 'robot@example.com', delegatedScopes: ['x'] });
    const recurrence = ['RRULE:FREQ=WEEKLY;COUNT=3'];
    await control('POST', 'people/add', { calendarId: email, event: anEvent({ id: 'series', recurrence }) });
    const originalStart = '2026-09-14T08:00:00Z';
    const split = await control('POST', 'people/split-series', { calendarId: email, eventId: 'series', originalStart });
    expect(split.body.id).toBe('series_R20260914T080000');
    const locked = await control('POST', 'people/lock', { calendarId: email, eventId: 'series', locked: true });
    expect(locked.body.locked).toBe(true);
    const address = 'http://127.0.0.1:9/nobody';
    await control('PATCH', 'limits', { pushAttempts: 1 });
    expect((await control('POST', 'push/forge', { channelId: 'nobody', address })).status).toBe(200);
    await emulator.push.settled();
    const { body } = await control('GET', 'push/messages');
    expect(body.messages).toMatchObject([{ channelId: 'nobody', forged: true, outcome: 'dropped', status: 0 }]);
    expect((await control('GET', 'push/channels')).body.channels).toEqual([]);
    const verdicts = await control('POST', 'oracles', { key: 'appKey', owned: ['summary'] });
    expect(Object.keys(verdicts.body).sort()).toEqual([
      'answersChanged',
      'doubledMarks',
      'foreignWritten',
      'guestsMailed',
      'unownedFieldsWritten',
      'writesWithoutIfMatch',
    ]);
    for (const found of Object.values(verdicts.body)) expect(found).toEqual([]);
  });

  test('the page is served at / over HTTP', async () => {
    const { origin, control } = await overHttp();
    await control('POST', 'accounts', { email });
    const response = await fetch(`${origin}/`);
    expect([response.status, (await response.text()).includes(email)]).toEqual([200, true]);
  });
});

describe('people', () => {
  test('copy with marks and without, strip marks, restore, move', async () => {
    const { emulator } = await start();
    const { people, administration } = emulator;
    const { id: room } = administration.createCalendar({ owner: email, summary: 'Room' });
    const marks = { private: { key: 'a' } };
    people.add(email, anEvent({ id: 'lesson1', extendedProperties: marks }) as never);
    expect(people.copy(email, 'lesson1', true)).toMatchObject({ summary: 'Algebra', extendedProperties: marks });
    expect(people.copy(email, 'lesson1', false).extendedProperties).toBeUndefined();
    expect(people.stripMarks(email, 'lesson1').extendedProperties).toBeUndefined();
    administration.setSwitches({ undelete: 'forbidden' });
    expect(people.remove(email, 'lesson1').status).toBe('cancelled');
    expect(people.restore(email, 'lesson1').status).toBe('confirmed');
    expect(people.move(email, 'lesson1', String(room))).toMatchObject({
      status: 'confirmed',
      organizer: { email: room },
    });
    expect(administration.expand(email).count).toBe(2);
  });
});

describe('seeds', () => {
  const seed = {
    accounts: [{ email, timeZone: 'Europe/Berlin', refreshToken: '1//known' }],
    calendars: [{ owner: email, id: 'room@group.calendar.google.com', roles: { 'bob@example.com': 'reader' } }],
    events: [{ calendar: 'room@group.calendar.google.com', ...anEvent({ id: 'lesson1' }) }],
  };

  test('the same seed twice makes everything once', async () => {
    const emulator = createEmulator();
    emulator.loadSeed(seed);
    expect(emulator.loadSeed(seed)).toEqual({ accounts: 1, calendars: 1, events: 1 });
    expect(emulator.administration.expand('room@group.calendar.google.com').count).toBe(1);
    expect(await accessToken(emulator, '1//known')).toMatch(/^ya29\./);
  });

  test('every problem is named with its place, and problems of form stop before anything is made', () => {
    const emulator = createEmulator();
    const bad = { accounts: [{ email: 'nobody' }], calendars: [{ owner: email, colour: 1 }] };
    expect(() => emulator.loadSeed(bad)).toThrow(/accounts\[0\]\.email.*\n.*calendars\[0\]/);
    expect(emulator.administration.accounts()).toEqual([]);
    expect(() => emulator.loadSeed({ ...seed, events: [{ calendar: email, summary: 'No time' }] })).toThrow(
      /events\[0\]: Missing start time/,
    );
  });
});

test('the same seed and clock give the same ids, another seed gives others', async () => {
  const idOf = async (seed: string) => {
    const { call } = await start({ seed });
    return (await call('POST', 'calendars/primary/events', { body: anEvent() })).body.id;
  };
  expect(await idOf('one')).toBe(await idOf('one'));
  expect(await idOf('one')).not.toBe(await idOf('two'));
});
