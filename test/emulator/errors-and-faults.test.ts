import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/index.ts';
import { dataDirectory } from './discovery.ts';
import { anEvent, type Harness, type RawAnswer, start, tokenCall } from './harness.ts';

/**
 * "Operation × fault → what to emulate": the table of the API facts, §14, row by row. Status and body are copied from
 * there; nothing expected here comes from the emulator.
 */
interface Row {
  readonly name: string;
  readonly options?: EmulatorOptions;
  readonly act: (harness: Harness) => Promise<RawAnswer>;
  readonly status: number;
  /** The whole body, or its message alone where the reason is unverified. */
  readonly body?: unknown;
  readonly message?: string;
}

const events = 'calendars/primary/events';
const insert = (harness: Harness, fields: Record<string, unknown> = {}): Promise<RawAnswer> =>
  harness.call('POST', events, { body: anEvent({ id: 'lesson1', ...fields }) });

function envelope(code: number, domain: string, reason: string, message: string, type?: string, location?: string) {
  const where = type === undefined ? {} : { locationType: type, location };
  return { error: { errors: [{ domain, reason, message, ...where }], code, message } };
}

const notFound = envelope(404, 'global', 'notFound', 'Not Found');
const deleted = envelope(410, 'global', 'deleted', 'Resource has been deleted');
const stale = envelope(412, 'global', 'conditionNotMet', 'Precondition Failed', 'header', 'If-Match');
const rate = envelope(403, 'usageLimits', 'userRateLimitExceeded', 'User Rate Limit Exceeded');
const fullSync = envelope(
  410,
  'calendar',
  'fullSyncRequired',
  'Sync token is no longer valid, a full sync is required.',
  'parameter',
  'syncToken',
);
const accessLevel = envelope(
  403,
  'calendar',
  'requiredAccessLevel',
  'You need to have writer access to this calendar.',
);

async function asReader(harness: Harness, act: (calendarId: string) => Promise<RawAnswer>): Promise<RawAnswer> {
  const { administration, people } = harness.emulator;
  administration.createAccount({ email: 'bob@example.com' });
  people.add('bob@example.com', anEvent({ id: 'lesson1' }) as never);
  administration.share('bob@example.com', harness.email, 'reader');
  return act('bob@example.com');
}

async function withStaleEtag(harness: Harness, method: string, path = `${events}/lesson1`): Promise<RawAnswer> {
  const { body } = await insert(harness);
  harness.emulator.people.edit(harness.email, 'lesson1', { summary: 'Changed by hand' });
  const wholeEvent = anEvent({ summary: 'Mine' });
  const sent = method === 'DELETE' || path.includes('move') ? {} : { body: wholeEvent };
  return harness.call(method, path, { ...sent, headers: { 'if-match': body.etag } });
}

const nonOrganizer = envelope(
  403,
  'calendar',
  'forbiddenForNonOrganizer',
  'Shared properties can only be changed by the organizer of the event.',
);

async function asGuest(harness: Harness, method: string, body: unknown): Promise<RawAnswer> {
  const { administration, people } = harness.emulator;
  administration.createAccount({ email: 'bob@example.com' });
  const attendees = [{ email: harness.email }];
  people.add('bob@example.com', anEvent({ id: 'lesson1', attendees }) as never);
  return harness.call(method, `${events}/lesson1`, { body });
}

function watch({ call }: Harness, address = 'https://app.example.com/push'): Promise<RawAnswer> {
  return call('POST', `${events}/watch`, { body: { id: 'channel-1', type: 'web_hook', address } });
}

/** Its account has no key here, so the signature is not looked at. */
async function robotToken({ emulator, now }: Harness, robot: string): Promise<string> {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const times = { iat: now() / 1000, exp: now() / 1000 + 3600 };
  const claims = { iss: robot, scope: 'https://www.googleapis.com/auth/calendar', aud: 'https://x/token', ...times };
  const assertion = `${part({ alg: 'RS256' })}.${part(claims)}.unsigned`;
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  return (await tokenCall(emulator, form)).body.access_token;
}

async function removed(harness: Harness): Promise<void> {
  await insert(harness);
  await harness.call('DELETE', `${events}/lesson1`);
}

