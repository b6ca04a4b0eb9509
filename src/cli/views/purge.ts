/** What a purge of tests would remove, and what it removed. */
import type { TestCalendar } from '../../store/purge.ts';
import { printable } from './printable.ts';
import { countOf, formatInstant } from './units.ts';

export interface Purged {
  readonly rows: number;
  readonly events: number;
  /** What is still there. */
  readonly left: readonly TestCalendar[];
}

const nothing = 'Tests left nothing: no row on a test calendar, and no event of ours there.';

export function plannedText(plan: readonly TestCalendar[]): string {
  if (plan.length === 0) return nothing;
  return [
    'These would go, and nothing else:',
    ...plan.map(calendarText),
    'To remove them: calsync purge --test --yes',
  ].join('\n');
}

export function purgedText({ rows, events, left }: Purged): string {
  const done =
    rows + events === 0 && left.length === 0
      ? nothing
      : `Removed ${countOf(rows, 'row')} and ${countOf(events, 'event')} in Google.`;
  if (left.length === 0) return done;
  return [done, 'Still there:', ...left.map((calendar) => `${calendarText(calendar)}${whyLeft(calendar)}`)].join('\n');
}

function calendarText({ id, keys, events, observedAt }: TestCalendar): string {
  const known = observedAt === null ? 'never listed' : `as listed at ${formatInstant(observedAt)}`;
  return `  ${printable(id)}: ${countOf(keys.length, 'row')}, ${countOf(events.length, 'event')} of ours (${known})`;
}

function whyLeft({ policy }: TestCalendar): string {
  return policy === 'sync'
    ? '; see calsync status'
    : `; the policy of the calendar is ${policy}, so nothing is deleted there`;
}

export function plannedDocument(plan: readonly TestCalendar[]): unknown {
  return { calendars: plan.map(calendarDocument) };
}

export function purgedDocument({ rows, events, left }: Purged): unknown {
  return { removed: { rows, events }, left: left.map(calendarDocument) };
}

function calendarDocument({ id, keys, events, observedAt, policy }: TestCalendar): unknown {
  return { calendar: id, policy, observedAt: observedAt?.toISOString() ?? null, rows: keys, events };
}
