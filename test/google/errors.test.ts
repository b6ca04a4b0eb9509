import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import nock from 'nock';
import { describe, expect, test } from 'vitest';
import type { CalsyncError } from '../../src/core/error.ts';
import type { Google } from '../../src/core/ports.ts';
import { aGoogle, CALENDAR, errorBody, givenTokens, ROOT_URL, rejection, withoutNetwork } from './a-google.ts';

withoutNetwork();

const WRITE = { calendar: CALENDAR, eventId: 'abcde', etag: '"1"', sendUpdates: 'none' } as const;

/** Every call that the gateway makes, by a short name. */
const CALLS = {
  list: (google: Google) => google.listEvents({ calendar: CALENDAR }),
  sync: (google: Google) => google.listEvents({ calendar: CALENDAR, syncToken: 's1' }),
  page: (google: Google) => google.listEvents({ calendar: CALENDAR, pageToken: 'p1' }),
  get: (google: Google) => google.getEvent(CALENDAR, 'abcde'),
  insert: (google: Google) => google.insertEvent({ calendar: CALENDAR, body: { id: 'abcde' }, sendUpdates: 'none' }),
  patch: (google: Google) => google.patchEvent({ ...WRITE, body: { summary: 'x' } }),
  move: (google: Google) => google.moveEvent({ ...WRITE, destination: 'c2' }),
  delete: (google: Google) => google.deleteEvent(WRITE),
  calendar: (google: Google) => google.getCalendar(CALENDAR),
  newCalendar: (google: Google) => google.insertCalendar('Classes', 'Europe/Copenhagen'),
} as const;

type CallName = keyof typeof CALLS;
const ALL = Object.keys(CALLS) as CallName[];
const WRITES: readonly CallName[] = ['insert', 'patch', 'move', 'delete', 'newCalendar'];
const ON_AN_EVENT: readonly CallName[] = ['patch', 'move', 'delete'];

/** Everything Google is asked is answered so, whatever it is; the outcome is an error's kind or what came back. */
async function outcome(call: CallName, status: number, body: nock.Body | string, headers = {}): Promise<Outcome> {
  givenTokens('t1');
  if (status === 401) givenTokens('t2');
  const scope = nock(ROOT_URL).persist();
  for (const method of ['get', 'post', 'patch', 'delete'] as const) {
    scope[method](/.*/).optionally().query(true).reply(status, body, headers);
  }
  try {
    return { kind: 'value', value: await CALLS[call](aGoogle().google) };
  } catch (thrown) {
    return thrown as CalsyncError;
  } finally {
    nock.cleanAll();
  }
}

type Outcome = CalsyncError | { kind: 'value'; value: unknown };

describe("Google's documented error bodies", () => {
  const dataDirectory = process.env.CALSYNC_TEST_DATA;
  if (dataDirectory === undefined) console.log('skipped: documented error bodies (CALSYNC_TEST_DATA is unset)');
  const documented = dataDirectory === undefined ? [] : readDocumented(dataDirectory);

  /** What each body means for each call, written from Google's error guide and calsync's error kinds. */
  const expected: Record<string, Partial<Record<CallName, string>>> = {
    '400 timeRangeEmpty': { list: 'invariant', sync: 'sync_token_expired', insert: 'rejected', patch: 'rejected' },
    '401 authError': Object.fromEntries(ALL.map((call) => [call, 'unauthorized'])),
    '403 userRateLimitExceeded': Object.fromEntries(ALL.map((call) => [call, 'transient'])),
    '403 rateLimitExceeded': Object.fromEntries(ALL.map((call) => [call, 'transient'])),
    '403 quotaExceeded': Object.fromEntries(ALL.map((call) => [call, 'quota'])),
    '403 forbiddenForNonOrganizer': { patch: 'rejected', move: 'rejected', delete: 'rejected' },
    '404 notFound': {
      list: 'unavailable',
      sync: 'unavailable',
      insert: 'unavailable',
      get: 'value',
      calendar: 'value',
      patch: 'conflict',
      move: 'conflict',
      delete: 'conflict',
    },
    '409 duplicate': { insert: 'conflict', move: 'conflict' },
    '409 conflict': {
      insert: 'conflict',
      patch: 'conflict',
      delete: 'conflict',
      list: 'transient',
      newCalendar: 'transient',
    },
    '410 fullSyncRequired': { sync: 'sync_token_expired', page: 'sync_token_expired' },
    '410 updatedMinTooLongAgo': { sync: 'sync_token_expired', list: 'sync_token_expired' },
    '410 deleted': { delete: 'value', patch: 'conflict', move: 'conflict', list: 'unavailable' },
    '412 conditionNotMet': { patch: 'conflict', move: 'conflict', delete: 'conflict' },
    '429 rateLimitExceeded': Object.fromEntries(ALL.map((call) => [call, 'transient'])),
    '500 backendError': Object.fromEntries(ALL.map((call) => [call, 'transient'])),
  };

  test.skipIf(dataDirectory === undefined)('every documented body has its expectation here', () => {
    expect(documented.map((each) => each.name).sort()).toEqual(Object.keys(expected).sort());
  });

  const cases = documented.flatMap(({ name, status, body }) =>
    Object.entries(expected[name] ?? {}).map(([call, kind]) => ({ name, status, body, call: call as CallName, kind })),
  );
  test.each(cases)('$name to $call is $kind', async ({ call, status, body, kind }) => {
    const result = await outcome(call, status, body);
    expect(result.kind).toBe(kind);
    if (result.kind !== 'value') expect(result).toMatchObject({ status, reason: reasonOf(body) });
  });

  function reasonOf(body: nock.Body): string {
    return (body as { error: { errors: [{ reason: string }] } }).error.errors[0].reason;
  }
});