const rows: readonly Row[] = [
  {
    name: 'any call with a bad access token',
    act: ({ call }) => call('GET', events, { token: 'ya29.bad' }),
    status: 401,
    body: envelope(401, 'global', 'authError', 'Invalid Credentials', 'header', 'Authorization'),
  },
  {
    name: 'any call an hour after the token was issued',
    act: ({ call, pass }) => {
      pass(3_600_000);
      return call('GET', events);
    },
    status: 401,
    body: envelope(401, 'global', 'authError', 'Invalid Credentials', 'header', 'Authorization'),
  },
  {
    name: 'over the per-user minute',
    options: { limits: { unitsPerMinutePerUser: 2 } },
    act: async ({ call }) => {
      await call('GET', events);
      await call('GET', events);
      return call('GET', events);
    },
    status: 403,
    body: rate,
  },
  {
    name: 'a burst over the project',
    options: { limits: { unitsPerMinutePerProject: 1 } },
    act: async ({ call }) => {
      await call('GET', events);
      return call('GET', events);
    },
    status: 403,
    body: envelope(403, 'usageLimits', 'rateLimitExceeded', 'Rate Limit Exceeded'),
  },
  {
    name: 'a burst over the project, answered 429',
    options: { limits: { unitsPerMinutePerProject: 1 }, switches: { rateLimitStatus: 429 } },
    act: async ({ call }) => {
      await call('GET', events);
      return call('GET', events);
    },
    status: 429,
    body: envelope(429, 'usageLimits', 'rateLimitExceeded', 'Rate Limit Exceeded'),
  },
  {
    name: 'a write over the account usage limit',
    act: (harness) => {
      harness.emulator.faults.add({ match: { method: 'POST' }, action: { kind: 'error', error: 'quotaExceeded' } });
      return insert(harness);
    },
    status: 403,
    body: envelope(403, 'usageLimits', 'quotaExceeded', 'Calendar usage limits exceeded.'),
  },
  {
    name: 'a write over the limit of external invitations',
    options: { limits: { externalInvitationsPerDay: 1 } },
    act: async (harness) => {
      await insert(harness, { attendees: [{ email: 'bob@example.com' }, { email: 'eve@else.org' }] });
      return harness.call('POST', events, { body: anEvent({ attendees: [{ email: 'dan@else.org' }] }) });
    },
    status: 403,
    body: envelope(403, 'usageLimits', 'quotaExceeded', 'Calendar usage limits exceeded.'),
  },
  {
    name: 'a write over the limit of created events',
    options: { limits: { eventsCreatedPerDay: 1 } },
    act: async (harness) => {
      await insert(harness);
      return insert(harness, { id: 'lesson2' });
    },
    status: 403,
    body: envelope(403, 'usageLimits', 'quotaExceeded', 'Calendar usage limits exceeded.'),
  },
  {
    name: 'a burst of writes to one calendar',
    options: { limits: { writesPerMinutePerCalendar: 1 } },
    act: async (harness) => {
      await insert(harness);
      return insert(harness, { id: 'lesson2' });
    },
    status: 403,
    body: envelope(403, 'usageLimits', 'rateLimitExceeded', 'Rate Limit Exceeded'),
  },
  {
    name: 'a backend that is away',
    act: ({ call, emulator }) => {
      emulator.faults.add({ action: { kind: 'error', error: 'serviceUnavailable' } });
      return call('GET', events);
    },
    status: 503,
    body: envelope(503, 'global', 'backendError', 'Backend Error'),
  },
  {
    name: 'a front end that waits in vain',
    act: ({ call, emulator }) => {
      emulator.faults.add({ action: { kind: 'html', status: 504 } });
      return call('GET', events);
    },
    status: 504,
  },
  {
    name: 'a failing backend',
    act: ({ call, emulator }) => {
      emulator.faults.add({ action: { kind: 'error', error: 'backendError' } });
      return call('GET', events);
    },
    status: 500,
    body: envelope(500, 'global', 'backendError', 'Backend Error'),
  },
  {
    name: 'an unknown calendar',
    act: ({ call }) => call('GET', 'calendars/nobody%40example.com/events'),
    status: 404,
    body: notFound,
  },
  {
    name: 'a calendar that is not shared',
    act: ({ call, emulator }) => {
      emulator.administration.createAccount({ email: 'bob@example.com' });
      return call('GET', 'calendars/bob%40example.com/events');
    },
    status: 404,
    body: notFound,
  },
  {
    name: 'a deleted calendar, with a sync token too',
    act: async ({ call }) => {
      const { body: made } = await call('POST', 'calendars', { body: { summary: 'Room' } });
      const { body } = await call('GET', `calendars/${made.id}/events`);
      await call('DELETE', `calendars/${made.id}`);
      return call('GET', `calendars/${made.id}/events?syncToken=${body.nextSyncToken}`);
    },
    status: 404,
    body: notFound,
  },
  {
    name: 'list with timeMin not before timeMax',
    act: ({ call }) => call('GET', `${events}?timeMin=2026-09-02T00:00:00Z&timeMax=2026-09-02T00:00:00Z`),
    status: 400,
    body: envelope(400, 'calendar', 'timeRangeEmpty', 'The specified time range is empty.', 'parameter', 'timeMax'),
  },
  ...['iCalUID=x', 'privateExtendedProperty=a%3Db', 'q=x', 'sharedExtendedProperty=a%3Db'].map(refusedBesideToken),
  ...['timeMin', 'timeMax', 'updatedMin'].map((name) => refusedBesideToken(`${name}=2026-09-02T00:00:00Z`)),
  {
    name: 'list with orderBy beside a sync token',
    act: async ({ call }) => {
      const { body } = await call('GET', events);
      return call('GET', `${events}?orderBy=updated&syncToken=${body.nextSyncToken}`);
    },
    status: 400,
    message: 'Sync token cannot be used with non-default ordering.',
  },
  {
    name: 'list with orderBy=startTime without singleEvents',
    act: ({ call }) => call('GET', `${events}?orderBy=startTime`),
    status: 400,
    message: 'The requested ordering is not available for the particular query.',
  },
  {
    name: 'list with a dead sync token',
    act: async ({ call, emulator, email }) => {
      const { body } = await call('GET', events);
      emulator.administration.invalidateSyncTokens(email);
      return call('GET', `${events}?syncToken=${body.nextSyncToken}`);
    },
    status: 410,
    body: fullSync,
  },
  {
    name: 'list with a sync token with one character before it',
    act: async ({ call }) => {
      const { body } = await call('GET', events);
      return call('GET', `${events}?syncToken=A${body.nextSyncToken}`);
    },
    status: 410,
    body: fullSync,
  },
  {
    name: 'list with an updatedMin too far back',
    act: ({ call }) => call('GET', `${events}?updatedMin=2026-01-01T00:00:00Z`),
    status: 410,
    body: envelope(
      410,
      'calendar',
      'updatedMinTooLongAgo',
      'The requested minimum modification time lies too far in the past.',
      'parameter',
      'updatedMin',
    ),
  },
  {
    name: 'get with the etag it has',
    act: async (harness) => {
      const { body } = await insert(harness);
      return harness.call('GET', `${events}/lesson1`, { headers: { 'if-none-match': body.etag } });
    },
    status: 304,
  },
  {
    name: 'list with the etag it has',
    act: async ({ call }) => {
      const { body } = await call('GET', events);
      return call('GET', events, { headers: { 'if-none-match': body.etag } });
    },
    status: 304,
  },
  {
    name: 'get of an event that never was',
    act: ({ call }) => call('GET', `${events}/never`),
    status: 404,
    body: notFound,
  },
  {
    name: 'get of a deleted event',
    act: async (harness) => {
      await removed(harness);
      return harness.call('GET', `${events}/lesson1`);
    },
    status: 200,
  },
  {
    name: 'insert of an id that is there',
    act: async (harness) => {
      await insert(harness);
      return insert(harness);
    },
    status: 409,
    body: envelope(409, 'global', 'duplicate', 'The requested identifier already exists.'),
  },
  {
    name: 'insert of an id that was deleted',
    act: async (harness) => {
      await removed(harness);
      return insert(harness);
    },
    status: 409,
    body: envelope(409, 'global', 'duplicate', 'The requested identifier already exists.'),
  },
  {
    name: 'insert of an id with a letter past v',
    act: (harness) => insert(harness, { id: 'lessonw' }),
    status: 400,
    message: 'Invalid resource id value.',
  },
  {
    name: 'insert of an id of four characters',
    act: (harness) => insert(harness, { id: 'abcd' }),
    status: 400,
    message: 'Invalid resource id value.',
  },
  {
    name: 'insert without an end',
    act: (harness) => insert(harness, { end: undefined }),
    status: 400,
    body: envelope(400, 'global', 'required', 'Missing end time.'),
  },
  {
    name: 'insert as a reader',
    act: (harness) => asReader(harness, (id) => harness.call('POST', `calendars/${id}/events`, { body: anEvent() })),
    status: 403,
    body: accessLevel,
  },
  {
    name: 'patch as a reader',
    act: (harness) => asReader(harness, (id) => harness.call('PATCH', `calendars/${id}/events/lesson1`, { body: {} })),
    status: 403,
    body: accessLevel,
  },
  {
    name: 'delete as a reader',
    act: (harness) => asReader(harness, (id) => harness.call('DELETE', `calendars/${id}/events/lesson1`)),
    status: 403,
    body: accessLevel,
  },
  {
    name: 'put as a reader',
    act: (harness) =>
      asReader(harness, (id) => harness.call('PUT', `calendars/${id}/events/lesson1`, { body: anEvent() })),
    status: 403,
    body: accessLevel,
  },
  {
    name: 'insert with guests by a service account without delegation',
    act: async (harness) => {
      const robot = 'robot@project.iam.gserviceaccount.com';
      harness.emulator.administration.createServiceAccount({ email: robot });
      const token = await robotToken(harness, robot);
      const body = anEvent({ attendees: [{ email: 'bob@example.com' }] });
      return harness.call('POST', events, { body, token });
    },
    status: 403,
    body: envelope(
      403,
      'calendar',
      'forbiddenForServiceAccounts',
      'Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.',
    ),
  },
  {
    name: 'patch of a shared property by a guest',
    act: (harness) => asGuest(harness, 'PATCH', { summary: 'Mine' }),
    status: 403,
    body: nonOrganizer,
  },
  {
    name: 'put by a guest that leaves a shared property out',
    act: (harness) => asGuest(harness, 'PUT', anEvent({ summary: undefined })),
    status: 403,
    body: nonOrganizer,
  },
  {
    name: 'watch with an id that was used',
    act: async (harness) => {
      await watch(harness);
      return watch(harness);
    },
    status: 400,
    body: envelope(400, 'global', 'channelIdNotUnique', 'Channel id channel-1 not unique'),
  },
  {
    name: 'watch with an address that is not https',
    act: (harness) => watch(harness, 'http://app.example.com/push'),
    status: 400,
    body: envelope(
      400,
      'global',
      'push.webhookUrlNotHttps',
      'WebHook callback must be HTTPS: http://app.example.com/push',
    ),
  },
  {
    name: 'watch with a host that is not verified (legacy)',
    options: { switches: { unverifiedHosts: ['app.example.com'] } },
    act: (harness) => watch(harness),
    status: 401,
    body: envelope(
      401,
      'global',
      'push.webhookUrlUnauthorized',
      'Unauthorized WebHook callback channel: https://app.example.com/push',
    ),
  },
  {
    name: 'stop of an unknown channel',
    act: ({ call }) => call('POST', 'channels/stop', { body: { id: 'nobody', resourceId: 'x' } }),
    status: 404,
    body: envelope(404, 'global', 'notFound', "Channel 'nobody' not found for project '123456789012'"),
  },
  { name: 'patch with a stale etag', act: (harness) => withStaleEtag(harness, 'PATCH'), status: 412, body: stale },
  { name: 'put with a stale etag', act: (harness) => withStaleEtag(harness, 'PUT'), status: 412, body: stale },
  { name: 'delete with a stale etag', act: (harness) => withStaleEtag(harness, 'DELETE'), status: 412, body: stale },
  {
    name: 'move with a stale etag',
    act: async (harness) => {
      const { body } = await harness.call('POST', 'calendars', { body: { summary: 'Room' } });
      return withStaleEtag(harness, 'POST', `${events}/lesson1/move?destination=${body.id}`);
    },
    status: 412,
    body: stale,
  },
  {
    name: 'patch of a deleted event, undelete forbidden',
    options: { switches: { undelete: 'forbidden' } },
    act: async (harness) => {
      await removed(harness);
      return harness.call('PATCH', `${events}/lesson1`, { body: { status: 'confirmed' } });
    },
    status: 403,
    body: envelope(403, 'global', 'forbidden', 'Forbidden'),
  },
  {
    name: 'patch of a deleted event with status confirmed, undelete allowed',
    act: async (harness) => {
      await removed(harness);
      return harness.call('PATCH', `${events}/lesson1`, { body: { status: 'confirmed' } });
    },
    status: 200,
  },
  {
    name: 'put with a sequence below the current one',
    act: async (harness) => {
      await insert(harness, { sequence: 3 });
      return harness.call('PUT', `${events}/lesson1`, { body: anEvent({ sequence: 2 }) });
    },
    status: 400,
    message:
      'Invalid sequence value. The specified sequence number is below the current sequence number of the resource. Re-fetch the resource and use its sequence number on the following request.',
  },
  {
    name: 'delete',
    act: async (harness) => {
      await insert(harness);
      return harness.call('DELETE', `${events}/lesson1`);
    },
    status: 204,
  },
  {
    name: 'delete of a deleted event',
    act: async (harness) => {
      await removed(harness);
      return harness.call('DELETE', `${events}/lesson1`);
    },
    status: 410,
    body: deleted,
  },
  {
    name: 'delete of an event that never was',
    act: ({ call }) => call('DELETE', `${events}/never`),
    status: 404,
    body: notFound,
  },
  {
    name: 'clear of a secondary calendar',
    act: async ({ call }) => {
      const { body } = await call('POST', 'calendars', { body: { summary: 'Room' } });
      return call('POST', `calendars/${body.id}/clear`);
    },
    status: 400,
  },
  {
    name: 'one calendar too many',
    options: { limits: { calendarsPerAccount: 1 } },
    act: async ({ call }) => {
      const { body } = await call('POST', 'calendars', { body: { summary: 'Room' } });
      await call('DELETE', `calendars/${body.id}`);
      return call('POST', 'calendars', { body: { summary: 'Deleting gives nothing back' } });
    },
    status: 403,
    body: envelope(403, 'usageLimits', 'quotaExceeded', 'Calendar usage limits exceeded.'),
  },
  {
    name: 'calendarList.delete by the data owner',
    act: ({ call }) => call('DELETE', 'users/me/calendarList/primary'),
    status: 403,
    message: 'The data owner of a calendar cannot remove such a calendar from their calendar list.',
  },
  {
    name: 'a refresh token that was revoked',
    act: ({ emulator, email, refreshToken }) => {
      emulator.administration.revokeConsent(email);
      return tokenCall(emulator, { grant_type: 'refresh_token', refresh_token: refreshToken });
    },
    status: 400,
    body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
  },
  {
    name: 'a token endpoint out of order',
    act: ({ emulator, refreshToken }) => {
      emulator.faults.add({
        match: { operation: 'oauth2.token' },
        action: { kind: 'error', error: 'serviceUnavailable' },
      });
      return tokenCall(emulator, { grant_type: 'refresh_token', refresh_token: refreshToken });
    },
    status: 503,
  },
];

