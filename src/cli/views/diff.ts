/** A diff for people: calendar by calendar, event by event, the three sides of every field that differs beside each other. */

import type { CalendarDiff, DiffItem, DiffReport } from '../../engine/diff.ts';
import { fieldLabel, findingName } from '../../mail/report-words.ts';
import type { Paint } from '../output.ts';
import { actionText, signText } from './diff-words.ts';
import { printable } from './printable.ts';
import { type Side, sidesText } from './sides.ts';
import { calendarStateText } from './state.ts';
import { countOf, formatInstant } from './units.ts';

export interface DiffLook {
  readonly paint: Paint;
  /** Null: as wide as it gets. */
  readonly columns: number | null;
  /** Items shown of each calendar; null: all. */
  readonly most: number | null;
}

export function diffText(report: DiffReport, look: DiffLook): string {
  if (report.calendars.length === 0)
    return 'No calendar is under management. Add one: calsync calendars add GOOGLE_ID --account EMAIL';
  const parts = report.calendars.map((calendar) => calendarText(calendar, look));
  return [...parts, endText(report, look.paint)].join('\n\n');
}

function calendarText(calendar: CalendarDiff, look: DiffLook): string {
  const shown = look.most === null ? calendar.items : calendar.items.slice(0, look.most);
  const left = calendar.items.length - shown.length;
  const more =
    left === 0
      ? []
      : [look.paint.dim(`… and ${left} more: calsync diff --calendar ${calendar.calendar} --json shows all`)];
  return [
    headText(calendar, look.paint),
    ...shown.map((item) => itemText(item, look)),
    ...more,
    countsText(calendar, look.paint),
  ].join('\n');
}

/** Name, state and the age of what is known of a calendar. */
export function headText({ calendar, summary, state, stateReason, observedAt }: CalendarDiff, paint: Paint): string {
  const title = summary === '' || summary === calendar ? '' : ` ${paint.dim(`(${printable(summary)})`)}`;
  const head = `${paint.bold(calendar)}${title}: ${calendarStateText(state, paint)}, observed ${formatInstant(observedAt)}`;
  const why = stateReason === null ? [] : [`  ${stateReason}`];
  const advice = state === 'unknown' ? ['  to look at Google now: calsync diff --live, or calsync reconcile'] : [];
  return [head, ...why, ...advice].join('\n');
}

/** One difference: which event, what happened, what will be done and why, and the fields. */
export function itemText(item: DiffItem, { paint, columns }: DiffLook): string {
  const title = item.title === null || item.title === '' ? '' : ` “${printable(item.title)}”`;
  const head = `  ${signText(item, paint)} ${paint.bold(printable(item.key))}${title}  ${nameOf(item)}: ${actionText(item)}`;
  const fields = item.fields.map(
    ({ field, desired, applied, observed }): Side => ({ name: fieldLabel(field), desired, applied, observed }),
  );
  return [head, `      ${printable(item.reason)}`, sidesText(fields, { paint, columns, indent: 6 })]
    .filter((line) => line !== '')
    .join('\n');
}

/** A pending change is about the table, which the finding's name does not say to someone who looks at Google. */
function nameOf({ kind, action }: DiffItem): string {
  if (kind !== 'pending') return findingName(kind);
  return action === 'create' ? 'new in the table' : 'changed in the table';
}

const countNames = [
  ['create', 'to create'],
  ['patch', 'to patch'],
  ['move', 'to move'],
  ['delete', 'to delete'],
  ['recreate', 'to create again'],
  ['adopt', 'to take over'],
  ['held', 'held'],
] as const;

/** What will be done, in numbers, and how the events stand. */
export function countsText({ counts, statuses }: CalendarDiff, paint: Paint): string {
  const work = countNames.filter(([name]) => counts[name] > 0).map(([name, words]) => `${counts[name]} ${words}`);
  const standing = Object.entries(statuses)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([status, count]) => `${count} ${status.replaceAll('_', ' ')}`);
  const events = standing.length === 0 ? 'no events' : `events: ${standing.join(', ')}`;
  return paint.dim(`  ${work.length === 0 ? 'nothing to change' : work.join(', ')} · ${events}`);
}

function endText({ inSync, calendars }: DiffReport, paint: Paint): string {
  if (inSync) return paint.green(`In sync: ${countOf(calendars.length, 'calendar')}.`);
  const open = calendars.filter(({ state }) => state !== 'in_sync').length;
  const items = calendars.reduce((sum, calendar) => sum + calendar.items.length, 0);
  return paint.yellow(
    `Not in sync: ${countOf(open, 'calendar')} of ${calendars.length}, ${countOf(items, 'difference')}.`,
  );
}
