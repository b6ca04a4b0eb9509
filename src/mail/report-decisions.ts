/** What waits for a person, with the command that ends the waiting. */
import type { HoldKind } from '../core/state.ts';
import { commandLine } from './command-line.ts';
import { eventText, groupOf, nameOf } from './report-calendar.ts';
import type { Listed, ReportData, ReportedAccount, ReportedCalendar, ReportedHold } from './report-data.ts';
import type { Entry, Section } from './report-model.ts';
import { moreText } from './report-model.ts';
import { instantText } from './report-times.ts';
import { plural } from './report-words.ts';
import { shownText } from './shown-text.ts';

const mostHoldsTold = 50;

export function decisionsNeeded({ accounts, calendars }: ReportData, zone: string): Section {
  const holds = allHolds(calendars);
  const paused = accounts.filter(({ state }) => state !== 'active');
  return {
    heading: 'What waits for a person',
    lines: flaggedLine(calendars),
    groups: [
      ...groupOf(plural(holds.total, 'hold', 'holds'), 'alert', holds, holdEntry),
      ...groupOf(
        plural(paused.length, 'account cannot be used', 'accounts cannot be used'),
        'alert',
        { items: paused.slice(0, mostHoldsTold), total: paused.length },
        (account) => accountEntry(account, zone),
      ),
    ],
  };
}

function flaggedLine(calendars: readonly ReportedCalendar[]): readonly string[] {
  const flagged = calendars.reduce((total, calendar) => total + calendar.flagged, 0);
  if (flagged === 0) return [];
  return [
    `${plural(flagged, 'difference waits', 'differences wait')} for a decision: first in the list of their calendar, below.`,
  ];
}

interface HoldOfCalendar {
  readonly hold: ReportedHold;
  readonly calendar: ReportedCalendar;
}

function allHolds(calendars: readonly ReportedCalendar[]): Listed<HoldOfCalendar> {
  const items = calendars.flatMap((calendar) => calendar.holds.items.map((hold) => ({ hold, calendar })));
  return {
    items: items.sort((a, b) => a.hold.id - b.hold.id).slice(0, mostHoldsTold),
    total: calendars.reduce((total, { holds }) => total + holds.total, 0),
  };
}

function holdEntry({ hold, calendar }: HoldOfCalendar): Entry {
  const { items, total } = hold.events;
  const { approve, reject } = choices(hold.kind);
  return {
    title: `Hold ${hold.id}: ${what(hold.kind, total)} on ${nameOf(calendar)}`,
    about: null,
    lines: [
      `Since ${instantText(hold.openedAt, calendar.timeZone)}: ${shownText(hold.reason)}.`,
      ...items.map((event) => `• ${eventText(event)}`),
      ...(total > items.length ? [moreText(total - items.length)] : []),
    ],
    values: [],
    commands: [
      { purpose: approve, command: commandLine('approve', String(hold.id)) },
      { purpose: reject, command: commandLine('reject', String(hold.id)) },
    ],
  };
}

function what(kind: HoldKind, count: number): string {
  switch (kind) {
    case 'withdrawals':
      return `${plural(count, 'deletion', 'deletions')} held`;
    case 'recreates':
      return `${plural(count, 'event', 'events')} to create again, held`;
    case 'rekey':
      return `${plural(count, 'event', 'events')} under another key, held`;
    case 'lookalike':
      return 'a create held, someone made the same event';
    case 'deleted_with_copy':
      return 'a deleted event with a copy';
    case 'table_older':
      return `the table is older than ${plural(count, 'event', 'events')}`;
    case 'mark_taken':
      return 'an event with the mark of another installation';
  }
}

function choices(kind: HoldKind): { readonly approve: string; readonly reject: string } {
  switch (kind) {
    case 'withdrawals':
      return { approve: 'to delete exactly these', reject: 'to keep them' };
    case 'recreates':
      return { approve: 'to create exactly these again', reject: 'to cancel their rows' };
    case 'rekey':
      return { approve: 'to delete and create them anew', reject: 'to keep the old keys' };
    case 'lookalike':
      return { approve: 'to create ours all the same', reject: 'to leave theirs alone' };
    case 'deleted_with_copy':
      return { approve: 'to create it again beside the copy', reject: 'to leave it deleted' };
    case 'table_older':
      return { approve: 'to write the older rows', reject: 'to take over what Google shows' };
    case 'mark_taken':
      return { approve: 'to write it all the same', reject: 'to leave it to the other installation' };
  }
}

function accountEntry({ address, state, reason, since, pausedUntil }: ReportedAccount, zone: string): Entry {
  const why = reason === null ? '' : ` (${shownText(reason)})`;
  const reconnect = state === 'reauth_required';
  const next = reconnect
    ? 'Waits for its owner to connect it again; its rows wait and none is lost.'
    : `Google asked for a pause${pausedUntil === null ? '' : ` until ${instantText(pausedUntil, zone)}`}; it goes on by itself.`;
  return {
    title: shownText(address),
    about: null,
    lines: [`Since ${instantText(since, zone)}${why}.`, next],
    values: [],
    commands: reconnect ? [{ purpose: 'to connect it again', command: commandLine('accounts connect', address) }] : [],
  };
}
