/** How things stand: accounts, calendars, how many events are how, and every row that waits with whose fault it is. */
import type { CalendarDiff, DiffReport } from '../../engine/diff.ts';
import type { ReportData, ReportedAccount, ReportedCalendar, WaitingRow } from '../../mail/report-data.ts';
import { waitingText } from '../../mail/report-words.ts';
import type { Paint } from '../output.ts';
import { countsText, headText } from './diff.ts';
import { printable } from './printable.ts';
import { countOf, formatInstant } from './units.ts';

/** Waiting rows listed for each calendar. */
const mostWaiting = 10;

export function statusText(standing: DiffReport, open: ReportData, paint: Paint): string {
  if (standing.calendars.length === 0)
    return 'No calendar is under management. Add one: calsync calendars add GOOGLE_ID --account EMAIL';
  const accounts = open.accounts
    .filter(({ state }) => state !== 'active')
    .map((account) => accountText(account, paint));
  const calendars = standing.calendars.map((calendar) => {
    const known = open.calendars.find(({ id }) => id === calendar.calendar);
    return calendarText(calendar, known, paint);
  });
  return [...accounts, ...calendars].join('\n\n');
}

function accountText({ address, state, since, pausedUntil }: ReportedAccount, paint: Paint): string {
  const why =
    state === 'reauth_required'
      ? `needs its owner's consent again: calsync accounts connect ${address}`
      : `paused by Google's quota until ${formatInstant(pausedUntil)}`;
  return `${paint.bold(address)}: ${paint.red(why)} (since ${formatInstant(since)})`;
}

function calendarText(calendar: CalendarDiff, known: ReportedCalendar | undefined, paint: Paint): string {
  const lines = [headText(calendar, paint), countsText(calendar, paint)];
  if (known === undefined) return lines.join('\n');
  const { open, flagged, holds, waiting } = known;
  if (open.total > 0) {
    const wait = flagged > 0 ? `, ${flagged} of them ${flagged === 1 ? 'waits' : 'wait'} for a person` : '';
    lines.push(`  ${countOf(open.total, 'open finding')}${wait}: calsync diff --calendar ${calendar.calendar}`);
  }
  if (holds.total > 0) lines.push(`  ${countOf(holds.total, 'open hold')}: calsync holds`);
  lines.push(...waiting.items.slice(0, mostWaiting).map((row) => waitingLine(row, known)));
  const left = waiting.total - Math.min(waiting.items.length, mostWaiting);
  if (left > 0) lines.push(`  … and ${countOf(left, 'more row waits', 'more rows wait')}`);
  return lines.join('\n');
}

function waitingLine(row: WaitingRow, calendar: ReportedCalendar): string {
  const name = row.event.key ?? row.event.eventId ?? 'an event';
  const state = row.parked ? 'parked' : 'waiting';
  return `  ${state}: ${printable(name)} since ${formatInstant(row.since)}, ${printable(row.reason)}. ${waitingText(row.fault, row, calendar)}`;
}

export function statusDocument(standing: DiffReport, open: ReportData): Readonly<Record<string, unknown>> {
  return {
    inSync: standing.inSync,
    observedAt: standing.observedAt?.toISOString() ?? null,
    accounts: open.accounts.map(({ address, state, reason, since, pausedUntil }) => ({
      account: address,
      state,
      reason,
      since: since.toISOString(),
      pausedUntil: pausedUntil?.toISOString() ?? null,
    })),
    calendars: standing.calendars.map((calendar) =>
      calendarDocument(
        calendar,
        open.calendars.find(({ id }) => id === calendar.calendar),
      ),
    ),
  };
}

function calendarDocument(calendar: CalendarDiff, known: ReportedCalendar | undefined): unknown {
  return {
    calendar: calendar.calendar,
    state: calendar.state,
    stateReason: calendar.stateReason,
    observedAt: calendar.observedAt?.toISOString() ?? null,
    statuses: calendar.statuses,
    findings: known?.open.total ?? 0,
    flagged: known?.flagged ?? 0,
    holds: known?.holds.total ?? 0,
    waiting: known?.waiting.total ?? 0,
    rows: (known?.waiting.items ?? []).map((row) => ({
      key: row.event.key,
      parked: row.parked,
      fault: row.fault,
      reason: row.reason,
      since: row.since.toISOString(),
      againAt: row.againAt?.toISOString() ?? null,
      attempts: row.attempts,
    })),
  };
}
