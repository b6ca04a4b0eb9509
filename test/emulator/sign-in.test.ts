import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { JWT } from 'google-auth-library';
import { describe, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/index.ts';
import { accessToken, anEvent, email, type Harness, start, tokenCall } from './harness.ts';

const scope = 'https://www.googleapis.com/auth/calendar';
const redirect = 'http://127.0.0.1:8080/callback';
const verifier = 'a-verifier-of-at-least-forty-three-characters-long';
const challenge = createHash('sha256').update(verifier).digest('base64url');
const dayMs = 86_400_000;

const request = (fields: Record<string, string | undefined> = {}): string => {
  const all = { client_id: 'calsync', redirect_uri: redirect, response_type: 'code', scope, state: 'xyz', ...fields };
  return new URLSearchParams(
    Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined),
  ).toString();
};

const visit = async ({ emulator }: Harness, query: string) =>
  emulator.fetch(`http://emulator.test/o/oauth2/v2/auth?${query}`, { redirect: 'manual' });

const submit = async ({ emulator }: Harness, form: [string, string][]) =>
  emulator.fetch('http://emulator.test/o/oauth2/v2/auth', {
    method: 'POST',
    body: new URLSearchParams(form),
    redirect: 'manual',
  });

const sentBackWith = (response: Response) => new URL(response.headers.get('location') ?? 'none:').searchParams;

/** Consents without a page and redeems the code. */
async function consent(
  harness: Harness,
  fields: Record<string, string | undefined> = {},
  exchange: Record<string, string> = {},
) {
  harness.emulator.administration.setSwitches({ consent: 'automatic' });
  const code = sentBackWith(await visit(harness, request(fields))).get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirect, client_id: 'calsync', ...exchange };
  return tokenCall(harness.emulator, form);
}

const refresh = ({ emulator }: Harness, token: string) =>
  tokenCall(emulator, { grant_type: 'refresh_token', refresh_token: token, client_id: 'calsync' });

describe('the consent page', () => {
  test('shows the client, the scopes and the accounts, and escapes what the request put in', async () => {
    const harness = await start();
    const response = await visit(harness, request({ client_id: '<script>alert(1)</script>' }));
    const page = await response.text();
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8']);
    expect(page).toContain(`<option value="${email}" selected>`);
    expect(page).toContain(`value="${scope}" checked`);
    expect(page).not.toContain('<script>');
  });

  test('allowing goes back with a code, the scopes and the state; the code works with its verifier', async () => {
    const harness = await start();
    const query = request({ access_type: 'offline', code_challenge: challenge, code_challenge_method: 'S256' });
    const response = await submit(harness, [
      ['request', query],
      ['email', email],
      ['scope', scope],
      ['decision', 'allow'],
    ]);
    const back = sentBackWith(response);
    expect([response.status, back.get('state'), back.get('scope')]).toEqual([302, 'xyz', scope]);
    const form = { grant_type: 'authorization_code', code: back.get('code') ?? '', redirect_uri: redirect };
    expect((await tokenCall(harness.emulator, form)).body.error).toBe('invalid_grant');
    const granted = await tokenCall(harness.emulator, { ...form, code_verifier: verifier });
    expect(granted.body).toMatchObject({
      scope,
      token_type: 'Bearer',
      expires_in: 3599,
      refresh_token: expect.any(String),
    });
    expect((await harness.call('GET', 'calendars/primary', { token: granted.body.access_token })).status).toBe(200);
  });

  test('unticked scopes are not granted, and the answer says which are', async () => {
    const harness = await start();
    const narrow = `${scope}.events.readonly`;
    const response = await submit(harness, [
      ['request', request({ scope: `${narrow} ${scope}` })],
      ['email', email],
      ['scope', narrow],
      ['decision', 'allow'],
    ]);
    const form = {
      grant_type: 'authorization_code',
      code: sentBackWith(response).get('code') ?? '',
      redirect_uri: redirect,
    };
    const { body } = await tokenCall(harness.emulator, form);
    expect(body.scope).toBe(narrow);
    const token = body.access_token;
    expect((await harness.call('GET', 'calendars/primary/events', { token })).status).toBe(200);
    expect((await harness.call('POST', 'calendars/primary/events', { token, body: anEvent() })).status).toBe(403);
  });

  test('a scope that was not asked for is not granted, whatever the form says', async () => {
    const harness = await start();
    const response = await submit(harness, [
      ['request', request({ scope: `${scope}.events.readonly` })],
      ['email', email],
      ['scope', `${scope}.events.readonly`],
      ['scope', scope],
      ['decision', 'allow'],
    ]);
    expect(sentBackWith(response).get('scope')).toBe(`${scope}.events.readonly`);
  });

  test('cancelling, and allowing nothing, go back with access_denied', async () => {
    const harness = await start();
    const denied = await submit(harness, [
      ['request', request()],
      ['email', email],
      ['scope', scope],
      ['decision', 'deny'],
    ]);
    const nothing = await submit(harness, [
      ['request', request()],
      ['email', email],
      ['decision', 'allow'],
    ]);
    expect([sentBackWith(denied).get('error'), sentBackWith(denied).get('state')]).toEqual(['access_denied', 'xyz']);
    expect(sentBackWith(nothing).get('error')).toBe('access_denied');
  });

  test('by switch it consents at once, as the login hint or the first account', async () => {
    const harness = await start({ switches: { consent: 'automatic' } });
    harness.emulator.administration.createAccount({ email: 'bob@example.com' });
    const whose = async (fields: Record<string, string>) => {
      const { body } = await consent(harness, { scope: `${scope} openid email`, ...fields });
      const info = await harness.emulator.fetch('http://emulator.test/oauth2/v3/userinfo', {
        headers: { authorization: `Bearer ${body.access_token}` },
      });
      return ((await info.json()) as { email: string }).email;
    };
    expect(await whose({})).toBe(email);
    expect(await whose({ login_hint: 'Bob@example.com' })).toBe('bob@example.com');
  });

  test.each([
    ['no client', { client_id: undefined }],
    ['no redirect', { redirect_uri: undefined }],
    ['a redirect that is no web address', { redirect_uri: 'javascript:alert(1)' }],
    ['a redirect with a fragment', { redirect_uri: `${redirect}#x` }],
    ['another response type', { response_type: 'token' }],
    ['no scope', { scope: undefined }],
    ['an unknown challenge method', { code_challenge: 'x', code_challenge_method: 'S512' }],
  ])('a request with %s is told so and never redirected', async (_, fields) => {
    const response = await visit(await start({ switches: { consent: 'automatic' } }), request(fields));
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
  });
});

