import { openSiteDatabase, type SiteDatabase } from './site.ts';

const mostSites = 2;

/** Databases for one run at a time, named so that several processes can share a server. */
export async function openDatabases(
  host: string,
): Promise<{ readonly databases: readonly SiteDatabase[]; readonly close: () => Promise<void> }> {
  const databases: SiteDatabase[] = [];
  for (let number = 0; number < mostSites; number += 1)
    databases.push(await openSiteDatabase(host, `simulation_${process.pid}`, number));
  return {
    databases,
    close: async () => {
      for (const database of databases) await database.close();
    },
  };
}
