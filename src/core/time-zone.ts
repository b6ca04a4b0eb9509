/**
 * The names of time zones: what is accepted, and which names mean the same zone.
 *
 * Accepted are the names of the IANA database, aliases included (`Asia/Calcutta`, `UTC`, `EST5EDT`), in their own
 * spelling: PostgreSQL, Intl and Google all know these. Refused is what only some of them take, or what means
 * something else to each: offsets (`+02:00`), POSIX rules (`CET-1CEST`), abbreviations that are no zone (`PST`).
 *
 * Google has sent back another alias than it was given and later changed its mind about which one (`Asia/Calcutta` in
 * 2017, `Asia/Kolkata` by 2019), so names are never compared as strings.
 */
import { zoneLinks } from './zone-links.ts';

const canonicalByName = new Map<string, string>();
for (const line of zoneLinks.trim().split('\n')) {
  const names = line.split(' ');
  for (const name of names) canonicalByName.set(name, names[0] ?? name);
}

/** Every accepted name, sorted: what the database keeps as its table of zones. */
export const timeZoneNames: readonly string[] = [...canonicalByName.keys()].sort();

const nameBySpelling = new Map(timeZoneNames.map((name) => [spellingOf(name), name]));
const nameByCity = new Map(timeZoneNames.map((name) => [spellingOf(name.slice(name.lastIndexOf('/') + 1)), name]));

/** True for a name of the IANA database, in exactly its spelling. */
export function isTimeZone(name: string): boolean {
  return canonicalByName.has(name);
}

/** The one name that stands for a zone and all its aliases; a name that is not known stands for itself. */
export function canonicalTimeZone(name: string): string {
  return canonicalByName.get(name) ?? name;
}

/** Whether two names mean the same zone: equal, or aliases of one another. */
export function sameTimeZone(a: string, b: string): boolean {
  return a === b || canonicalTimeZone(a) === canonicalTimeZone(b);
}

/** The accepted name that was probably meant by one that is not (`europe/copenhagen`, `New York`), or null. */
export function suggestTimeZone(name: string): string | null {
  const spelling = spellingOf(name.trim());
  return nameBySpelling.get(spelling) ?? nameByCity.get(spelling) ?? null;
}

function spellingOf(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, '_');
}
