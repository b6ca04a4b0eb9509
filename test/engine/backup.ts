import type { Db } from '../../src/store/database.ts';
import { rowsOf } from './tables.ts';

/** Every table but those that belong to the installation, as a backup has them. Answers what puts it back. */
export async function backUp(db: Db): Promise<() => Promise<void>> {
  const tables = await rowsOf<{ name: string; columns: string }>(
    db,
    `select rel.relname as name,
         (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
            where attrelid = rel.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
       from pg_class rel where relnamespace = 'calsync'::regnamespace and relkind = 'r'
         and relname not in ('setting', 'time_zone') and relname not like 'migration%' order by 1`,
  );
  await rowsOf(db, 'create schema backup');
  for (const { name } of tables) await rowsOf(db, `create table backup.${name} as table calsync.${name}`);
  return () =>
    db.connection().execute(async (connection) => {
      await rowsOf(connection, 'set session_replication_role = replica');
      for (const { name, columns } of tables) {
        await rowsOf(connection, `delete from calsync.${name}`);
        await rowsOf(
          connection,
          `insert into calsync.${name} (${columns}) overriding system value select ${columns} from backup.${name}`,
        );
      }
      await rowsOf(connection, 'set session_replication_role = origin');
    });
}
