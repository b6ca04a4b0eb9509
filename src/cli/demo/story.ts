/** The whole way of calsync on a real term, told step by step. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/ports.ts';
import { changedExactly, endsWith, googleShows, idle, names } from './checks.ts';
import { countOperations, type GoogleSide, keyOf, type LogEntry, type ShownEvent } from './google-side.ts';
import {
  asCsv,
  departmentOf,
  type Meeting,
  meetingsOf,
  readTerm,
  shiftTerm,
  type Term,
  weeksUntilNow,
} from './term.ts';
import type { Check, Terminal } from './terminal.ts';

const files = { earlier: 'georgia-tech-fall-2020-earlier.csv', later: 'georgia-tech-fall-2020-later.csv' } as const;
/** The department whose timetable changed between the two snapshots. */
const fastDepartment = 'CEE';
const owner = 'registrar@university.example';
const schedule = 'fall-term';

export interface StepResult {
  readonly step: string;
  readonly held: boolean;
  readonly seconds: number;
  readonly calls: Readonly<Record<string, number>>;
}

export interface StoryOptions {
  readonly terminal: Terminal;
  readonly google: GoogleSide;
  readonly clock: Clock;
  /** Where the shifted timetables are written. */
  readonly directory: string;
  readonly fast: boolean;
}

/** What people did behind calsync's back. */
interface Mischief {
  /** Keys of every class that was touched. */
  readonly keys: readonly string[];
  readonly expected: Readonly<Record<string, number>>;
  readonly foreign: ShownEvent;
}

/** Tells the story; every step is measured and checked. */
export class Story {
  readonly results: StepResult[] = [];
  private readonly options: StoryOptions;
  private readonly earlier: Term;
  private readonly later: Term;
  private readonly calendars: readonly string[];

  constructor(options: StoryOptions) {
    this.options = options;
    const [earlier, later] = [readTerm(files.earlier), readTerm(files.later)];
    const weeks = weeksUntilNow(earlier, options.clock.now());
    const chosen = (term: Term) => (options.fast ? departmentOf(term, fastDepartment) : term);
    const shifted = (term: Term) => shiftTerm(chosen(term), weeks, (slug) => `${slug}@group.calendar.google.com`);
    this.earlier = shifted(earlier);
    this.later = shifted(later);
    this.calendars = [...new Set(this.later.rows.map(({ calendar }) => calendar ?? ''))].sort();
    // Moving an event by hand needs somewhere to move it to.
    if (this.calendars.length === 1) this.calendars = [...this.calendars, 'sciences@group.calendar.google.com'];
  }

  async tell(): Promise<void> {
    const meetings = meetingsOf(this.earlier);
    await this.step('Connect an account and take its calendars under management', () => this.connect());
    await this.step(`Import the timetable: ${meetings.length} weekly classes`, () => this.import(meetings));
    await this.step('Converge: the table says what should be, Google comes to show it', () => this.converge(meetings));
    await this.step('Nothing to do: diff and another run', () => this.nothingToDo());
    let mischief: Mischief | undefined;
    await this.step('People edit, delete, copy and move events, and add one of their own', async () => {
      mischief = await this.misbehave(meetings);
      return this.seeDifferences(mischief);
    });
    const foreign = mischief === undefined ? [] : [mischief.foreign];
    await this.step('Reconcile: what was ours is as it should be, the rest untouched', async () =>
      mischief === undefined ? [] : this.mend(meetings, mischief),
    );
    const later = meetingsOf(this.later);
    await this.step('Five weeks later: the next snapshot of the timetable', () =>
      this.applyLater(meetings, later, foreign),
    );
    await this.step('A bad import withdraws half the term', () => this.withdrawHalf(later, foreign));
    await this.step('A person rejects that: the rows come back', () => this.rejectHolds(later, foreign));
  }

  private async step(name: string, tell: () => Promise<readonly Check[]>): Promise<void> {
    const { terminal, google, clock } = this.options;
    terminal.heading(`${this.results.length + 1}. ${name}`);
    const [position, startedAt] = [await google.position(), clock.now()];
    const checks = await tell();
    for (const check of checks) terminal.check(check);
    this.results.push({
      step: name,
      held: checks.length > 0 && checks.every(({ problems }) => problems.length === 0),
      seconds: (clock.now() - startedAt) / 1_000,
      calls: countOperations(await google.requests(position)),
    });
  }

