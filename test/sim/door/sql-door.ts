/** Plain SQL on the two tables, as a program in another language writes it. */
import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import type { Db, Tx } from '../../../src/store/database.ts';
import { type Ask, guestOf, type Heard, type Numbers, patchedText } from './ask.ts';

export async function askInSql(db: Db, ask: Ask): Promise<Heard> {
  try {
    return await db.transaction().execute(async (tx) => {
      await sql`select set_config('calsync.actor', ${ask.tag}, true)`.execute(tx);
      const [before] = await numbersOf(tx as Tx, ask.key);
      return asItWent(before, await carryOut(tx as Tx, ask));
    });
  } catch (thrown) {
    if (thrown instanceof DatabaseError) return { kind: 'refused', why: thrown.constraint ?? thrown.code ?? 'refused' };
    return { kind: 'unknown', why: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

/** A statement that leaves a row as it is changes nothing, however many rows it names: a repeat after a lost answer, for one. */
function asItWent(before: Numbers | undefined, heardOf: Heard): Heard {
  const isSame =
    heardOf.kind === 'done' && before !== undefined && Number(before.revision) === heardOf.numbers?.revision;
  return isSame ? { ...heardOf, did: 'unchanged' } : heardOf;
}

async function carryOut(tx: Tx, ask: Ask): Promise<Heard> {
  const { deed, tag, key } = ask;
  switch (deed.kind) {
    case 'put':
      return putRow(tx, ask);
    case 'patch': {
      const column = sql.id(deed.field);
      const { rows } = await sql<Numbers>`
        update calsync.desired_event set ${column} = ${patchedText(deed.field, tag)}
          where key = ${key} and ${asSeen(ask)} returning generation, revision`.execute(tx);
      return heard('changed', rows);
    }
    case 'cancel': {
      const { rows } = await sql<Numbers>`
        update calsync.desired_event set cancelled_at = calsync.now()
          where key = ${key} and cancelled_at is null and ${asSeen(ask)} returning generation, revision`.execute(tx);
      return heard('cancelled', rows);
    }
    case 'enrol':
      await sql`
        insert into calsync.desired_attendee (key, address, display_name) values (${key}, ${guestOf(deed.guest)}, ${tag})
          on conflict (key, normal_address) do update set display_name = excluded.display_name`.execute(tx);
      return heard('changed', await numbersOf(tx, key));
    case 'leave': {
      const { numAffectedRows } = await sql`
        delete from calsync.desired_attendee where key = ${key} and address = ${guestOf(deed.guest)}`.execute(tx);
      return heard(numAffectedRows === 0n ? 'unchanged' : 'changed', await numbersOf(tx, key));
    }
    case 'restore':
    case 'go_back':
    case 'invite_person':
    case 'rehome':
      throw new Error(`${deed.kind} is asked for in TypeScript`);
  }
}

/** An upsert, or where a version is named an update of exactly that one. */
async function putRow(tx: Tx, ask: Ask): Promise<Heard> {
  const { key, event } = ask;
  const { calendar, summary, location, start, end } = event as {
    readonly calendar: string;
    readonly summary: string;
    readonly location?: string;
    readonly start: { readonly dateTime: string; readonly timeZone: string };
    readonly end: { readonly dateTime: string; readonly timeZone: string };
  };
  if (ask.seen !== null && ask.seen !== 'no_row') {
    const { rows } = await sql<Numbers>`
      update calsync.desired_event set calendar = ${calendar}, summary = ${summary}, location = ${location ?? null},
          start_local = ${start.dateTime}, end_local = ${end.dateTime}
        where key = ${key} and ${asSeen(ask)} returning generation, revision`.execute(tx);
    return heard('changed', rows);
  }
  const { rows } = await sql<Numbers>`
    insert into calsync.desired_event as event (key, calendar, summary, location, start_local, start_zone, end_local, end_zone)
      values (${key}, ${calendar}, ${summary}, ${location ?? null}, ${start.dateTime}, ${start.timeZone}, ${end.dateTime}, ${end.timeZone})
      on conflict (key) do update set calendar = excluded.calendar, summary = excluded.summary, location = excluded.location,
        start_local = excluded.start_local, end_local = excluded.end_local
      returning generation, revision`.execute(tx);
  return heard('changed', rows);
}

function asSeen({ deed, seen }: Ask) {
  if (seen === null || seen === 'no_row') return sql`true`;
  return deed.names === 'version'
    ? sql`generation = ${seen.generation} and revision = ${seen.revision}`
    : sql`generation = ${seen.generation}`;
}

async function numbersOf(tx: Tx, key: string | null): Promise<readonly Numbers[]> {
  const { rows } = await sql<Numbers>`
    select generation, revision from calsync.desired_event where key = ${key} for no key update`.execute(tx);
  return rows;
}

function heard(did: string, rows: readonly Numbers[]): Heard {
  const [numbers] = rows;
  if (numbers === undefined) return { kind: 'refused', why: 'no such row' };
  const { generation, revision } = numbers;
  return { kind: 'done', did, numbers: { generation: Number(generation), revision: Number(revision) }, whole: '' };
}
