/** A program that uses the library: it puts an event of its own, guests and all, in one call. The server ends its connection at times. */
import { sql } from 'kysely';
import type { Pool } from 'pg';
import { parseEventSpec, type WrittenEvent } from '../../src/core/event-spec.ts';
import type { Db } from '../../src/store/database.ts';
import { putEvents } from '../../src/write/put.ts';
import { requireWritten } from '../../src/write/result.ts';
import type { Change, Client } from './change.ts';
import { timesOf } from './change.ts';

const kinds: readonly string[] = ['inserted', 'attendee_added'];

export function typescriptClients(db: Db, calendar: string, administrator: Pool): Client {
  return {
    kinds,
    async attempt(change, isFirst) {
      const writer = { actor: change.name, door: 'typescript', source: 'caller' } as const;
      const written = await db.transaction().execute(async (tx) => {
        if (change.isCut && isFirst && change.cutAt < 0.5) await endMe(tx, administrator);
        const result = requireWritten(await putEvents(tx, [specOf(change, calendar)], writer));
        if (change.isCut && isFirst) await endMe(tx, administrator);
        return result;
      });
      const [now] = written;
      if (now === undefined) throw new Error(`${change.name} was not told what was written`);
      return {
        change,
        key: now.key,
        revision: now.revision,
        kinds,
        value: change.name,
      };
    },
  };
}

function specOf({ name, own }: Change, calendar: string): WrittenEvent {
  const { start, end } = timesOf(Number(own.split('-').at(-1)));
  const parsed = parseEventSpec({
    key: own,
    calendar,
    summary: name,
    start: { dateTime: start, timeZone: 'UTC' },
    end: { dateTime: end, timeZone: 'UTC' },
    attendees: [{ email: `${name}@example.com` }],
  });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join());
  return parsed.spec;
}

/** As an administrator, or a failover, would. */
async function endMe(tx: Db, administrator: Pool): Promise<void> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
  await administrator.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
}