describe('refresh tokens', () => {
  test('come with the first offline consent of a client, and again only with prompt=consent', async () => {
    const harness = await start();
    const offline = { access_type: 'offline' };
    expect((await consent(harness)).body.refresh_token).toBeUndefined();
    expect((await consent(harness, offline)).body.refresh_token).toEqual(expect.any(String));
    expect((await consent(harness, offline)).body.refresh_token).toBeUndefined();
    expect((await consent(harness, { ...offline, prompt: 'consent' })).body.refresh_token).toEqual(expect.any(String));
  });

  test('the 101st of a client ends the oldest in silence', async () => {
    const harness = await start();
    const tokens: string[] = [];
    for (let round = 0; round < 101; round += 1) {
      tokens.push((await consent(harness, { access_type: 'offline', prompt: 'consent' })).body.refresh_token);
    }
    expect((await refresh(harness, tokens[0] ?? '')).body.error).toBe('invalid_grant');
    expect((await refresh(harness, tokens[1] ?? '')).status).toBe(200);
    expect((await refresh(harness, tokens[100] ?? '')).status).toBe(200);
  });

  test('end after the days of a consent screen in testing, and unused after half a year', async () => {
    const testing = await start({ limits: { refreshTokenDays: 7 } });
    testing.pass(6 * dayMs);
    expect((await refresh(testing, testing.refreshToken)).status).toBe(200);
    testing.pass(dayMs);
    expect((await refresh(testing, testing.refreshToken)).body.error).toBe('invalid_grant');
    const idle = await start();
    idle.pass(182 * dayMs);
    expect((await refresh(idle, idle.refreshToken)).status).toBe(200);
    idle.pass(182 * dayMs);
    expect((await refresh(idle, idle.refreshToken)).status).toBe(200);
    idle.pass(183 * dayMs);
    expect((await refresh(idle, idle.refreshToken)).status).toBe(400);
  });

  test('revoking by the client ends refresh and access tokens; a second time is refused', async () => {
    const harness = await start();
    const revoke = () =>
      harness.emulator.fetch('http://emulator.test/revoke', {
        method: 'POST',
        body: new URLSearchParams({ token: harness.refreshToken }),
      });
    expect((await revoke()).status).toBe(200);
    expect((await harness.call('GET', 'calendars/primary')).status).toBe(401);
    expect((await refresh(harness, harness.refreshToken)).body.error).toBe('invalid_grant');
    expect((await revoke()).status).toBe(400);
  });

  test('a code of one client is not redeemed by another', async () => {
    const { status, body } = await consent(await start(), {}, { client_id: 'somebody-else' });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });
});

