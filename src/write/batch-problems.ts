/** Problems that a batch of events has besides those of each: keys twice, calendars that are not managed, twins. */
import type { EventSpec } from '../core/event-spec.ts';
import { unknownCalendarMessage } from '../store/calendar.ts';
import type { Db } from '../store/database.ts';
import { type AskedPlaces, findPlaces, type Places, type TwinPair } from '../store/desired.ts';
import type { WriteProblem } from './result.ts';

export function duplicateKeyProblems(keys: readonly string[]): readonly WriteProblem[] {
  const seen = new Set<string>();
  const twice = new Set(keys.filter((key) => seen.size === seen.add(key).size));
  return [...twice].map((key) => ({
    kind: 'duplicate_key',
    key,
    field: 'key',
    message: `the key ${key} stands twice in one write: a key is one event`,
  }));
}

export async function unknownCalendarProblems(db: Db, specs: readonly EventSpec[]): Promise<readonly WriteProblem[]> {
  return (await placeProblems(db, specs, [])).calendars;
}

/** Events that are new or get a new time or title, against each other and against the live rows. `allowTwin` lets one pass. */
export async function twinProblems(db: Db, specs: readonly EventSpec[]): Promise<readonly WriteProblem[]> {
  return (await placeProblems(db, [], specs)).twins;
}

/** What to ask of the places of events: whether the calendars of some are managed, and the twins of those that are new. */
export function askedPlaces<Event extends Omit<EventSpec, 'attendees'>>(
  placed: readonly Event[],
  anew: readonly Event[],
): AskedPlaces {
  return {
    calendars: [...new Set(placed.map(({ calendar }) => calendar))],
    events: anew.filter((spec) => !spec.allowTwin && spec.summary !== null),
  };
}

/** Both at once. No query where there is nothing to ask, or where the answer is `known` already. */
export async function placeProblems(
  db: Db,
  placed: readonly EventSpec[],
  anew: readonly EventSpec[],
  known: Places | null = null,
): Promise<{ readonly calendars: readonly WriteProblem[]; readonly twins: readonly WriteProblem[] }> {
  const asked = askedPlaces(placed, anew);
  if (placed.length === 0 && asked.events.length === 0) return { calendars: [], twins: [] };
  const found = known ?? (await findPlaces(db, asked));
  const written = new Set(anew.map(({ key }) => key));
  const stored = found.twins.filter(({ key, twin }) => written.has(key) && !written.has(twin)); // what is written now is compared as it will be
  return {
    calendars: placed.filter(({ calendar }) => !found.calendars.has(calendar)).map(unknownCalendarProblem),
    twins: [...stored, ...twinsWithin(anew)].map(twinProblem),
  };
}

function unknownCalendarProblem({ key, calendar }: EventSpec): WriteProblem {
  return { kind: 'unknown_calendar', key, field: 'calendar', message: unknownCalendarMessage(calendar) };
}

function twinProblem({ key, twin }: TwinPair): WriteProblem {
  return {
    kind: 'twin',
    key,
    field: 'summary',
    message: `${key} would be a second event with the calendar, time and title of ${twin}: state allowTwin if both should be there`,
  };
}

/** What twins have alike: calendar, time and title. */
export function lookOf({ calendar, start, end, summary }: Omit<EventSpec, 'attendees'>): string {
  return JSON.stringify([calendar, start, end, summary]);
}

function twinsWithin(specs: readonly EventSpec[]): readonly TwinPair[] {
  const firstByLook = new Map<string, string>();
  const twins: TwinPair[] = [];
  for (const spec of specs) {
    if (spec.summary === null) continue;
    const look = lookOf(spec);
    const twin = firstByLook.get(look);
    if (twin === undefined) firstByLook.set(look, spec.key);
    else if (!spec.allowTwin) twins.push({ key: spec.key, twin });
  }
  return twins;
}
