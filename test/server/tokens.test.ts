import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ApiScope } from '../../src/core/api-scope.ts';
import { addApiToken, listApiTokens, revokeApiToken } from '../../src/store/api-token.ts';
import { systemRandom } from '../support/migrated.ts';
import { type Answered, type AServer, adminToken, anEvent, aServer } from './a-server.ts';

let server: AServer;
beforeEach(async () => {
  server = await aServer();
});
afterEach(() => server.close());

const aToken = (name: string, scopes: readonly ApiScope[], ratePerMinute = 6_000) =>
  addApiToken(server.db, { name, scopes, ratePerMinute, createdBy: 'test' }, systemRandom);

const by = (token: string) => ({ authorization: `Bearer ${token}` });
const get = (token: string): Promise<Answered> => server.send('GET', '/v1/events', undefined, by(token));

test('without a token, with a wrong one, or with another scheme there is no way in, and the answer says which is asked for', async () => {
  const [id = ''] = (await aToken('booking', ['read'])).split('_').slice(1);
  const wrong = [
    '',
    'Bearer',
    'Bearer nothing',
    `Basic ${adminToken}`,
    `Bearer calsync_${id}_${'0'.repeat(64)}`,
    `Bearer ${adminToken}x`,
  ];
  for (const authorization of wrong) {
    const refused = await server.send('GET', '/v1/events', undefined, { authorization });
    expect(refused).toMatchObject({ status: 401, body: { type: 'urn:calsync:problem:unauthorized' } });
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer realm="calsync"/);
  }
});

test('a scope opens what it names and nothing else; admin opens everything', async () => {
  const event = anEvent({ summary: 'scoped' });
  const statuses = async (token: string) => [
    (await get(token)).status,
    (await server.send('PUT', '/v1/events/scoped', event, by(token))).status,
  ];
  expect(await statuses(await aToken('reader', ['read']))).toEqual([200, 403]);
  expect(await statuses(await aToken('writer', ['write']))).toEqual([403, 201]);
  expect(await statuses(await aToken('both', ['read', 'write']))).toEqual([200, 200]);
  expect(await statuses(await aToken('admin', ['admin']))).toEqual([200, 200]);
});

test('one who may only write is told of a conflict, and is not shown the event', async () => {
  await server.send('PUT', '/v1/events/secret', anEvent({ summary: 'secret' }));
  const token = await aToken('writer', ['write']);
  const refused = await server.send(
    'PATCH',
    '/v1/events/secret',
    { location: 'x' },
    { ...by(token), 'if-match': '"7"' },
  );
  expect(refused.status).toBe(412);
  expect(refused.body).not.toHaveProperty('current');
});

test('the actor of what a token writes is its name', async () => {
  const token = await aToken('booking', ['write']);
  await server.send('PUT', '/v1/events/named', anEvent({ summary: 'named' }), by(token));
  const { rows } = await server.pool.query(`select actor from calsync.history where key = 'named'`);
  expect(rows).toEqual([{ actor: 'booking' }]);
});

test('a new token works at once, a revoked one within five seconds no more, and its name is free again', async () => {
  expect((await get('calsync_1_')).status).toBe(401);
  const token = await aToken('booking', ['read']);
  expect((await get(token)).status).toBe(200);
  await expect(aToken('booking', ['read'])).rejects.toMatchObject({ kind: 'usage', reason: 'token_exists' });
  await revokeApiToken(server.db, 'booking');
  server.advance(5_000);
  expect((await get(token)).status).toBe(401);
  await expect(revokeApiToken(server.db, 'booking')).rejects.toMatchObject({ kind: 'usage', reason: 'unknown_token' });
  expect((await get(await aToken('booking', ['read']))).status).toBe(200);
  expect((await listApiTokens(server.db)).map(({ revokedAt }) => revokedAt === null)).toEqual([false, true]);
});

test('the secret of a token is nowhere in the database', async () => {
  const token = await aToken('booking', ['read']);
  const { rows } = await server.pool.query('select to_jsonb(token)::text as row from calsync.api_token token');
  expect(rows[0].row).not.toContain(token.split('_').at(-1));
});

test('use is noted, coarsely', async () => {
  const token = await aToken('booking', ['read']);
  await get(token);
  server.advance(6_000);
  await get(token);
  expect((await listApiTokens(server.db))[0]?.lastUsedAt).toBeInstanceOf(Date);
});

test('a rate is kept per token: the one beyond it waits as long as it is told, others go on', async () => {
  const token = await aToken('busy', ['read'], 60); // ten at once, then one a second
  const other = await aToken('other', ['read'], 60);
  const statuses = [];
  for (let count = 0; count < 12; count += 1) statuses.push((await get(token)).status);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(10);
  const refused = await get(token);
  expect(refused).toMatchObject({ status: 429, body: { type: 'urn:calsync:problem:too_many_requests' } });
  expect((await get(other)).status).toBe(200);
  server.advance(Number(refused.headers.get('retry-after')) * 1_000);
  expect((await get(token)).status).toBe(200);
});

test('however many wrong tokens come, the table is read four times a second at most', async () => {
  let reads = 0;
  server.pool.on('acquire', () => {
    reads += 1;
  });
  const startedAt = Date.now();
  for (let round = 0; round < 4; round += 1) {
    const wrong = Array.from({ length: 50 }, (_, index) => get(`calsync_${round * 50 + index + 1}_${'0'.repeat(64)}`));
    for (const { status } of await Promise.all(wrong)) expect(status).toBe(401);
  }
  expect(reads).toBeLessThanOrEqual(2 + (Date.now() - startedAt) / 250);
});

test('what is logged of a request is its route and not its path, and no secret', async () => {
  const token = await aToken('booking', ['write']);
  await server.send('PUT', '/v1/events/private-key/attendees/ada@example.com?x=1', undefined, by(token));
  const [line] = server.log;
  expect(line).toMatchObject({
    method: 'PUT',
    route: '/v1/events/{key}/attendees/{address}',
    status: 400,
    token: 'token:1',
    problem: 'invalid_request',
  });
  expect(JSON.stringify(server.log)).not.toMatch(/private-key|ada@|calsync_/);
});
