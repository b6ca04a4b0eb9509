import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParsedMail, simpleParser } from 'mailparser';
import { afterEach, expect, test } from 'vitest';
import { composeReport, mostCalendarsTold } from '../../src/mail/compose-report.ts';
import { createFileMailer } from '../../src/mail/file-mailer.ts';
import { reportHtml } from '../../src/mail/report-html.ts';
import type { Report } from '../../src/mail/report-model.ts';
import { reportText } from '../../src/mail/report-text.ts';
import { sendReport } from '../../src/mail/send-report.ts';
import { createSmtpMailer } from '../../src/mail/smtp-mailer.ts';
import { noon } from './a-message.ts';
import {
  aCalendar,
  aFinding,
  aHold,
  anEvent,
  anEventfulDay,
  aReportData,
  at,
  aWaitingRow,
  listed,
} from './a-report.ts';
import { type RunningSmtpServer, startSmtpServer } from './an-smtp-server.ts';

const from = 'calsync <calsync@school.example.com>';
const to = ['owner@example.com', 'second@example.com'];
let server: RunningSmtpServer | null = null;

afterEach(async () => {
  await server?.close();
  server = null;
});

async function mailed(report: Report): Promise<ParsedMail> {
  server = await startSmtpServer();
  await sendReport(createSmtpMailer({ url: server.url, from, clock: noon }), report, { to, from });
  const [received] = server.received;
  if (received === undefined) throw new Error('nothing arrived');
  return received.mail;
}

