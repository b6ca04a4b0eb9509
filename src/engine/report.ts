import { composeReport } from '../mail/compose-report.ts';
import type { Listed, ReportData, ReportedCalendar, WorkDone } from '../mail/report-data.ts';
import type { Report } from '../mail/report-model.ts';
import { listAccounts } from '../store/account.ts';
import { type Calendar, listCalendars } from '../store/calendar.ts';
import type { Db } from '../store/database.ts';
import {
  type FindingForReport,
  findingsForReport,
  type HoldForReport,
  holdsForReport,
  type WaitingForReport,
  type WorkForReport,
  waitingForReport,
  workForReport,
} from '../store/report.ts';

/** How much of one kind is told for each calendar; the rest is counted. */
const mostOfEach = 20;
const mostEventsOfHold = 10;

export interface ReportPeriod {
  readonly since: Date;
  readonly now: Date;
  /** Rows of tests too; they are in no number otherwise. */
  readonly includeTest?: boolean;
}

/** The drift report: what stands now, and what happened since `since`. Holds event text: for the owner alone, never for a log. */
export async function buildReport(db: Db, period: ReportPeriod): Promise<Report> {
  return composeReport(await loadReportData(db, period));
}

/** The same as plain data. Everything is of one moment of the database. */
export function loadReportData(db: Db, { since, now, includeTest = false }: ReportPeriod): Promise<ReportData> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const calendars = (await listCalendars(tx)).filter(({ namespace }) => includeTest || namespace === 'live');
      const ids = calendars.map(({ id }) => id);
      const used = new Set(calendars.map(({ account }) => account));
      const accounts = (await listAccounts(tx)).filter(({ id }) => used.has(id));
      const parts: Parts = {
        findings: await findingsForReport(tx, ids, since, mostOfEach),
        holds: await holdsForReport(tx, ids, mostOfEach, mostEventsOfHold),
        waiting: await waitingForReport(tx, ids, mostOfEach),
        work: await workForReport(tx, ids, since),
      };
      return {
        since,
        until: now,
        accounts: accounts.map(({ id, state, stateReason, stateSince, pausedUntil }) => ({
          address: id,
          state,
          reason: stateReason,
          since: stateSince,
          pausedUntil,
        })),
        calendars: calendars.map((calendar) => calendarOf(calendar, parts)),
      };
    });
}

interface Parts {
  readonly findings: readonly FindingForReport[];
  readonly holds: readonly HoldForReport[];
  readonly waiting: readonly WaitingForReport[];
  readonly work: readonly WorkForReport[];
}

function calendarOf(calendar: Calendar, parts: Parts): ReportedCalendar {
  const findings = parts.findings.filter((finding) => finding.calendar === calendar.id);
  const open = findings.filter(({ closedAt }) => closedAt === null);
  return {
    id: calendar.id,
    summary: calendar.summary,
    timeZone: calendar.timeZone,
    account: calendar.account,
    policy: calendar.policy,
    state: calendar.state,
    stateReason: calendar.stateReason,
    stateSince: calendar.stateSince,
    observedAt: calendar.observedAt,
    flagged: open[0]?.flaggedTotal ?? 0,
    open: listed(open, findingOf),
    ended: listed(
      findings.filter(({ closedAt }) => closedAt !== null),
      findingOf,
    ),
    holds: listed(
      parts.holds.filter((hold) => hold.calendar === calendar.id),
      holdOf,
    ),
    waiting: listed(
      parts.waiting.filter((row) => row.calendar === calendar.id),
      waitingOf,
    ),
    done: workOf(parts.work.find((work) => work.calendar === calendar.id)),
  };
}

/** Every row of a calendar says how many there are in all. */
function listed<Row extends { readonly total: number }, Item>(
  rows: readonly Row[],
  itemOf: (row: Row) => Item,
): Listed<Item> {
  return { items: rows.map(itemOf), total: rows[0]?.total ?? 0 };
}

function findingOf(row: FindingForReport): ReportedCalendar['open']['items'][number] {
  const { kind, event, fields, reason, flagged, openedAt, closedAt, closedAs, mendedBy, hold } = row;
  const ended = closedAt === null || closedAs === null ? null : { at: closedAt, as: closedAs, by: mendedBy };
  return { kind, event, fields, reason, flagged, openedAt, ended, hold };
}

function holdOf({
  id,
  kind,
  reason,
  openedAt,
  events,
  size,
}: HoldForReport): ReportedCalendar['holds']['items'][number] {
  return { id, kind, reason, openedAt, events: { items: events, total: size } };
}

function waitingOf(row: WaitingForReport): ReportedCalendar['waiting']['items'][number] {
  const { event, fault, reason, since, againAt, parked, attempts } = row;
  return { event, fault, reason, since, againAt, parked, attempts };
}

function workOf(work: WorkForReport | undefined): WorkDone {
  const count = (name: string): number => work?.counts[name] ?? 0;
  return {
    turns: work?.turns ?? 0,
    brokenTurns: work?.brokenTurns ?? 0,
    created: count('created'),
    patched: count('patched'),
    moved: count('moved'),
    deleted: count('deleted'),
    recreated: count('recreated'),
    adopted: count('adopted'),
    apiCalls: count('apiCalls'),
  };
}
