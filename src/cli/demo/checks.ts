/** What the demo holds calsync to: the emulator's events and its request log against the timetable file, never calsync's own answer. */
import { changesIn, countOperations, type GoogleSide, keyOf, type LogEntry, type ShownEvent } from './google-side.ts';
import { datesOf, type Meeting } from './term.ts';
import type { Check } from './terminal.ts';

/** Google holds exactly one event per class, as the timetable has it, and nothing else but what is named as foreign. */
export async function googleShows(
  google: GoogleSide,
  calendars: readonly string[],
  meetings: readonly Meeting[],
  foreign: readonly ShownEvent[],
): Promise<Check> {
  const problems: string[] = [];
  let dates = 0;
  for (const calendar of calendars) {
    const wanted = meetings.filter((meeting) => meeting.calendar === calendar);
    const shown = await google.live(calendar);
    problems.push(...compare(calendar, wanted, shown, foreign));
    const expected = wanted.reduce((sum, meeting) => sum + datesOf(meeting), 0);
    const strangers = shown.filter((event) => keyOf(event) === null).length;
    const counted = (await google.dateCount(calendar)) - strangers;
    if (counted !== expected) problems.push(`${calendar}: ${counted} dates instead of ${expected}`);
    dates += expected;
  }
  const all = (await Promise.all(calendars.map((calendar) => google.live(calendar)))).flat();
  for (const { id } of foreign)
    if (!all.some((event) => event.id === id)) problems.push(`the foreign event ${id} is gone`);
  const claim = `Google shows each of the ${meetings.length} classes exactly once, ${dates} dates in all, as the timetable has them`;
  return { claim, problems };
}

function compare(
  calendar: string,
  wanted: readonly Meeting[],
  shown: readonly ShownEvent[],
  foreign: readonly ShownEvent[],
): readonly string[] {
  const problems: string[] = [];
  const byKey = new Map<string, ShownEvent>();
  for (const event of shown) {
    const key = keyOf(event);
    if (key === null) {
      if (!foreign.some(({ id, etag }) => id === event.id && etag === event.etag))
        problems.push(`${calendar}: a foreign event was touched`);
    } else if (byKey.has(key)) problems.push(`${calendar}: ${key} is there twice`);
    else byKey.set(key, event);
  }
  for (const meeting of wanted) {
    const event = byKey.get(meeting.key);
    if (event === undefined) problems.push(`${calendar}: ${meeting.key} is missing`);
    else problems.push(...differences(meeting, event));
    byKey.delete(meeting.key);
  }
  for (const key of byKey.keys()) problems.push(`${calendar}: ${key} should not be there`);
  return problems;
}

function differences(meeting: Meeting, event: ShownEvent): readonly string[] {
  const started = localStart(event, meeting.timeZone);
  return [
    ...(event.summary === meeting.summary ? [] : [`${meeting.key}: another title`]),
    ...((event.location ?? '') === meeting.location.trim() ? [] : [`${meeting.key}: another room`]),
    ...(started === meeting.startTime ? [] : [`${meeting.key}: starts at ${started} instead of ${meeting.startTime}`]),
  ];
}

function localStart(event: ShownEvent, timeZone: string): string {
  const instant = new Date(event.start?.dateTime ?? '');
  return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(instant);
}

/** The requests are exactly these changes, and nothing else was changed. */
export function changedExactly(
  requests: readonly LogEntry[],
  expected: Readonly<Record<string, number>>,
  words: string,
): Check {
  const counts = countOperations(requests);
  const names = ['insert', 'patch', 'move', 'delete', 'update', 'import'];
  const problems = names
    .filter((name) => (counts[name] ?? 0) !== (expected[name] ?? 0))
    .map((name) => `${counts[name] ?? 0} ${name} calls instead of ${expected[name] ?? 0}`);
  return { claim: `${changesIn(requests)} changing calls went out: ${words}`, problems };
}

/** No changing call at all, and one listing per calendar. */
export function idle(requests: readonly LogEntry[], calendars: readonly string[]): Check {
  const listings = requests.filter(({ operation }) => operation.endsWith('events.list')).length;
  const problems = [
    ...(changesIn(requests) === 0 ? [] : [`${changesIn(requests)} changing calls`]),
    ...(listings === calendars.length ? [] : [`${listings} listings for ${calendars.length} calendars`]),
  ];
  return {
    claim: `a run with nothing to do makes no change and lists each of the ${calendars.length} calendars once`,
    problems,
  };
}

/** The words are all there. */
export function names(text: string, words: readonly string[], claim: string): Check {
  return { claim, problems: words.filter((word) => !text.includes(word)).map((word) => `${word} is not named`) };
}

export function endsWith(code: number, expected: number, claim: string): Check {
  return { claim, problems: code === expected ? [] : [`exit code ${code} instead of ${expected}`] };
}