describe('granular scopes', () => {
  async function withScopes(scopes: string[], options: EmulatorOptions = {}) {
    const harness = await start(options);
    const { body } = await consent(harness, { scope: scopes.map((name) => `${scope}.${name}`).join(' ') });
    const { emulator } = harness;
    emulator.administration.createAccount({ email: 'bob@example.com' });
    emulator.administration.share('bob@example.com', email, 'writer');
    emulator.people.add('bob@example.com', anEvent({ id: 'lesson1' }) as never);
    const token: string = body.access_token;
    const status = async (method: string, path: string, given?: unknown) =>
      (await harness.call(method, path, { token, ...(given === undefined ? {} : { body: given }) })).status;
    return { ...harness, token, status };
  }
  const bobs = 'calendars/bob%40example.com/events';

  test('app.created reaches the calendars that the client made, and no other', async () => {
    const granted = await withScopes(['app.created']);
    const { call, token, status, emulator } = granted;
    const { body } = await call('POST', 'calendars', { token, body: { summary: 'Made by the client' } });
    const other = String(emulator.administration.createCalendar({ owner: email, summary: 'Made by hand' }).id);
    expect(await status('POST', `calendars/${body.id}/events`, anEvent({ id: 'lesson1' }))).toBe(200);
    expect(await status('GET', `calendars/${other}/events`)).toBe(403);
    expect(await status('DELETE', `calendars/${other}`)).toBe(403);
    expect(await status('GET', 'users/me/calendarList')).toBe(403);
    expect(await status('POST', `calendars/${body.id}/events/lesson1/move?destination=primary`)).toBe(403);
    const stranger = await consent(
      granted,
      { scope: `${scope}.app.created`, client_id: 'another-client' },
      { client_id: 'another-client' },
    );
    const asStranger = await call('GET', `calendars/${body.id}/events`, { token: stranger.body.access_token });
    expect(asStranger.status).toBe(403);
    expect(await status('DELETE', `calendars/${body.id}`)).toBe(204);
  });

  test('events.owned reaches owned calendars and not those shared by others', async () => {
    const { status } = await withScopes(['events.owned']);
    expect(await status('POST', 'calendars/primary/events', anEvent())).toBe(200);
    expect(await status('GET', bobs)).toBe(403);
  });

  test('events.freebusy shows times alone', async () => {
    const { call, token, status } = await withScopes(['events.freebusy']);
    await call('POST', 'calendars/primary/events', { body: anEvent({ id: 'lesson1' }) });
    const { body } = await call('GET', 'calendars/primary/events', { token });
    expect(body.items).toHaveLength(1);
    expect(body.items[0].summary).toBeUndefined();
    expect(await status('POST', 'calendars/primary/events', anEvent())).toBe(403);
  });

  test('events.public.readonly reaches public calendars alone', async () => {
    const { emulator, status } = await withScopes(['events.public.readonly']);
    expect(await status('GET', bobs)).toBe(403);
    emulator.administration.share('bob@example.com', 'default', 'reader', false);
    expect(await status('GET', bobs)).toBe(200);
  });

  test('the read-only scope reads events and calendars but not the rules of access', async () => {
    const { status } = await withScopes(['readonly']);
    expect(await status('GET', 'calendars/primary/events')).toBe(200);
    expect(await status('GET', 'calendars/primary/acl')).toBe(403);
  });
});

function newKeys() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

