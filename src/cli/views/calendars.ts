import type { Calendar, CalendarSettings } from '../../store/calendar.ts';
import type { Paint } from '../output.ts';
import { printable } from './printable.ts';
import { tableText } from './table.ts';
import { formatInstant } from './units.ts';

const settingNames = {
  policy: '--policy',
  drift: '--drift',
  driftFields: '--drift FIELD=',
  onDelete: '--on-delete',
  onMove: '--on-move',
  orphans: '--orphans',
  duplicates: '--duplicates',
  fallback: '--fallback',
  namespace: '--namespace',
} as const satisfies Readonly<Record<keyof CalendarSettings, string>>;

export function calendarsText(calendars: readonly Calendar[], paint: Paint): string {
  if (calendars.length === 0)
    return 'No calendar is under management. Add one: calsync calendars add GOOGLE_ID --account EMAIL';
  const rows = calendars.map((calendar) => [
    calendar.id,
    printable(calendar.summary),
    calendar.account,
    calendar.policy,
    stateText(calendar, paint),
    formatInstant(calendar.observedAt),
  ]);
  return tableText(['calendar', 'title', 'account', 'policy', 'state', 'observed'], rows, paint);
}

function stateText({ state, stateReason }: Calendar, paint: Paint): string {
  const text = stateReason === null ? state : `${state}: ${stateReason}`;
  return state === 'active' ? text : paint.yellow(text);
}

/** What was added, and why calsync does what it does there. */
export function addedText(
  calendar: Calendar,
  how: { readonly made: boolean; readonly because: 'stated' | 'has_events' | 'is_empty' },
  paint: Paint,
): string {
  const lines = [
    `added ${calendar.id} (${printable(calendar.summary)}, ${calendar.timeZone}) with --policy ${calendar.policy}`,
  ];
  if (how.made) lines.push('It was missing in the sandbox, so it was made there.');
  if (how.because === 'has_events') {
    lines.push(paint.yellow('It has events already, so calsync only observes it and changes nothing there.'));
    lines.push(`Look at \`calsync diff --calendar ${calendar.id} --live\`, then let it write:`);
    lines.push(`  calsync calendars set ${calendar.id} --policy sync`);
  }
  return lines.join('\n');
}

/** Every setting that is another one now. */
export function changedText(before: Calendar, after: Calendar): string {
  const names = Object.keys(settingNames) as (keyof CalendarSettings)[]; // its own names
  const changes = names
    .filter((name) => valueText(before[name]) !== valueText(after[name]))
    .map((name) => `  ${settingNames[name]} ${valueText(before[name])} → ${valueText(after[name])}`);
  if (changes.length === 0) return `${after.id} was treated that way already.`;
  return [`changed ${after.id}:`, ...changes, 'The next reconcile looks at all its events again.'].join('\n');
}

function valueText(value: Calendar[keyof CalendarSettings]): string {
  if (typeof value === 'string') return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return fields.length === 0 ? 'none' : fields.map(([field, policy]) => `${field}=${policy}`).join(' ');
}
