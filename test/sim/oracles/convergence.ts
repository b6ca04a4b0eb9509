/** L1, I3, I16 and the bounds: at rest Google equals the table, or what differs is there to be seen, and a further turn does nothing. */
import type { JsonObject } from '../../../src/emulator/model.ts';
import { strictPolicies } from '../shape.ts';
import type { Site, World } from '../world.ts';
import { liveEvents, markOfEvent } from './google-side.ts';
import type { Oracle } from './oracle.ts';

interface Wanted {
  readonly key: string;
  readonly calendar: string;
  readonly summary: string | null;
  readonly location: string | null;
  readonly starts: Date;
  readonly ends: Date;
  readonly guests: readonly string[] | null;
}

export const convergence: Oracle = {
  async atRest(world) {
    for (const site of world.sites) {
      await checkSettled(world, site);
      await compareAll(world, site);
    }
  },
};

async function checkSettled(world: World, site: Site): Promise<void> {
  const open = await site.connection.ask('select from calsync.intent where outcome is null');
  if (open.length > 0) world.fail('L1', `${open.length} calls are still unsettled`);
  const leases = await site.connection.ask('select from calsync.calendar where lease_owner is not null');
  if (leases.length > 0) world.fail('L1', 'a lease was never given back');
}

async function compareAll(world: World, site: Site): Promise<void> {
  const wanted = await site.connection.ask<Wanted>(
    `select key, calendar, summary, location, calsync.instant(start_local, start_zone, start_offset) as starts,
         calsync.instant(end_local, end_zone, end_offset) as ends,
         (select array_agg(address order by address) from calsync.desired_attendee guest where guest.key = event.key and state = 'active') as guests
       from calsync.desired_event event where cancelled_at is null order by key`,
  );
  const told = await toldOf(site);
  const found = await foundOf(world, site);
  for (const row of wanted) {
    const events = found.filter(({ key }) => key === row.key);
    const problem = problemOf(row, events);
    if (problem !== null && !isTold(world, told, row.key))
      world.fail(
        'L1',
        `${row.key} of ${site.number}: ${problem}, and nothing tells why (open: ${told.findings.get(row.key) ?? 'nothing'})`,
      );
  }
  const keys = new Set(wanted.map(({ key }) => key));
  for (const { key } of found) {
    if (!keys.has(key) && !isTold(world, told, key))
      world.fail('L1', `${key} is live in Google, not in the table, and nothing tells of it`);
  }
}

interface Found {
  readonly key: string;
  readonly calendar: string;
  readonly event: JsonObject;
}

/** Every live event of the installation: by its mark, or bound although a person stripped the mark off. */
async function foundOf(world: World, site: Site): Promise<readonly Found[]> {
  const bindings = await site.connection.ask<{ event_id: string; key: string }>(
    "select event_id, key from calsync.binding where state = 'live'",
  );
  const bound = new Map(bindings.map(({ event_id, key }) => [event_id, key]));
  const keyOf = (event: JsonObject): string | undefined => {
    const mark = markOfEvent(event);
    return mark === null
      ? bound.get(String(event.id))
      : mark.installation === site.database.installation
        ? mark.key
        : undefined;
  };
  return world.calendars.flatMap((calendar) =>
    liveEvents(world, calendar).flatMap((event) => {
      const key = keyOf(event);
      return key === undefined ? [] : [{ key, calendar, event }];
    }),
  );
}

interface Told {
  readonly findings: ReadonlyMap<string, readonly string[]>;
  readonly waiting: ReadonlySet<string>;
}

/** Open findings by key, and keys that wait for a stated reason. */
async function toldOf(site: Site): Promise<Told> {
  const findings = await site.connection.ask<{ key: string; kinds: readonly string[] }>(
    'select key, array_agg(kind order by kind) as kinds from calsync.finding where closed_at is null and key is not null group by key',
  );
  const waiting = await site.connection.ask<{ key: string }>(
    "select key from calsync.dirty where parked or due_at = 'infinity'",
  );
  return {
    findings: new Map(findings.map(({ key, kinds }) => [key, kinds])),
    waiting: new Set(waiting.map(({ key }) => key)),
  };
}

/** Under strict policies only a person's doing that has no one answer may stay open: copies, contests. */
const undecidable = new Set(['duplicate', 'contested', 'lookalike', 'rejected', 'orphan', 'moved']);

function isTold(world: World, { findings, waiting }: Told, key: string): boolean {
  const kinds = findings.get(key) ?? [];
  if (
    world.shape.policies === strictPolicies ||
    (world.shape.policies.policy === 'sync' && world.shape.policies.drift === 'enforce')
  )
    return kinds.some((kind) => undecidable.has(kind) || kind === 'deleted') || waiting.has(key);
  return kinds.length > 0 || waiting.has(key);
}

function problemOf(row: Wanted, found: readonly Found[]): string | null {
  const here = found.filter(({ calendar }) => calendar === row.calendar);
  if (found.length === 0) return 'not in Google';
  if (found.length > 1) return `${found.length} times in Google`;
  const event = here[0]?.event;
  if (event === undefined) return 'on another calendar';
  if (row.summary !== null && event.summary !== row.summary) return 'another title';
  if (row.location !== null && event.location !== row.location) return 'another place';
  if (instantOf(event.start) !== row.starts.getTime() || instantOf(event.end) !== row.ends.getTime())
    return 'another time';
  const shown = new Set(
    (Array.isArray(event.attendees) ? (event.attendees as JsonObject[]) : []).map(({ email }) => email),
  );
  return (row.guests ?? []).every((guest) => shown.has(guest)) ? null : 'a guest is missing';
}

function instantOf(time: JsonObject[string] | undefined): number {
  return Date.parse(String((time as { dateTime?: string } | undefined)?.dateTime));
}
