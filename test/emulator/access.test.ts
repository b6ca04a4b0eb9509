import { describe, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/index.ts';
import { accessToken, anEvent, type CallOptions, email, type Harness, type RawAnswer, start } from './harness.ts';

const bob = 'bob@example.com';
const events = `calendars/${email}/events`;

interface Shared extends Harness {
  asBob(method: string, path: string, options?: CallOptions): Promise<RawAnswer>;
}

async function withBob(
  role?: 'freeBusyReader' | 'reader' | 'writerWithoutPrivateAccess' | 'writer' | 'owner',
  options: EmulatorOptions = {},
): Promise<Shared> {
  const harness = await start(options);
  const { refreshToken } = harness.emulator.administration.createAccount({ email: bob });
  const token = await accessToken(harness.emulator, refreshToken);
  if (role !== undefined) harness.emulator.administration.share(email, bob, role);
  return { ...harness, asBob: (method, path, given = {}) => harness.call(method, path, { ...given, token }) };
}

const reason = ({ body }: RawAnswer) => body.error.errors[0].reason;

describe('roles', () => {
  test('a free/busy reader sees expanded times without details and cannot write', async () => {
    const { call, asBob } = await withBob('freeBusyReader');
    const recurrence = ['RRULE:FREQ=WEEKLY;COUNT=2'];
    await call('POST', events, {
      body: anEvent({ id: 'series', location: 'Room 5', recurrence, attendees: [{ email: 'eve@else.org' }] }),
    });
    const { body } = await asBob('GET', events);
    expect(body.accessRole).toBe('freeBusyReader');
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([
      'series_20260907T080000Z',
      'series_20260914T080000Z',
    ]);
    for (const item of body.items) {
      expect(Object.keys(item)).toEqual(expect.arrayContaining(['start', 'end']));
      for (const hidden of ['summary', 'location', 'attendees', 'organizer']) expect(item[hidden]).toBeUndefined();
    }
    expect(reason(await asBob('POST', events, { body: anEvent() }))).toBe('requiredAccessLevel');
    expect(reason(await asBob('GET', `${events}/series/instances`))).toBe('requiredAccessLevel');
  });

  test.each([
    ['reader', undefined, 403],
    ['writerWithoutPrivateAccess', undefined, 200],
    ['writer', 'Algebra', 200],
  ] as const)(
    'a %s sees of a private event the summary %s and writing is answered %i',
    async (role, summary, status) => {
      const { call, asBob } = await withBob(role);
      await call('POST', events, { body: anEvent({ id: 'secret1', visibility: 'private' }) });
      const { body } = await asBob('GET', `${events}/secret1`);
      expect([body.summary, body.start.dateTime]).toEqual([summary, '2026-09-07T10:00:00+02:00']);
      expect((await asBob('POST', events, { body: anEvent({ id: 'lesson1' }) })).status).toBe(status);
    },
  );

  test('access for a whole domain, and for everybody, counts where it is more than one’s own', async () => {
    const { emulator, asBob } = await withBob();
    expect((await asBob('GET', events)).status).toBe(404);
    emulator.administration.share(email, 'domain:example.com', 'reader', false);
    expect((await asBob('GET', events)).body.accessRole).toBe('reader');
    emulator.administration.share(email, 'default', 'freeBusyReader', false);
    expect((await asBob('GET', events)).body.accessRole).toBe('reader');
    emulator.administration.share(email, 'domain:example.com', 'none', false);
    expect((await asBob('GET', events)).body.accessRole).toBe('freeBusyReader');
  });

  test('the source of an event is shown to its creator alone', async () => {
    const { call, asBob } = await withBob('writer');
    const source = { url: 'https://example.com', title: 'Timetable' };
    const made = await call('POST', events, { body: anEvent({ id: 'lesson1', source }) });
    expect(made.body.source).toEqual(source);
    expect((await asBob('GET', `${events}/lesson1`)).body.source).toBeUndefined();
  });
});

describe('rules of access', () => {
  const acl = `calendars/${email}/acl`;
  const rule = { scope: { type: 'user', value: 'Bob@Example.com' }, role: 'writer' };

  test('inserting one gives access, mails unless told not to, and does not put the calendar on the other’s list', async () => {
    const { call, asBob, emulator } = await withBob();
    const made = await call('POST', acl, { body: rule });
    expect(made.body).toEqual({
      kind: 'calendar#aclRule',
      etag: expect.any(String),
      id: `user:${bob}`,
      scope: { type: 'user', value: bob },
      role: 'writer',
    });
    expect((await asBob('POST', events, { body: anEvent() })).status).toBe(200);
    expect((await asBob('GET', 'users/me/calendarList')).body.items).toHaveLength(1);
    await call('POST', `${acl}?sendNotifications=false`, {
      body: { ...rule, scope: { type: 'user', value: 'eve@example.com' } },
    });
    expect(emulator.outbox().map(({ method, why }) => [method, why])).toEqual([['share', { [bob]: 'shared' }]]);
  });

  test('changing and deleting one take effect at once; stale etags and own access are refused', async () => {
    const { call, asBob } = await withBob();
    const { body: made } = await call('POST', acl, { body: rule });
    await call('PATCH', `${acl}/user:${bob}`, { body: { role: 'reader' } });
    expect(reason(await asBob('POST', events, { body: anEvent() }))).toBe('requiredAccessLevel');
    const stale = await call('PATCH', `${acl}/user:${bob}`, {
      body: { role: 'owner' },
      headers: { 'if-match': made.etag },
    });
    expect(stale.status).toBe(412);
    expect((await call('DELETE', `${acl}/user:${bob}`)).status).toBe(204);
    expect((await asBob('GET', events)).status).toBe(404);
    expect((await call('GET', `${acl}/user:${bob}`)).status).toBe(404);
    expect(reason(await call('DELETE', `${acl}/user:${email}`))).toBe('cannotChangeOwnAcl');
  });

  test('writers read the rules, only owners change them', async () => {
    const writer = await withBob('writer');
    expect((await writer.asBob('GET', acl)).status).toBe(200);
    expect((await writer.asBob('POST', acl, { body: rule })).status).toBe(403);
    const reader = await withBob('reader');
    expect((await reader.asBob('GET', acl)).status).toBe(403);
    const owner = await withBob('owner');
    expect((await owner.asBob('POST', acl, { body: { ...rule, scope: { type: 'default' } } })).body.id).toBe('default');
  });

  test('a list pages, and its increment shows a removed rule with the role none', async () => {
    const { call } = await withBob('reader');
    const first = await call('GET', `${acl}?maxResults=1`);
    const second = await call('GET', `${acl}?maxResults=1&pageToken=${first.body.nextPageToken}`);
    expect([...first.body.items, ...second.body.items].map(({ id }: { id: string }) => id)).toEqual([
      `user:${email}`,
      `user:${bob}`,
    ]);
    await call('DELETE', `${acl}/user:${bob}`);
    const { body } = await call('GET', `${acl}?syncToken=${second.body.nextSyncToken}`);
    expect(body.items.map(({ id, role }: { id: string; role: string }) => [id, role])).toEqual([
      [`user:${bob}`, 'none'],
    ]);
    expect((await call('GET', acl)).body.items).toHaveLength(1);
    expect((await call('GET', `${acl}?syncToken=garbled`)).status).toBe(410);
  });

  test('a change of access leaves sync tokens alone, or ends them by switch', async () => {
    for (const [aclChange, status] of [
      ['keeps_sync_tokens', 200],
      ['ends_sync_tokens', 410],
    ] as const) {
      const { call } = await withBob(undefined, { switches: { aclChange } });
      const { body } = await call('GET', events);
      await call('POST', acl, { body: rule });
      expect((await call('GET', `${events}?syncToken=${body.nextSyncToken}`)).status).toBe(status);
    }
  });

  test.each([
    ['without a scope', { role: 'reader' }],
    ['without a role', { scope: rule.scope }],
    ['with a role that is none', { ...rule, role: 'boss' }],
    ['without an address', { ...rule, scope: { type: 'user' } }],
  ])('a rule %s is refused with 400', async (_, body) => {
    expect((await (await start()).call('POST', acl, { body })).status).toBe(400);
  });

  test('too many in a day are refused with quotaExceeded', async () => {
    const { call } = await withBob(undefined, { limits: { aclInsertsPerDay: 1 } });
    await call('POST', acl, { body: rule });
    const refused = await call('POST', acl, { body: { ...rule, scope: { type: 'default' } } });
    expect(reason(refused)).toBe('quotaExceeded');
  });
});

describe('the calendar list', () => {
  const list = 'users/me/calendarList';

  test('pages without a gap, and its increment shows what came and what went', async () => {
    const { call, asBob, emulator } = await withBob();
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const { id } = emulator.administration.createCalendar({ owner: email, summary: `Room ${index}` });
      emulator.administration.share(String(id), bob, 'reader');
      ids.push(String(id));
    }
    const found: string[] = [];
    let pageToken = '';
    let syncToken: string | undefined;
    while (syncToken === undefined) {
      const { body } = await asBob('GET', `${list}?maxResults=2${pageToken}`);
      found.push(...body.items.map(({ id }: { id: string }) => id));
      expect(body.items.length).toBeLessThanOrEqual(2);
      pageToken = `&pageToken=${body.nextPageToken}`;
      syncToken = body.nextSyncToken;
    }
    expect(found).toEqual([bob, ...ids]);
    expect((await asBob('GET', `${list}?syncToken=${syncToken}`)).body.items).toEqual([]);
    await asBob('DELETE', `${list}/${ids[1]}`);
    await call('DELETE', `calendars/${ids[2]}`);
    await call('PATCH', `calendars/${ids[3]}`, { body: { summary: 'Renamed' } });
    const { body } = await asBob('GET', `${list}?syncToken=${syncToken}`);
    const changed = body.items.map(({ id, deleted, summary }: Record<string, unknown>) => [id, deleted ?? summary]);
    expect(changed).toEqual([
      [ids[1], true],
      [ids[2], true],
      [ids[3], 'Renamed'],
    ]);
    const increment = `${list}?syncToken=${syncToken}&minAccessRole=owner`;
    expect((await asBob('GET', increment)).status).toBe(400);
  });

  test('minAccessRole leaves out what the caller may less than that', async () => {
    const { asBob } = await withBob('reader');
    const ids = async (role: string) =>
      (await asBob('GET', `${list}?minAccessRole=${role}`)).body.items.map(({ id }: { id: string }) => id);
    expect(await ids('reader')).toEqual([email, bob]);
    expect(await ids('writer')).toEqual([bob]);
  });
});