describe('service accounts', () => {
  const robot = 'robot@project.iam.gserviceaccount.com';
  const { privateKey, publicKey } = newKeys();

  function assertion(harness: Harness, claims: Record<string, unknown> = {}, key = privateKey): string {
    const nowSeconds = harness.now() / 1000;
    const times = { iat: nowSeconds, exp: nowSeconds + 3600 };
    const all = { iss: robot, scope, aud: 'https://oauth2.googleapis.com/token', ...times, ...claims };
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(all)}`;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
  }

  const exchange = ({ emulator }: Harness, text: string) =>
    tokenCall(emulator, { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: text });

  async function withRobot(delegatedScopes: string[] = [], options: EmulatorOptions = {}) {
    const harness = await start(options);
    harness.emulator.administration.createServiceAccount({ email: robot, publicKey, delegatedScopes });
    return harness;
  }

  test('a signed assertion gives an access token for its own calendar, and no refresh token', async () => {
    const harness = await withRobot();
    const { body } = await exchange(harness, assertion(harness));
    expect([body.token_type, body.refresh_token]).toEqual(['Bearer', undefined]);
    const own = await harness.call('GET', 'calendars/primary', { token: body.access_token });
    expect(own.body.id).toBe(robot);
  });

  test('Google’s own library signs what the emulator takes', async () => {
    const harness = await withRobot([], { now: Date.now });
    const client = new JWT({ email: robot, key: privateKey, scopes: [scope] });
    client.transporter.defaults = { fetchImplementation: harness.emulator.fetch };
    const { access_token: token } = await client.authorize();
    expect((await harness.call('GET', 'calendars/primary', { token: token ?? '' })).status).toBe(200);
  });

  test.each([
    ['signed by another key', {}, true, 'invalid_grant'],
    ['of an unknown issuer', { iss: 'nobody@example.com' }, false, 'invalid_grant'],
    ['for another audience', { aud: 'https://example.com' }, false, 'invalid_grant'],
    ['that has ended', { iat: 999_999_000, exp: 1_000_000_000 }, false, 'invalid_grant'],
    ['for more than an hour', { exp: 4_000_000_000 }, false, 'invalid_grant'],
    ['without a scope', { scope: '' }, false, 'invalid_scope'],
    ['for somebody without delegation', { sub: email }, false, 'unauthorized_client'],
  ])('an assertion %s is refused', async (_, claims, otherKey, error) => {
    const harness = await withRobot();
    const { body } = await exchange(harness, assertion(harness, claims, otherKey ? newKeys().privateKey : privateKey));
    expect(body.error).toBe(error);
  });

  test('with delegation it acts as the user and may invite; the quota is the robot’s', async () => {
    const harness = await withRobot([scope], { limits: { unitsPerMinutePerUser: 3 } });
    const { body } = await exchange(harness, assertion(harness, { sub: email }));
    const token = body.access_token;
    const attendees = [{ email: 'bob@example.com' }];
    expect(
      (await harness.call('POST', 'calendars/primary/events', { token, body: anEvent({ attendees }) })).status,
    ).toBe(200);
    for (let call = 0; call < 2; call += 1) await harness.call('GET', 'calendars/primary', { token });
    expect((await harness.call('GET', 'calendars/primary', { token })).status).toBe(403);
    expect((await harness.call('GET', 'calendars/primary?quotaUser=ann', { token })).status).toBe(200);
    expect((await harness.call('GET', 'calendars/primary')).status).toBe(200);
  });

  test('without delegation it may write events, but inviting is refused and nothing is written', async () => {
    const harness = await withRobot();
    const token = (await exchange(harness, assertion(harness))).body.access_token;
    const path = 'calendars/primary/events';
    expect((await harness.call('POST', path, { token, body: anEvent({ id: 'plain1' }) })).status).toBe(200);
    const body = anEvent({ id: 'lesson1', attendees: [{ email: 'bob@example.com' }] });
    expect((await harness.call('POST', path, { token, body })).body.error.errors[0].reason).toBe(
      'forbiddenForServiceAccounts',
    );
    expect((await harness.call('GET', `${path}/lesson1`, { token })).status).toBe(404);
    const patch = { attendees: [{ email: 'bob@example.com' }] };
    expect((await harness.call('PATCH', `${path}/plain1`, { token, body: patch })).status).toBe(403);
  });

  test('its key is no refresh token', async () => {
    const harness = await withRobot();
    await exchange(harness, assertion(harness));
    expect(await accessToken(harness.emulator, `service ${robot} ${robot} ${scope}`)).toBeUndefined();
  });
});