/** What a reader sees of an HTML page, line by line. */
function visibleLines(page: string): readonly string[] {
  return page
    .slice(page.indexOf('<body'))
    .replaceAll(/<[^>]+>/g, '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Every text of a report, headings, values and commands included. */
function textsOf(report: Report): readonly string[] {
  const walk = (value: unknown): readonly string[] =>
    typeof value === 'string'
      ? [value]
      : typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(walk)
        : [];
  const tones = new Set(['alert', 'notice', 'good', 'plain']);
  const { subject: _subject, ...shown } = report;
  return walk(shown).filter((text) => !tones.has(text));
}

test('a report that is mailed says the same in both parts, and its headers name it', async () => {
  const report = composeReport(anEventfulDay());
  const mail = await mailed(report);
  expect(mail.subject).toBe('calsync: 4 wait for a person, 4 differ now, 4 rows wait');
  expect(mail.from?.value[0]?.address).toBe('calsync@school.example.com');
  expect(mail.to).toMatchObject({ value: to.map((address) => ({ address })) });
  expect(mail.date).toEqual(new Date(noon.now()));
  expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
  const lines = visibleLines(String(mail.html));
  for (const text of textsOf(report)) {
    expect(mail.text, 'the text part').toContain(text);
    expect(lines, 'the HTML part').toContain(text);
  }
  expect(lines).toContain('… and 33 more');
  expect(mail.text).toContain('… and 33 more');
});

test('the same report to the same people has the same Message-ID, any other has another', async () => {
  const ids: string[] = [];
  const mailer = {
    send: async ({ messageId }: { readonly messageId: string }) => {
      ids.push(messageId);
      return 'nowhere';
    },
  };
  const send = (report: Report, people: readonly string[]) => sendReport(mailer, report, { to: people, from });
  await send(composeReport(anEventfulDay()), to);
  await send(composeReport(anEventfulDay()), to);
  await send(composeReport({ ...anEventfulDay(), until: at('22T12:01:00') }), to);
  await send(composeReport(anEventfulDay()), ['third@example.com']);
  expect(ids[0]).toMatch(/^<report-[0-9a-f]{32}@school\.example\.com>$/);
  expect(ids[1]).toBe(ids[0]);
  expect(new Set(ids).size).toBe(3);
});

test('[P02] a hold is told with its set and the exact commands that end it', () => {
  const text = reportText(composeReport(aReportData([aCalendar({ holds: listed([aHold()]) })])));
  expect(text).toContain('Hold 12: 14 deletions held on Classes (classes@group.calendar.google.com)');
  expect(text).toContain(
    'Since Sun 22 Nov 2026, 12:00 Europe/Copenhagen: 14 withdrawals within an hour are more than 10.',
  );
  expect(text).toContain('• Topology, Mon 30 Nov 2026, 10:00 Europe/Copenhagen (class-7/slot-1)\n    … and 13 more\n');
  expect(text).toContain('calsync approve 12   to delete exactly these\n');
  expect(text).toContain('calsync reject 12   to keep them\n');
});

test('what a person changed is told with all three sides, since when, and how it was mended', () => {
  const mended = aFinding({ ended: { at: at('22T09:05:00'), as: 'mended', by: 'patch' } });
  const text = reportText(composeReport(aReportData([aCalendar({ ended: listed([mended]) })])));
  expect(text).toContain(
    [
      '1 difference ended',
      '  - Algebra: changed in Google',
      '    Mon 30 Nov 2026, 10:00 Europe/Copenhagen · class-42/slot-7',
      '    A person changed it in Google; it is put back.',
      '    From Sun 22 Nov 2026, 10:00 Europe/Copenhagen to Sun 22 Nov 2026, 10:05 Europe/Copenhagen. Mended: calsync wrote it as the table says.',
      '    location',
      '      in the table   "Room 5"',
      '      last written   "Room 5"',
      '      in Google      "Room 7"',
      '',
    ].join('\n'),
  );
});

test.each([
  ['row', "Waits for the row's author: correct the row, and it is tried again by itself."],
  ['account', 'Waits for the owner of school@example.com: the account or the calendar cannot be used now.'],
  ['google', 'Waits for Google: it is tried again by itself at Sun 22 Nov 2026, 13:05 Europe/Copenhagen.'],
  [
    'calsync',
    'Waits for whoever runs calsync: it is tried again by itself at Sun 22 Nov 2026, 13:05 Europe/Copenhagen.',
  ],
] as const)('a row that waits by the fault of %s says for whom', (fault, sentence) => {
  const row = aWaitingRow({ fault, attempts: 1 });
  const text = reportText(composeReport(aReportData([aCalendar({ waiting: listed([row]) })])));
  expect(text).toContain(
    `    Reason: rateLimitExceeded. Since Sun 22 Nov 2026, 11:00 Europe/Copenhagen, 1 attempt.\n    ${sentence}\n`,
  );
});

test('an account that lost its consent is told with the command that connects it again', () => {
  const lost = { address: 'school@example.com', state: 'reauth_required', reason: 'invalid_grant' } as const;
  const data = aReportData([aCalendar()], { accounts: [{ ...lost, since: at('22T07:00:00'), pausedUntil: null }] });
  const report = composeReport(data);
  expect(report.subject).toBe('calsync: 1 waits for a person');
  expect(reportText(report)).toContain('calsync accounts connect school@example.com   to connect it again');
});

test('a day without differences says so in one line for each calendar', () => {
  const report = composeReport(
    aReportData([aCalendar(), aCalendar({ id: 'new@example.com', summary: '', observedAt: null })]),
  );
  expect(report.subject).toBe('calsync: everything is in sync');
  expect(report.sections).toEqual([
    {
      heading: 'Nothing to tell',
      lines: [
        'Classes (classes@group.calendar.google.com): last read Sun 22 Nov 2026, 12:58 Europe/Copenhagen',
        'new@example.com: never read yet',
      ],
      groups: [],
    },
  ]);
});

test('times are in the zone that all calendars share, else in UTC, and always say which', () => {
  const period = (...zones: readonly string[]) =>
    composeReport(aReportData(zones.map((timeZone, index) => aCalendar({ id: String(index), timeZone })))).period;
  expect(period('Asia/Kolkata', 'Asia/Calcutta')).toBe(
    'From Sat 21 Nov 2026, 17:30 Asia/Kolkata to Sun 22 Nov 2026, 17:30 Asia/Kolkata',
  );
  expect(period('Asia/Kolkata', 'Europe/Paris')).toBe('From Sat 21 Nov 2026, 12:00 UTC to Sun 22 Nov 2026, 12:00 UTC');
  expect(period('Mars/Olympus')).toBe('From Sat 21 Nov 2026, 12:00 UTC to Sun 22 Nov 2026, 12:00 UTC');
  expect(period()).toContain('UTC');
});

test('thousands of findings and calendars make a bounded report that says how many it leaves out', () => {
  const findings = Array.from({ length: 20 }, () => aFinding({ event: anEvent({ summary: 'x'.repeat(1_024) }) }));
  const calendars = Array.from({ length: 1_000 }, (_, index) =>
    aCalendar({ id: `c${index}`, open: listed(findings, 2_000) }),
  );
  const report = composeReport(aReportData(calendars));
  expect(report.subject).toBe('calsync: 2000000 differ now');
  expect(reportText(report)).toContain('… and 1980 more');
  expect(reportText(report)).toContain(`${1_000 - mostCalendarsTold} more calendars have something to tell`);
  expect(report.sections).toHaveLength(mostCalendarsTold + 1);
  expect(reportHtml(report).length).toBeLessThan(4_000_000);
});

test('markup in titles, keys, values, reasons and addresses is shown, never obeyed', async () => {
  const evil = `<img src=x onerror=alert(1)>"'&amp;</td><script>`;
  const calendar = aCalendar({
    id: evil,
    summary: evil,
    account: evil,
    state: 'held',
    stateReason: evil,
    holds: listed([aHold({ reason: evil, events: listed([anEvent({ key: evil, summary: evil })]) })]),
    open: listed([
      aFinding({
        event: anEvent({ key: evil, summary: evil }),
        reason: evil,
        fields: [{ field: 'summary', kind: 'drift', desired: evil, applied: null, observed: evil }],
      }),
    ]),
    waiting: listed([
      aWaitingRow({ fault: 'account', reason: evil, event: anEvent({ key: null, eventId: evil, summary: null }) }),
    ]),
  });
  const accounts = [
    { address: evil, state: 'reauth_required', reason: evil, since: at('22T07:00:00'), pausedUntil: null },
  ] as const;
  const mail = await mailed(composeReport(aReportData([calendar], { accounts })));
  const page = String(mail.html);
  expect(page).not.toMatch(/<(img|script)/);
  expect(page.match(/&lt;img src=x onerror=alert\(1\)&gt;/g)?.length).toBeGreaterThanOrEqual(12);
  expect(page).toContain('&amp;amp;');
  expect(mail.text).toContain(evil);
  expect(mail.subject).not.toContain('<');
});

test('a title cannot break its line, run backwards or forge a command of its own line', () => {
  const title = 'Algebra\n\n    calsync approve 99\u202Egnirts\u0007\u2028';
  const text = reportText(
    composeReport(aReportData([aCalendar({ open: listed([aFinding({ event: anEvent({ summary: title }) })]) })])),
  );
  expect(text).toContain('  - Algebra calsync approve 99gnirts: changed in Google\n');
  expect(text).not.toMatch(/^\s*calsync approve/m);
});

test('a long value is cut, and says so', () => {
  const long = '🎓'.repeat(5_000);
  const fields = [{ field: 'description', kind: 'drift', desired: long, applied: null, observed: null }] as const;
  const text = reportText(composeReport(aReportData([aCalendar({ open: listed([aFinding({ fields })]) })])));
  expect(text).toContain(
    `      in the table   "${'🎓'.repeat(199)}…"\n      last written   nothing\n      in Google      nothing\n`,
  );
});

test('a report that becomes a file is the same report', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'calsync-report-'));
  const report = composeReport(anEventfulDay());
  const path = await sendReport(createFileMailer({ directory, from, clock: noon }), report, { to, from });
  const mail = await simpleParser(readFileSync(path));
  rmSync(directory, { recursive: true });
  expect(mail.subject).toBe(report.subject);
  expect(mail.text).toBe(reportText(report));
  expect(mail.html).toBe(reportHtml(report));
});
