/** The functions that calsync gives to programs that speak SQL alone. */
import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import type { Db } from '../../../src/store/database.ts';
import { type Ask, guestOf, type Heard } from './ask.ts';

/** What has a function: the rest is written by plain SQL. */
export const functionKinds: ReadonlySet<string> = new Set(['put', 'cancel', 'enrol', 'leave']);

interface Written {
  readonly kind: string;
  readonly generation: string;
  readonly revision: string;
}

export async function askByFunction(db: Db, ask: Ask): Promise<Heard> {
  try {
    return await db.transaction().execute(async (tx) => {
      await sql`select set_config('calsync.actor', ${ask.tag}, true)`.execute(tx);
      const { rows } = await called(ask).execute(tx);
      return heard(rows[0]);
    });
  } catch (thrown) {
    if (thrown instanceof DatabaseError) return { kind: 'refused', why: thrown.constraint ?? thrown.code ?? 'refused' };
    return { kind: 'unknown', why: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function called(ask: Ask) {
  const { deed, key, tag, event } = ask;
  const { generation, revision } = versionOf(ask);
  switch (deed.kind) {
    case 'put':
      return sql<Written>`
        select * from calsync.put_event(${JSON.stringify(event)}::jsonb, ${generation}::bigint, ${revision}::bigint, true)`;
    case 'cancel':
      return sql<Written>`select * from calsync.cancel_event(${key}, ${generation}::bigint, ${revision}::bigint)`;
    case 'enrol':
      return sql<Written>`select * from calsync.add_attendee(${key}, ${guestOf(deed.guest)}, display_name => ${tag})`;
    case 'leave':
      return sql<Written>`select * from calsync.remove_attendee(${key}, ${guestOf(deed.guest)})`;
    default:
      throw new Error(`${deed.kind} has no function`);
  }
}

function versionOf({ seen, deed }: Ask): { readonly generation: number | null; readonly revision: number | null } {
  if (seen === null || seen === 'no_row') return { generation: null, revision: null };
  return { generation: seen.generation, revision: deed.names === 'version' ? seen.revision : null };
}

function heard(written: Written | undefined): Heard {
  if (written === undefined) return { kind: 'refused', why: 'no answer' };
  const { kind, generation, revision } = written;
  return {
    kind: 'done',
    did: kind,
    numbers: { generation: Number(generation), revision: Number(revision) },
    whole: '',
  };
}
