/** One corpus of events through every door: the same verdict on the same field, and the same row from each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { corpus } from '../corpus/corpus.ts';
import { type EntryDoor, entryDoors } from '../corpus/doors.ts';
import { type AServer, aServer } from '../server/a-server.ts';

const home = mkdtempSync(join(tmpdir(), 'calsync-corpus-'));
let server: AServer;
let doors: readonly EntryDoor[];
beforeAll(async () => {
  server = await aServer();
  doors = entryDoors(server, home);
});
afterAll(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

const told = new Map<string, number>();

test.each(corpus)('$name', async ({ event, refused, also }) => {
  const stored: { readonly door: string; readonly row: unknown }[] = [];
  for (const door of doors) {
    const verdict = await door.tell(event);
    if (verdict === null) continue;
    told.set(door.name, (told.get(door.name) ?? 0) + 1);
    const expected = refused === null ? [] : [door.namesColumns ? columnOf(refused) : refused];
    const named = [...new Set(door.namesColumns ? verdict.map(columnOf) : verdict)];
    if (!also.some((field) => named.includes(field)))
      expect({ door: door.name, named }).toEqual({ door: door.name, named: expected });
    stored.push({ door: door.name, row: await takeRow() });
  }
  const [first] = stored;
  for (const { door, row } of stored) expect({ door, row }).toEqual({ door, row: first?.row });
  expect(first?.row === null).toBe(refused !== null);
});

test('the corpus is large, and nearly all of it can be said through every door', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(250);
  expect(corpus.filter(({ refused }) => refused === null).length).toBeGreaterThanOrEqual(70);
  expect(Object.fromEntries(told)).toMatchObject({
    TypeScript: corpus.length,
    put_event: corpus.length,
    CLI: corpus.length,
  });
  expect(told.get('HTTP')).toBeGreaterThan(corpus.length - 7);
  expect(told.get('SQL')).toBeGreaterThan(190);
});

/** The row and its attendees without what differs by its nature, and gone again. */
async function takeRow(): Promise<unknown> {
  const { rows } = await server.pool.query(`
    select to_jsonb(event) - '{created_at,updated_at,generation,revision,attendees_version}'::text[] as event,
           (select jsonb_agg(jsonb_build_array(guest.address, guest.display_name, guest.optional) order by guest.normal_address)
              from calsync.desired_attendee guest where guest.key = event.key) as attendees
      from calsync.desired_event event`);
  await server.pool.query('delete from calsync.desired_event');
  return rows[0] ?? null;
}

function columnOf(field: string): string {
  return /^\w+/.exec(field)?.[0] ?? field;
}
