/** What happens to a database as a whole: a backup is taken, and later put in its place. Its processes end with their connections. */
import type { Site, World } from '../world.ts';

export type DatabaseDeed = { readonly kind: 'back_up' } | { readonly kind: 'put_backup_back' };

interface Backup {
  readonly tables: ReadonlyMap<string, string>;
}

const backups = new WeakMap<Site, Backup>();

export async function doToDatabase(world: World, site: Site, deed: DatabaseDeed): Promise<string> {
  const tables = await tablesOf(site);
  if (deed.kind === 'back_up') {
    const contents = new Map<string, string>();
    for (const table of tables) {
      const [row] = await site.connection.ask<{ rows: string }>(
        `select coalesce(jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text), '[]')::text as rows from calsync.${table} t`,
      );
      contents.set(table, row?.rows ?? '[]');
    }
    backups.set(site, { tables: contents });
    return 'taken';
  }
  const backup = backups.get(site);
  if (backup === undefined) return 'there is none';
  world.crashAll(site);
  world.restored = true;
  await site.connection.ask('set session_replication_role = replica');
  for (const [table, rows] of backup.tables) {
    const columns = await columnsOf(site, table);
    await site.connection.ask(`delete from calsync.${table}`);
    await site.connection.ask(
      `insert into calsync.${table} (${columns}) overriding system value
         select ${columns} from jsonb_populate_recordset(null::calsync.${table}, $1::jsonb)`,
      [rows],
    );
  }
  await site.connection.ask('set session_replication_role = origin');
  return 'the database is as it was then';
}

async function tablesOf(site: Site): Promise<readonly string[]> {
  const rows = await site.connection.ask<{ relname: string }>(
    `select relname from pg_class where relnamespace = 'calsync'::regnamespace and relkind = 'r'
       and relname not in ('setting', 'time_zone') and relname not like 'kysely%' order by relname`,
  );
  return rows.map(({ relname }) => relname);
}

/** Every column that can be written: generated ones are computed again. */
async function columnsOf(site: Site, table: string): Promise<string> {
  const [row] = await site.connection.ask<{ names: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as names from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
    [`calsync.${table}`],
  );
  return row?.names ?? '';
}
