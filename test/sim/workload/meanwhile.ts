/** What happens to a row or its event in the moment in which a call about it is on its way: the window is one call wide. */
import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import type { Meanwhile } from '../faults.ts';
import { findEvent } from '../oracles/google-side.ts';
import type { Actor } from '../scheduler.ts';
import type { Site, World } from '../world.ts';

interface Struck {
  readonly site: Site;
  readonly key: string;
}

export async function doMeanwhile(world: World, eventId: string, doing: Meanwhile): Promise<void> {
  world.turns.disturb();
  const said = isOfPeople(doing)
    ? doToEvent(world, eventId, doing)
    : await doToRow(world, eventId, doing).catch((thrown: unknown) => refusalOf(thrown));
  world.turns.disturb();
  world.scheduler.say('meanwhile', `${doing}: ${said}`);
}

type OfPeople = Extract<Meanwhile, 'edit' | 'remove' | 'copy'>;

function isOfPeople(doing: Meanwhile): doing is OfPeople {
  return doing === 'edit' || doing === 'remove' || doing === 'copy';
}

function doToEvent(world: World, eventId: string, doing: OfPeople): string {
  const calendar = world.calendars.find((id) => isLive(world, id, eventId));
  if (calendar === undefined) return 'finds nothing';
  const { people } = world.emulator;
  switch (doing) {
    case 'edit':
      people.edit(calendar, eventId, { summary: `typed meanwhile ${world.scheduler.steps}` });
      return 'typed';
    case 'remove':
      people.remove(calendar, eventId);
      return 'deleted';
    case 'copy':
      people.copy(calendar, eventId, true, calendar);
      return 'copied';
  }
}

function isLive(world: World, calendar: string, eventId: string): boolean {
  const event = findEvent(world, calendar, eventId);
  return event !== null && event.status !== 'cancelled';
}

/** As a program in another language would: by plain SQL. */
async function doToRow(world: World, eventId: string, doing: Exclude<Meanwhile, OfPeople>): Promise<string> {
  const struck = await rowOf(world, eventId);
  if (struck === null) return 'finds no row';
  const { site, key } = struck;
  const actor: Actor = { name: 'meanwhile', alive: true };
  const db = site.connection.databaseOf(actor);
  switch (doing) {
    case 'retitle':
      await sql`update calsync.desired_event set summary = ${`retitled meanwhile ${world.scheduler.steps}`} where key = ${key}`.execute(
        db,
      );
      break;
    case 'withdraw':
      await sql`delete from calsync.desired_event where key = ${key}`.execute(db);
      break;
    case 'cancel':
      await sql`update calsync.desired_event set cancelled_at = calsync.now() where key = ${key} and cancelled_at is null`.execute(
        db,
      );
      break;
    case 'leave':
      await sql`delete from calsync.desired_attendee where key = ${key} and normal_address =
        (select normal_address from calsync.desired_attendee where key = ${key} order by added_at desc, normal_address limit 1)`.execute(
        db,
      );
      break;
    case 'relocate': {
      const [first = '', second = first] = world.calendars;
      await sql`update calsync.desired_event set calendar = case calendar when ${first} then ${second} else ${first} end where key = ${key}`.execute(
        db,
      );
      break;
    }
  }
  return key;
}

/** The row that the call is about, by the intent that was written down before it. */
async function rowOf(world: World, eventId: string): Promise<Struck | null> {
  for (const site of world.sites) {
    const [intent] = await site.connection.ask<{ key: string | null }>(
      'select key from calsync.intent where event_id = $1 order by id desc limit 1',
      [eventId],
    );
    if (intent !== undefined && intent.key !== null) return { site, key: intent.key };
  }
  return null;
}

/** A constraint may refuse it; anything else is the harness's own. */
function refusalOf(thrown: unknown): string {
  if (thrown instanceof DatabaseError) return `refused: ${thrown.constraint ?? thrown.code}`;
  throw thrown;
}