function refusedBesideToken(parameter: string): Row {
  return {
    name: `list with ${parameter.split('=')[0]} beside a sync token`,
    act: async ({ call }) => {
      const { body } = await call('GET', events);
      return call('GET', `${events}?${parameter}&syncToken=${body.nextSyncToken}`);
    },
    status: 400,
    message: 'Sync token cannot be used with other request restrictions.',
  };
}

describe('operation × fault', () => {
  test.each(rows)('$name is answered $status', async ({ options, act, status, body, message }) => {
    const answer = await act(await start({ deliver: async () => 200, ...options }));
    expect(answer.status).toBe(status);
    if (body !== undefined) expect(answer.body).toEqual(body);
    if (message !== undefined) expect(answer.body.error.message).toBe(message);
    if (status === 204 || status === 304) expect(answer.text).toBe('');
  });

  test('a receiver that answers 5xx gets the message again with growing waits, and then no more', async () => {
    const waits: number[] = [];
    let received = 0;
    const harness = await start({
      deliver: async () => {
        received += 1;
        return 503;
      },
      sleep: async (delayMs) => void waits.push(delayMs),
    });
    await watch(harness);
    await harness.emulator.push.settled();
    expect([received, waits]).toEqual([5, [1000, 2000, 4000, 8000]]);
    expect(harness.emulator.push.messages()).toMatchObject([{ outcome: 'dropped' }]);
  });

  test('a missing scope is refused in the newer envelope', async () => {
    const { emulator, call } = await start();
    const { refreshToken } = emulator.administration.createAccount({
      email: 'ann@example.com',
      scopes: ['https://www.googleapis.com/auth/calendar.readonly'],
    });
    const { body } = await tokenCall(emulator, { grant_type: 'refresh_token', refresh_token: refreshToken });
    expect((await call('GET', events, { token: body.access_token })).status).toBe(200);
    const refused = await call('POST', events, { token: body.access_token, body: anEvent() });
    expect(refused.status).toBe(403);
    expect(refused.body.error).toEqual({
      code: 403,
      message: 'Request had insufficient authentication scopes.',
      errors: [{ message: 'Insufficient Permission', domain: 'global', reason: 'insufficientPermissions' }],
      status: 'PERMISSION_DENIED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
          domain: 'googleapis.com',
          metadata: { service: 'calendar-json.googleapis.com', method: 'calendar.events.insert' },
        },
      ],
    });
  });

  test('a successful move is answered with status cancelled while the event lives at its destination', async () => {
    const harness = await start();
    const { call } = harness;
    const { body: made } = await call('POST', 'calendars', { body: { summary: 'Room' } });
    await insert(harness);
    const moved = await call('POST', `${events}/lesson1/move?destination=${made.id}`);
    expect([moved.status, moved.body.status, moved.body.id]).toEqual([200, 'cancelled', 'lesson1']);
    expect((await call('GET', `calendars/${made.id}/events/lesson1`)).body.status).toBe('confirmed');
    expect((await call('GET', `${events}/lesson1`)).body).toMatchObject({ id: 'lesson1', status: 'cancelled' });
    expect((await call('GET', `${events}/lesson1`)).body.summary).toBeUndefined();
  });

  test('an insert whose answer is lost has been applied', async () => {
    const harness = await start();
    harness.emulator.faults.add({ match: { method: 'POST' }, action: { kind: 'lose_answer' } });
    await expect(insert(harness)).rejects.toThrow('fetch failed');
    expect((await harness.call('GET', `${events}/lesson1`)).status).toBe(200);
    expect((await insert(harness)).status).toBe(409);
  });

  test('a front end out of order answers HTML that is not JSON', async () => {
    const { emulator, call } = await start();
    emulator.faults.add({ action: { kind: 'html' } });
    const answer = await call('GET', events);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html; charset=UTF-8']);
    expect(() => JSON.parse(answer.text)).toThrow(SyntaxError);
  });
});

describe.skipIf(dataDirectory === undefined)('error bodies that Google documents (needs CALSYNC_TEST_DATA)', () => {
  const documented: { name: string; status: number; body: { error: { errors: { reason: string }[] } } }[] =
    dataDirectory === undefined
      ? []
      : JSON.parse(readFileSync(join(dataDirectory, 'google', 'errors.json'), 'utf8')).documented;

  test.each(documented)('$name can be had word for word', async ({ status, body }) => {
    const { emulator, call } = await start();
    const reason = body.error.errors[0]?.reason;
    const error = (status === 429 ? 'tooManyRequests' : reason) as 'notFound';
    emulator.faults.add({ action: { kind: 'error', error } });
    const answer = await call('GET', events);
    expect([answer.status, answer.body]).toEqual([status, body]);
  });
});
