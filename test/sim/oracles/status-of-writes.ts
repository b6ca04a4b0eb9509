/** I14 for single events: what the status of a key claims is so, in Google and in the table, and at rest it is told what it waits for. */
import { type EventStanding, readEventStatus } from '../../../src/store/event-status.ts';
import { askingDatabase } from '../door/asking-database.ts';
import type { Site, World } from '../world.ts';
import { type Found, foundOf, problemOf, wantedOf } from './equality.ts';
import type { EndedTurn, Oracle } from './oracle.ts';

export const statusOfWrites: Oracle = {
  /** A turn that could not look leaves the claim to what was seen before it. */
  async onTurn(world, { worker, calendar, report, undisturbed }: EndedTurn) {
    const looked = report?.error === null && report.counts.listCalls > 0 && report.state !== 'unknown';
    if (undisturbed && looked) await checkClaims(world, worker.site, [calendar]);
  },
  async atRest(world) {
    for (const site of world.sites) await checkClaims(world, site, world.calendars);
    for (const site of world.sites) await checkRest(world, site);
  },
};

async function standingsOf(site: Site): Promise<ReadonlyMap<string, EventStanding>> {
  const keys = await site.connection.ask<{ key: string }>('select key from calsync.key_counter order by key');
  return readEventStatus(
    askingDatabase(site),
    keys.map(({ key }) => key),
  );
}

/** `in_sync`: Google shows what the row says. `cancelled`: the event that stood for the key is gone. */
async function checkClaims(world: World, site: Site, observed: readonly string[]): Promise<void> {
  if (world.shape.policies.drift === 'ignore') return;
  const standings = await standingsOf(site);
  const found = await foundOf(world, site);
  const wanted = new Map((await wantedOf(site)).map((row) => [row.key, row]));
  for (const { key, status, revision, attendees } of standings.values()) {
    const events = found.filter((event) => event.key === key && observed.includes(event.calendar));
    if (events.some(({ calendar }) => world.liedAbout.has(calendar))) continue;
    const row = wanted.get(key);
    if (row !== undefined && !observed.includes(row.calendar)) continue;
    // Of an event that is gone only the listing of the row's calendar could have told.
    if (status === 'in_sync' && !world.liedAbout.has(row?.calendar ?? '')) {
      const problem = row === undefined ? 'not wanted' : problemOf(row, events);
      if (problem !== null)
        world.fail('I14', `the status of ${key} at revision ${revision} is in_sync, and it is ${problem}`);
      const missing = attendees.filter((guest) => guest.status === 'in_sync' && !isGuest(events, guest.address));
      if (missing.length > 0) world.fail('I14', `${key}: a guest who is not there is said to be in_sync`);
    }
    if (status === 'cancelled' && row !== undefined)
      world.fail('I14', `the status of ${key} is cancelled, and its row is live`);
  }
}

function isGuest(events: readonly Found[], address: string): boolean {
  return events.some(
    ({ event }) =>
      Array.isArray(event.attendees) &&
      event.attendees.some((guest) => (guest as { email?: string }).email?.toLowerCase() === address.toLowerCase()),
  );
}

/** Nothing goes on any more: a key that equals Google and waits for nothing is in sync. */
async function checkRest(world: World, site: Site): Promise<void> {
  const found = await foundOf(world, site);
  const standings = await standingsOf(site);
  const open = await site.connection.ask<{ key: string }>(
    `select key from calsync.dirty union select key from calsync.finding where closed_at is null and key is not null
     union select key from calsync.hold_item item join calsync.hold on hold.id = item.hold where hold.closed_at is null order by key`,
  );
  const waiting = new Set(open.map(({ key }) => key));
  for (const row of await wantedOf(site)) {
    const standing = standings.get(row.key);
    const problem = problemOf(
      row,
      found.filter(({ key }) => key === row.key),
    );
    if (problem !== null || waiting.has(row.key) || standing?.status === 'in_sync' || standing?.status === 'settled')
      continue;
    world.fail('I14', `${row.key} equals Google and waits for nothing; its status is ${standing?.status ?? 'missing'}`);
  }
}
