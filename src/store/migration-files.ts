/** The numbered SQL files, forward only, in the form that Kysely's migrator wants. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import type { Migration, MigrationProvider } from 'kysely/migration';

const folder = fileURLToPath(new URL('../../migrations/', import.meta.url));
const fileName = /^(\d{4}_[a-z_]+)\.sql$/;

/** What this program knows, in order. */
export async function migrationNames(): Promise<readonly string[]> {
  return (await readdir(folder)).flatMap((file) => fileName.exec(file)?.[1] ?? []).sort();
}

/** Each file is one migration, named without its ending; any other name in the folder is ignored. */
export const migrationFiles: MigrationProvider = {
  async getMigrations() {
    const migrations: Record<string, Migration> = {};
    for (const file of (await readdir(folder)).sort()) {
      const name = fileName.exec(file)?.[1];
      if (name === undefined) continue;
      const text = await readFile(`${folder}${file}`, 'utf8');
      migrations[name] = {
        async up(db) {
          await sql.raw(text).execute(db);
        },
      };
    }
    return migrations;
  },
};
