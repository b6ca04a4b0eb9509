/** What the server is and knows. */
import { sql } from 'kysely';
import type { Db } from './database.ts';

/** `18.4`. */
export async function serverVersion(db: Db): Promise<string> {
  const { rows } = await sql<{ version: string }>`select current_setting('server_version') as version`.execute(db);
  return rows[0]?.version.split(' ')[0] ?? 'unknown';
}

/** Names that a time may carry here. */
export async function knownZones(db: Db): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('time_zone').select('name').orderBy('name').execute();
  return new Set(rows.map(({ name }) => name));
}
