/** The API in front of a real reconciler and the emulator: how a write stands, until Google shows it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { type Api, createApi } from '../../src/server/api.ts';
import { systemRandom } from '../support/migrated.ts';
import { anEvent, home, World } from '../support/world.ts';
import { adminToken } from './a-server.ts';

let world: World;
let api: Api;
beforeEach(async () => {
  world = await World.open();
  const closing = new AbortController().signal;
  api = createApi({
    db: world.store.db,
    clock: systemClock,
    random: systemRandom,
    adminToken,
    onRequest: () => undefined,
    closing,
  });
});
afterEach(() => world.close());

interface Standing {
  readonly status: string;
  readonly reason: string;
}

async function ask(
  method: string,
  path: string,
  body?: object,
): Promise<Standing & { attendees: (Standing & { email: string })[]; leaving: object[] }> {
  const response = await api.fetch(
    new Request(`http://calsync.test${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as Awaited<ReturnType<typeof ask>>;
}

test('[S04B] the network fails while a guest is added: that guest is visibly pending and whose fault it is told, the others are not, and then all are in sync', async () => {
  await ask('PUT', '/v1/events/class-1', anEvent({ attendees: [{ email: 'ada@example.com' }] }));
  await world.reconcile();
  expect(await ask('GET', '/v1/events/class-1')).toMatchObject({
    status: 'in_sync',
    attendees: [{ status: 'in_sync' }],
  });

  for (const operation of ['calendar.events.patch', 'calendar.events.get'])
    world.emulator.faults.add({ match: { operation }, times: null, action: { kind: 'html' } });
  await ask('PUT', '/v1/events/class-1/attendees/bob@example.com');
  await world.turn();
  expect(await ask('GET', '/v1/events/class-1')).toMatchObject({
    status: 'pending',
    attendees: [
      { email: 'ada@example.com', status: 'in_sync', fault: null },
      { email: 'bob@example.com', status: 'pending', fault: 'google' },
    ],
  });

  world.emulator.faults.clear();
  await world.advance(5 * 60_000);
  await world.reconcile();
  const converged = await ask('GET', '/v1/events/class-1');
  expect(converged.attendees.map(({ status }) => status)).toEqual(['in_sync', 'in_sync']);
});

test('a guest who was taken off is told as leaving until Google does not show them any more', async () => {
  await ask('PUT', '/v1/events/class-1', anEvent({ attendees: [{ email: 'ada@example.com' }] }));
  await world.reconcile();
  await ask('DELETE', '/v1/events/class-1/attendees/ada@example.com');
  expect(await ask('GET', '/v1/events/class-1')).toMatchObject({
    attendees: [],
    leaving: [{ email: 'ada@example.com', status: 'cancelling' }],
  });
  await world.reconcile();
  expect(await ask('GET', '/v1/events/class-1')).toMatchObject({ attendees: [], leaving: [], status: 'in_sync' });
});

test('one who waits is answered once Google shows it, well before the time is up', async () => {
  await ask('PUT', '/v1/events/class-1', anEvent());
  const startedAt = Date.now();
  const waiting = ask('GET', '/v1/events/class-1?wait=30s');
  await world.reconcile();
  expect((await waiting).status).toBe('in_sync');
  expect(Date.now() - startedAt).toBeLessThan(20_000);
  expect(world.eventOf('class-1', home).summary).toBe('Algebra');
});

test('one who waits in vain is answered when the time is up, with how it stands', async () => {
  await ask('PUT', '/v1/events/class-1', anEvent());
  const startedAt = Date.now();
  expect((await ask('GET', '/v1/events/class-1?wait=300ms')).status).toBe('pending');
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(290);
});

test('a list tells how every event stands', async () => {
  await ask('PUT', '/v1/events/class-1', anEvent());
  await world.reconcile();
  await ask('PUT', '/v1/events/class-2', anEvent({ key: 'class-2', summary: 'Physics' }));
  const { events } = (await ask('GET', '/v1/events')) as unknown as { events: Standing[] };
  expect(events.map(({ status }) => status)).toEqual(['in_sync', 'pending']);
});