  private async connect(): Promise<readonly Check[]> {
    const { terminal } = this.options;
    const checks = [
      endsWith((await terminal.calsync('accounts', 'connect', owner)).code, 0, 'the account is connected'),
    ];
    for (const calendar of this.calendars) {
      const policies = ['--policy', 'sync', '--on-move', 'move_back', '--duplicates', 'delete'];
      const { code } = await terminal.calsync('calendars', 'add', calendar, '--account', owner, ...policies);
      checks.push(endsWith(code, 0, `${calendar} is under management`));
    }
    return checks;
  }

  private async import(meetings: readonly Meeting[]): Promise<readonly Check[]> {
    const file = this.write('earlier.csv', this.earlier);
    const { code } = await this.options.terminal.calsync('apply', file, '--schedule', schedule);
    return [endsWith(code, 0, `${meetings.length} classes are in the table, on dates that lie ahead`)];
  }

  private async converge(meetings: readonly Meeting[]): Promise<readonly Check[]> {
    const { requests, code } = await this.reconcile();
    const created = changedExactly(
      requests,
      { insert: meetings.length },
      `one insert for each of the ${meetings.length} classes`,
    );
    return [endsWith(code, 0, 'the run ended with everything in sync'), created, await this.shows(meetings, [])];
  }

  private async nothingToDo(): Promise<readonly Check[]> {
    const { code } = await this.options.terminal.calsync('diff');
    const { requests } = await this.reconcile();
    return [endsWith(code, 0, 'diff ends with 0: in sync'), idle(requests, this.calendars)];
  }

  private async misbehave(meetings: readonly Meeting[]): Promise<Mischief> {
    const { google, terminal } = this.options;
    const [first = '', second = ''] = this.calendars.filter((calendar) =>
      meetings.some((meeting) => meeting.calendar === calendar),
    );
    const elsewhere = second === '' ? (this.calendars.find((calendar) => calendar !== first) ?? '') : second;
    const events = [...(await google.live(first))].sort((a, b) => (a.id < b.id ? -1 : 1));
    const take = (count: number, fits: (event: ShownEvent) => boolean = () => true) =>
      events
        .filter(fits)
        .slice(0, count)
        .map((event) => events.splice(events.indexOf(event), 1)[0] ?? event);
    // Where the timetable names no room, the room is nobody's business but the person's.
    const moved = take(2, ({ location }) => location !== undefined);
    const [renamed, deleted, copied, dragged] = [take(3), take(3), take(2), take(2)];
    for (const { id } of renamed)
      await google.person('edit', { calendarId: first, eventId: id, fields: { summary: 'CANCELLED?' } });
    for (const { id } of moved)
      await google.person('edit', { calendarId: first, eventId: id, fields: { location: 'my office' } });
    for (const { id } of deleted) await google.person('remove', { calendarId: first, eventId: id });
    for (const { id } of copied) await google.person('copy', { calendarId: first, eventId: id, withMarks: true });
    for (const { id } of dragged)
      await google.person('move', { calendarId: first, eventId: id, destinationId: elsewhere });
    const event = {
      summary: 'Lunch with the dean',
      start: { dateTime: '2030-05-06T12:00:00', timeZone: 'America/New_York' },
      end: { dateTime: '2030-05-06T13:00:00', timeZone: 'America/New_York' },
    };
    const foreign = await google.person('add', { calendarId: first, event });
    terminal.say(
      '3 titles and 2 rooms changed, 3 events deleted, 2 copied with their hidden marks, 2 dragged to another calendar, 1 added',
    );
    const touched = [...renamed, ...moved, ...deleted, ...copied, ...dragged];
    return {
      keys: touched.map((shown) => keyOf(shown) ?? ''),
      expected: { patch: 5, insert: 3, delete: 2, move: 2 },
      foreign,
    };
  }