interface Documented {
  readonly name: string;
  readonly status: number;
  readonly body: nock.Body;
}

function readDocumented(dataDirectory: string): readonly Documented[] {
  const file = JSON.parse(readFileSync(join(dataDirectory, 'google', 'errors.json'), 'utf8'));
  return (file as { documented: Documented[] }).documented;
}

describe('403', () => {
  test.each(ON_AN_EVENT)('[P12] %s of an event that another organizer owns is rejected, to be parked', async (call) => {
    const result = await outcome(call, 403, errorBody(403, 'forbiddenForNonOrganizer', 'no', 'calendar'));
    expect(result).toMatchObject({ kind: 'rejected', reason: 'forbiddenForNonOrganizer', outcomeUnknown: false });
  });

  test('[P12] a patch that is simply forbidden is rejected; neither it nor one without a reason is a conflict', async () => {
    expect(await outcome('patch', 403, errorBody(403, 'forbidden'))).toMatchObject({ kind: 'rejected' });
    expect(await outcome('patch', 403, '')).toMatchObject({ kind: 'rejected', status: 403 });
    expect(await outcome('patch', 403, '<html>Forbidden</html>')).toMatchObject({ kind: 'rejected' });
  });

  test('[P18] an insert whose id a deleted event keeps is a conflict, as 409 and as 403', async () => {
    expect(await outcome('insert', 409, errorBody(409, 'duplicate'))).toMatchObject({
      kind: 'conflict',
      reason: 'duplicate',
      outcomeUnknown: false,
    });
    expect(await outcome('insert', 403, errorBody(403, 'forbidden'))).toMatchObject({ kind: 'conflict' });
  });

  test.each(WRITES)('%s without write access pauses the calendar, not the row', async (call) => {
    const body = errorBody(403, 'requiredAccessLevel', 'You need to have writer access to this calendar.', 'calendar');
    expect(await outcome(call, 403, body)).toMatchObject({ kind: 'unavailable', reason: 'requiredAccessLevel' });
  });

  test.each(['list', 'sync', 'get', 'calendar'] as const)('%s that is forbidden means missing access', async (call) => {
    expect(await outcome(call, 403, errorBody(403, 'forbidden'))).toMatchObject({ kind: 'unavailable' });
  });

  test('a missing scope is the whole account, and an API that is switched off our own settings', async () => {
    const scope = {
      error: {
        code: 403,
        message: 'Request had insufficient authentication scopes.',
        errors: [{ message: 'Insufficient Permission', domain: 'global', reason: 'insufficientPermissions' }],
        status: 'PERMISSION_DENIED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }],
      },
    };
    expect(await outcome('patch', 403, scope)).toMatchObject({
      kind: 'unauthorized',
      reason: 'insufficientPermissions',
    });
    expect(await outcome('list', 403, errorBody(403, 'accessNotConfigured'))).toMatchObject({ kind: 'usage' });
  });

  test('the newer envelope is understood by its details, whatever its status word says', async () => {
    const limited = (reason: string) => ({
      error: {
        code: 403,
        status: 'PERMISSION_DENIED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.Help' }, { reason }],
      },
    });
    expect(await outcome('patch', 403, limited('RATE_LIMIT_EXCEEDED'))).toMatchObject({ kind: 'transient' });
    expect(await outcome('get', 403, limited('ACCESS_TOKEN_SCOPE_INSUFFICIENT'))).toMatchObject({
      kind: 'unauthorized',
    });
  });

  test.each([403, 429])('a usage limit as %i is a long pause', async (status) => {
    for (const reason of ['quotaExceeded', 'dailyLimitExceeded']) {
      expect(await outcome('insert', status, errorBody(status, reason))).toMatchObject({ kind: 'quota', reason });
    }
  });
});

