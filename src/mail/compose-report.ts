import { sameTimeZone } from '../core/time-zone.ts';
import { calendarSection, isQuiet, nameOf } from './report-calendar.ts';
import type { ReportData, ReportedCalendar } from './report-data.ts';
import { decisionsNeeded } from './report-decisions.ts';
import type { Figure, Report, Section } from './report-model.ts';
import { instantText } from './report-times.ts';
import { plural } from './report-words.ts';

/** Calendars that are told one by one; the rest are counted. */
export const mostCalendarsTold = 50;

/** The drift report in words. What waits for a person comes first; calendars with nothing to tell share one section. */
export function composeReport(data: ReportData): Report {
  const zone = zoneOf(data);
  const decisions = decisionsNeeded(data, zone);
  const told = data.calendars.filter((calendar) => !isQuiet(calendar));
  const figures = figuresOf(data);
  return {
    subject: subjectOf(figures),
    title: 'calsync drift report',
    period: `From ${instantText(data.since, zone)} to ${instantText(data.until, zone)}`,
    figures,
    sections: [
      ...(decisions.groups.length + decisions.lines.length === 0 ? [] : [decisions]),
      ...told.slice(0, mostCalendarsTold).map(calendarSection),
      ...untold(told.length - mostCalendarsTold),
      ...quietSection(data.calendars.filter(isQuiet), zone),
    ],
    footer: 'Rows of tests are not counted. `calsync diff` shows how things stand now.',
  };
}

/** The zone that all calendars share, else UTC: a report of several zones must not read as if it were of one. */
function zoneOf({ calendars }: ReportData): string {
  const [first] = calendars;
  const shared = first !== undefined && calendars.every(({ timeZone }) => sameTimeZone(timeZone, first.timeZone));
  return shared ? first.timeZone : 'UTC';
}

function figuresOf({ accounts, calendars }: ReportData): readonly Figure[] {
  const sum = (of: (calendar: ReportedCalendar) => number) => calendars.reduce((total, each) => total + of(each), 0);
  const paused = accounts.filter(({ state }) => state === 'reauth_required').length;
  const decisions = paused + sum(({ holds, flagged }) => holds.total + flagged);
  return [
    { count: decisions, label: 'wait for a person', tone: decisions === 0 ? 'good' : 'alert' },
    {
      count: sum(({ open }) => open.total),
      label: 'differ now',
      tone: sum(({ open }) => open.total) === 0 ? 'good' : 'notice',
    },
    {
      count: sum(({ waiting }) => waiting.total),
      label: 'rows wait',
      tone: sum(({ waiting }) => waiting.total) === 0 ? 'good' : 'notice',
    },
    { count: sum(({ ended }) => ended.total), label: 'differences ended', tone: 'plain' },
  ];
}

function subjectOf(figures: readonly Figure[]): string {
  const open = figures.slice(0, 3).filter(({ count }) => count > 0);
  const said = open.map(({ count, label }) => `${count} ${count === 1 ? singular(label) : label}`);
  return `calsync: ${said.length === 0 ? 'everything is in sync' : said.join(', ')}`;
}

function singular(label: string): string {
  return label.replace('wait for', 'waits for').replace('differ now', 'differs now').replace('rows wait', 'row waits');
}

function untold(count: number): readonly Section[] {
  if (count <= 0) return [];
  const heading = `${plural(count, 'more calendar has', 'more calendars have')} something to tell`;
  return [{ heading, lines: ['`calsync diff` shows them.'], groups: [] }];
}

function quietSection(quiet: readonly ReportedCalendar[], zone: string): readonly Section[] {
  if (quiet.length === 0) return [];
  const lines = quiet.slice(0, mostCalendarsTold).map((calendar) => {
    const read =
      calendar.observedAt === null ? 'never read yet' : `last read ${instantText(calendar.observedAt, zone)}`;
    return `${nameOf(calendar)}: ${read}`;
  });
  const left = quiet.length - lines.length;
  return [{ heading: 'Nothing to tell', lines: left > 0 ? [...lines, `… and ${left} more`] : lines, groups: [] }];
}