  private async seeDifferences(mischief: Mischief): Promise<readonly Check[]> {
    const before = await this.options.google.position();
    const { code, stdout } = await this.options.terminal.calsync('diff', '--live');
    const requests = await this.options.google.requests(before);
    return [
      endsWith(code, 2, 'diff ends with 2: differences'),
      names(stdout, mischief.keys, `every one of the ${mischief.keys.length} classes that were touched is named`),
      changedExactly(requests, {}, 'diff writes nothing'),
    ];
  }

  private async mend(meetings: readonly Meeting[], mischief: Mischief): Promise<readonly Check[]> {
    const { requests, code } = await this.reconcile();
    const { code: diffCode } = await this.options.terminal.calsync('diff');
    return [
      endsWith(code, 0, 'the run ended with everything in sync'),
      changedExactly(
        requests,
        mischief.expected,
        '5 patches, 3 events created again, 2 copies deleted, 2 events moved back',
      ),
      await this.shows(meetings, [mischief.foreign]),
      endsWith(diffCode, 0, 'diff ends with 0 again'),
    ];
  }

  private async applyLater(
    before: readonly Meeting[],
    after: readonly Meeting[],
    foreign: readonly ShownEvent[],
  ): Promise<readonly Check[]> {
    const file = this.write('later.csv', this.later);
    const { code } = await this.options.terminal.calsync('apply', file, '--schedule', schedule);
    const { requests } = await this.reconcile();
    const known = new Map(before.map((meeting) => [meeting.key, JSON.stringify(meeting)]));
    const insert = after.filter(({ key }) => !known.has(key)).length;
    const patch = after.filter(
      (meeting) => known.has(meeting.key) && known.get(meeting.key) !== JSON.stringify(meeting),
    ).length;
    return [
      endsWith(code, 0, 'the later snapshot is in the table'),
      changedExactly(
        requests,
        { insert, patch },
        `exactly what differs between the two files (${insert} added, ${patch} changed)`,
      ),
      await this.shows(after, foreign),
    ];
  }

  private async withdrawHalf(meetings: readonly Meeting[], foreign: readonly ShownEvent[]): Promise<readonly Check[]> {
    const half = { ...this.later, rows: this.later.rows.filter((_, index) => index % 2 === 0) };
    const file = this.write('half.csv', half);
    const { code: applied } = await this.options.terminal.calsync('apply', file, '--schedule', schedule, '--prune');
    const { requests, code } = await this.reconcile();
    const { stdout } = await this.options.terminal.calsync('holds');
    return [
      endsWith(applied, 0, `${this.later.rows.length - half.rows.length} classes are gone from the table`),
      endsWith(code, 2, 'the run ends with 2: something waits for a person'),
      changedExactly(requests, {}, 'the guard holds every delete'),
      names(stdout, ['calsync approve', 'calsync reject'], 'holds says how to decide'),
      await this.shows(meetings, foreign),
    ];
  }

  private async rejectHolds(meetings: readonly Meeting[], foreign: readonly ShownEvent[]): Promise<readonly Check[]> {
    const { terminal } = this.options;
    const { stdout } = await terminal.quietly('holds', '--json');
    const { holds } = JSON.parse(stdout) as { holds: readonly { hold: number }[] }; // calsync's own document
    const codes: number[] = [];
    for (const { hold } of holds) codes.push((await terminal.calsync('reject', String(hold))).code);
    const { requests, code } = await this.reconcile();
    return [
      {
        claim: `${holds.length} holds are rejected`,
        problems: holds.length > 0 && codes.every((each) => each === 0) ? [] : ['a hold could not be rejected'],
      },
      changedExactly(requests, {}, 'nothing had been lost, so nothing is to be done'),
      endsWith(code, 0, 'everything is in sync'),
      await this.shows(meetings, foreign),
    ];
  }

  private async reconcile(): Promise<{ readonly code: number; readonly requests: readonly LogEntry[] }> {
    const { google, terminal } = this.options;
    const position = await google.position();
    const { code } = await terminal.calsync('reconcile', '--once');
    return { code, requests: await google.requests(position) };
  }

  private shows(meetings: readonly Meeting[], foreign: readonly ShownEvent[]): Promise<Check> {
    return googleShows(this.options.google, this.calendars, meetings, foreign);
  }

  private write(name: string, term: Term): string {
    const file = join(this.options.directory, name);
    writeFileSync(file, asCsv(term));
    return file;
  }
}