describe('calendars', () => {
  test('patch with a stale etag is refused, with the present one it works, and same content keeps the etag', async () => {
    const { call } = await start();
    const { body: made } = await call('POST', 'calendars', { body: { summary: 'Room' } });
    const path = `calendars/${made.id}`;
    const patch = (summary: string, etag: string) =>
      call('PATCH', path, { body: { summary }, headers: { 'if-match': etag } });
    const renamed = await patch('Hall', made.etag);
    expect([renamed.status, renamed.body.summary]).toEqual([200, 'Hall']);
    expect((await patch('Room', made.etag)).status).toBe(412);
    expect((await patch('Hall', renamed.body.etag)).body.etag).toBe(renamed.body.etag);
    expect((await call('GET', path)).body.summary).toBe('Hall');
  });

  test('a writer may not rename it', async () => {
    const { asBob } = await withBob('writer');
    expect(reason(await asBob('PATCH', `calendars/${email}`, { body: { summary: 'Mine' } }))).toBe(
      'requiredAccessLevel',
    );
  });

  test('deleting a primary calendar is refused with the status of the switch', async () => {
    for (const deletePrimaryStatus of [400, 403] as const) {
      const { call } = await start({ switches: { deletePrimaryStatus } });
      expect((await call('DELETE', 'calendars/primary')).status).toBe(deletePrimaryStatus);
    }
  });
});