describe('400 on a listing', () => {
  test.each(['sync', 'page'] as const)(
    'with a token (%s) leads to a full listing, without one it is our fault',
    async (call) => {
      const body = { error: { code: 400, errors: [{ reason: 'invalid', location: 'syncToken' }] } };
      expect(await outcome(call, 400, body)).toMatchObject({ kind: 'sync_token_expired' });
      expect(await outcome('list', 400, body)).toMatchObject({ kind: 'invariant' });
    },
  );
});

test('a field that Google points at is named, its sentence is not quoted', async () => {
  const message = 'Invalid time zone definition for start time.';
  const body = { error: { code: 400, errors: [{ reason: 'invalid', location: 'start.timeZone', message }] } };
  expect(await outcome('insert', 400, body)).toMatchObject({
    kind: 'rejected',
    message: 'events.insert: Google answered 400 invalid (start.timeZone)',
  });
});

describe('an answer that proves nothing', () => {
  const html = '<!DOCTYPE html><title>Error 502 (Server Error)!!1</title>';
  const cases: [string, number, string, Record<string, string>][] = [
    ['an HTML 502', 502, html, { 'content-type': 'text/html' }],
    ['an empty 503', 503, '', {}],
    ['a 500 that calls itself JSON and is not', 500, '{"error":', { 'content-type': 'application/json' }],
    ['a success page of a portal', 200, html, { 'content-type': 'text/html' }],
    ['a truncated success', 200, '{"id":"abcde","etag":"\\"1', { 'content-type': 'application/json' }],
    ['a success that is a list', 200, '[]', { 'content-type': 'application/json' }],
    ['a redirect', 302, '', { location: 'https://portal.example.com/' }],
    ['a 408', 408, '', {}],
  ];
  test.each(cases)('%s is transient, and leaves a write unknown', async (_name, status, body, headers) => {
    for (const call of ALL) {
      const result = await outcome(call, status, body, headers);
      expect([call, result]).toMatchObject([call, { kind: 'transient', outcomeUnknown: WRITES.includes(call) }]);
    }
  });

  test('a redirect is not followed: the bearer token goes to nobody else', async () => {
    givenTokens('t1');
    nock(ROOT_URL).get(/.*/).query(true).reply(302, '', { location: 'https://portal.example.com/' });
    const portal = nock('https://portal.example.com').get('/').optionally().reply(200, { items: [] });
    expect(await rejection(CALLS.list(aGoogle().google))).toMatchObject({ kind: 'transient', status: 302 });
    expect(portal.isDone()).toBe(true);
    expect(portal.pendingMocks()).toEqual([]);
    expect(portal.activeMocks()).toHaveLength(1);
  });

  test('an event other than the one written is no answer to the write', async () => {
    const other = { id: 'other', etag: '"9"' };
    expect(await outcome('insert', 200, other)).toMatchObject({ kind: 'transient', outcomeUnknown: true });
    expect(await outcome('patch', 200, { id: 'abcde' })).toMatchObject({ kind: 'transient', outcomeUnknown: true });
    expect(await outcome('list', 200, { items: [{ summary: 'no id' }] })).toMatchObject({ kind: 'transient' });
  });
});

describe('being asked to wait', () => {
  test.each([
    ['7', 7_000],
    ['Sun, 22 Nov 2026 00:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 00:00:00 GMT', 0],
    ['soon', undefined],
  ])('Retry-After "%s" is %s ms', async (header, retryAfterMs) => {
    const result = await outcome('list', 429, errorBody(429, 'rateLimitExceeded'), { 'Retry-After': header });
    expect(result).toMatchObject({ kind: 'transient', retryAfterMs });
  });

  test('a 503 may ask for it too, and no header asks for nothing', async () => {
    expect(await outcome('patch', 503, '', { 'Retry-After': '2' })).toMatchObject({ retryAfterMs: 2_000 });
    expect(await outcome('patch', 503, '')).toMatchObject({ retryAfterMs: undefined });
  });
});

test('a gateway makes one attempt: a failing read is not tried again behind its caller', async () => {
  givenTokens('t1');
  nock(ROOT_URL).get(/.*/).query(true).reply(503);
  const { google, calls } = aGoogle();
  expect(await rejection(google.listEvents({ calendar: CALENDAR }))).toMatchObject({ kind: 'transient', status: 503 });
  expect(calls).toHaveLength(1);
});
