/** One calendar in words: what differs, what waits, what ended and how, what was done. */
import { commandLine } from './command-line.ts';
import type { Listed, ReportedCalendar, ReportedEvent, ReportedFinding, WaitingRow } from './report-data.ts';
import type { Command, Entry, Group, Section, Tone } from './report-model.ts';
import { instantText, startText } from './report-times.ts';
import {
  decisionText,
  doneText,
  endingText,
  fieldLabel,
  findingName,
  plural,
  policyText,
  stateText,
  waitingText,
} from './report-words.ts';
import { shownText } from './shown-text.ts';

/** True when a reader misses nothing by not seeing it. */
export function isQuiet({ open, ended, holds, waiting, state, done }: ReportedCalendar): boolean {
  const told = open.total + ended.total + holds.total + waiting.total + done.brokenTurns;
  const changed = done.created + done.patched + done.moved + done.deleted + done.recreated + done.adopted;
  return told + changed === 0 && state === 'active';
}

export function nameOf({ id, summary }: ReportedCalendar): string {
  return summary === '' ? shownText(id) : `${shownText(summary)} (${shownText(id)})`;
}

/** `Algebra, Mon 30 Nov 2026, 10:00 Europe/Copenhagen (class-42/slot-7)`, or as much of it as is known. */
export function eventText(event: ReportedEvent): string {
  const { summary, start } = event;
  const name = shownText(nameInTable(event));
  if (summary === null || summary === '') return start === null ? name : `${name}, ${startText(start)}`;
  return `${shownText(summary)}${start === null ? '' : `, ${startText(start)}`} (${name})`;
}

function nameInTable({ key, eventId }: ReportedEvent): string {
  return key ?? (eventId === null ? 'unknown event' : `event ${eventId}`);
}

/** The same in two lines: a title that says what is the matter, and which event it is about. */
function headOf(event: ReportedEvent, matter: string | null): Pick<Entry, 'title' | 'about'> {
  const name = shownText(nameInTable(event));
  const known = event.summary !== null && event.summary !== '';
  const title = known ? shownText(event.summary ?? '') : name;
  const about = [...(event.start === null ? [] : [startText(event.start)]), ...(known ? [name] : [])];
  return {
    title: matter === null ? title : `${title}: ${matter}`,
    about: about.length === 0 ? null : about.join(' · '),
  };
}

export function calendarSection(calendar: ReportedCalendar): Section {
  const { open, waiting, ended, observedAt, timeZone } = calendar;
  const read =
    observedAt === null ? 'Google was never read to the end yet.' : `Last read ${instantText(observedAt, timeZone)}.`;
  return {
    heading: nameOf(calendar),
    lines: [
      `${stateText(calendar)}${calendar.stateReason === null ? '' : ` Reason: ${shownText(calendar.stateReason)}.`}`,
      ...[policyText(calendar)].filter((line) => line !== null),
      `${read} ${doneText(calendar.done)}`,
    ],
    groups: [
      ...groupOf(plural(open.total, 'difference stands', 'differences stand'), 'notice', open, (finding) =>
        findingEntry(finding, calendar),
      ),
      ...groupOf(plural(waiting.total, 'row waits', 'rows wait'), 'notice', waiting, (row) =>
        waitingEntry(row, calendar),
      ),
      ...groupOf(plural(ended.total, 'difference ended', 'differences ended'), 'good', ended, (finding) =>
        findingEntry(finding, calendar),
      ),
    ],
  };
}

export function groupOf<Item>(
  heading: string,
  tone: Tone,
  { items, total }: Listed<Item>,
  entryOf: (item: Item) => Entry,
): readonly Group[] {
  if (total === 0) return [];
  return [{ heading, tone, entries: items.map(entryOf), left: total - items.length }];
}

function findingEntry(finding: ReportedFinding, calendar: ReportedCalendar): Entry {
  return {
    ...headOf(finding.event, findingName(finding.kind)),
    lines: [sentence(finding.reason), seenText(finding, calendar), ...nextStep(finding)],
    values: finding.fields.map(({ field, desired, applied, observed }) => ({
      field: fieldLabel(field),
      table: shownOrNull(desired),
      written: shownOrNull(applied),
      google: shownOrNull(observed),
    })),
    commands: commandsOf(finding),
  };
}

function seenText({ openedAt, ended }: ReportedFinding, { timeZone }: ReportedCalendar): string {
  const opened = instantText(openedAt, timeZone);
  if (ended === null) return `Since ${opened}.`;
  return `From ${opened} to ${instantText(ended.at, timeZone)}. ${endingText(ended.as, ended.by)}.`;
}

function nextStep({ ended, hold, flagged, kind }: ReportedFinding): readonly string[] {
  if (ended !== null) return [];
  if (hold !== null) return [`Waits for a person: it is part of hold ${hold}.`];
  return flagged ? [`Waits for a person: ${decisionText(kind)}.`] : [];
}

function commandsOf({ ended, hold, event, kind }: ReportedFinding): Entry['commands'] {
  if (ended !== null || hold !== null || event.key === null) return [];
  const look = { purpose: 'all three sides', command: commandLine('diff', event.key) };
  return kind === 'contested' ? [look, retry(event.key)] : [look];
}

function retry(key: string): Command {
  return { purpose: 'to try it again', command: commandLine('retry', key) };
}

function waitingEntry(row: WaitingRow, calendar: ReportedCalendar): Entry {
  const tries = row.attempts === 0 ? '' : `, ${plural(row.attempts, 'attempt', 'attempts')}`;
  return {
    ...headOf(row.event, null),
    lines: [
      `${sentence(row.reason)} Since ${instantText(row.since, calendar.timeZone)}${tries}.`,
      waitingText(row.fault, row, calendar),
    ],
    values: [],
    commands: row.parked && row.event.key !== null ? [retry(row.event.key)] : [],
  };
}

/** Reasons are sentences of ours, or Google's own one word. */
function sentence(reason: string): string {
  const text = shownText(reason);
  if (!text.includes(' ')) return `Reason: ${text}.`;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

function shownOrNull(text: string | null): string | null {
  return text === null ? null : shownText(text);
}
