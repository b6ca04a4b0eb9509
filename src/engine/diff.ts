import { CalsyncError } from '../core/error.ts';
import type { Outcome, PlanItem } from '../core/plan.ts';
import { planCalendar } from '../core/plan-calendar.ts';
import type { Clock, GoogleReader } from '../core/ports.ts';
import { type CalendarFacts, calendarsOf, type KeyState, type PlanContext } from '../core/state.ts';
import { type Calendar, findCalendar, listCalendars } from '../store/calendar.ts';
import { accountPauses, calendarFacts } from '../store/calendar-state.ts';
import { calendarOfKey, comparedKeys } from '../store/compared-keys.ts';
import type { Db } from '../store/database.ts';
import { type DirtyMark, readMarks } from '../store/dirty.ts';
import { countStatuses, readEventStatus } from '../store/event-status.ts';
import { standingPermissions } from '../store/hold.ts';
import { guardCountsOf } from '../store/intent.ts';
import { loadKeyStates } from '../store/key-state.ts';
import { allBoundIds } from '../store/mirror.ts';
import { databaseNow } from '../store/setting.ts';
import { mirrorSource, type SightingSource } from '../store/sightings.ts';
import type { EngineSettings } from './engine.ts';
import { type LiveListing, listLive, liveSource } from './live-listing.ts';
import { olderTable } from './older-table.ts';

/** What a diff needs: nothing in it can write, and it reads the database in one read-only transaction. */
export interface DiffReader {
  readonly db: Pick<Db, 'transaction'>;
  readonly clock: Clock;
  readonly google: (account: string) => Promise<GoogleReader>;
  readonly installation: string;
  readonly fingerprintSecret: string;
  readonly settings: Pick<EngineSettings, 'graceMs' | 'settledAfterMs' | 'freshForMs' | 'mostPagesPerTurn'>;
}

export interface DiffOptions {
  /** Null: every managed calendar. */
  readonly calendars: readonly string[] | null;
  /** Null: every key. */
  readonly key: string | null;
  /** Lists Google first, into memory. */
  readonly live: boolean;
}

export interface DiffItem extends PlanItem {
  readonly key: string;
  /** The event's title as the table, else Google, has it. */
  readonly title: string | null;
}

export interface CalendarDiff {
  readonly calendar: string;
  readonly summary: string;
  readonly state: 'in_sync' | 'out_of_sync' | 'unknown' | 'held' | 'paused';
  /** Why, when it is paused, held or unknown. */
  readonly stateReason: string | null;
  readonly observedAt: Date | null;
  readonly counts: Readonly<Record<'create' | 'patch' | 'move' | 'delete' | 'recreate' | 'adopt' | 'held', number>>;
  /** How many keys stand how. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly items: readonly DiffItem[];
}

export interface DiffReport {
  readonly inSync: boolean;
  /** The oldest observation on which it rests. */
  readonly observedAt: Date | null;
  readonly calendars: readonly CalendarDiff[];
  /** For a diff of one key: its three sides whole. */
  readonly sides: KeyState | null;
}

/** Kinds that are listed and count as in sync when nothing is to be done about them. */
const harmless: ReadonlySet<PlanItem['kind']> = new Set(['drift', 'occurrence', 'zone_rules_differ']);

/** Desired, applied and observed side by side. Changes nothing anywhere. */
export async function diff(reader: DiffReader, options: DiffOptions): Promise<DiffReport> {
  return reader.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const calendars = await chosen(tx, options);
      const listings = options.live ? await listAll(reader, calendars) : [];
      const source = await sourceOf(tx, reader, listings);
      const context = await contextOf(tx, reader, listings);
      const parts = [];
      for (const calendar of calendars) {
        parts.push(await diffCalendar({ tx, reader, source, context, options }, calendar));
      }
      const observed = parts.map(({ diff: { observedAt } }) => observedAt);
      return {
        inSync: parts.every(({ diff: { state } }) => state === 'in_sync'),
        observedAt: observed.includes(null) ? null : new Date(Math.min(...observed.map((at) => at?.getTime() ?? 0))),
        calendars: parts.map((part) => part.diff),
        sides: options.key === null ? null : (parts[0]?.states[0] ?? null),
      };
    });
}

async function chosen(tx: Db, { calendars, key }: DiffOptions): Promise<readonly Calendar[]> {
  if (key !== null) {
    const calendar = await calendarOfKey(tx, key);
    if (calendar === null)
      throw new CalsyncError('usage', `nothing is known of the key ${key}`, { reason: 'unknown_key' });
    return [await findCalendar(tx, calendar)];
  }
  if (calendars === null) return listCalendars(tx);
  const found: Calendar[] = [];
  for (const id of calendars) found.push(await findCalendar(tx, id));
  return found;
}

async function listAll(reader: DiffReader, calendars: readonly Calendar[]): Promise<readonly LiveListing[]> {
  const listings: LiveListing[] = [];
  for (const { id, account } of calendars) {
    listings.push(await listLive(await reader.google(account), id, reader.settings.mostPagesPerTurn));
  }
  return listings;
}

async function sourceOf(tx: Db, reader: DiffReader, listings: readonly LiveListing[]): Promise<SightingSource> {
  const { installation, fingerprintSecret } = reader;
  const mirror = mirrorSource(tx, installation);
  if (listings.length === 0) return mirror;
  const bound = await allBoundIds(
    tx,
    listings.map(({ calendar }) => calendar),
  );
  const now = (await databaseNow(tx)).getTime();
  const observing = (listing: LiveListing) => ({
    installation,
    fingerprintSecret,
    calendarZone: listing.timeZone ?? 'UTC',
    isBound: (eventId: string) => bound.has(eventId),
  });
  return liveSource(listings, mirror, observing, now);
}

async function contextOf(tx: Db, reader: DiffReader, listings: readonly LiveListing[]): Promise<PlanContext> {
  const { settings, installation } = reader;
  const now = (await databaseNow(tx)).getTime();
  const facts = new Map(await calendarFacts(tx, settings.freshForMs));
  for (const { calendar, timeZone } of listings) {
    const known = facts.get(calendar);
    if (known !== undefined) facts.set(calendar, freshNow(known, now, timeZone));
  }
  const { graceMs, settledAfterMs } = settings;
  return { now, installation, graceMs, settledAfterMs, calendars: facts };
}

function freshNow(facts: CalendarFacts, now: number, timeZone: string | null): CalendarFacts {
  return { ...facts, freshSince: now, readable: true, timeZone: timeZone ?? facts.timeZone };
}

interface Comparing {
  readonly tx: Db;
  readonly reader: DiffReader;
  readonly source: SightingSource;
  readonly context: PlanContext;
  readonly options: DiffOptions;
}

async function diffCalendar(
  { tx, reader, source, context, options }: Comparing,
  calendar: Calendar,
): Promise<{ readonly diff: CalendarDiff; readonly states: readonly KeyState[] }> {
  const { installation, fingerprintSecret } = reader;
  const compared =
    options.key === null
      ? await comparedKeys(tx, calendar.id, installation, options.live)
      : { open: [options.key], equal: [] };
  const permissions = await standingPermissions(tx, calendar.id);
  const loading = { installation, fingerprintSecret, notFound: new Set<string>(), permissions };
  const states = await loadKeyStates(tx, compared.open, source, loading);
  const guardCounts = await guardCountsOf(tx, calendarsOf(calendar.id, states));
  const plan = planCalendar(calendar.id, states, context, guardCounts, permissions);
  const marks = await readMarks(tx, compared.open);
  const titles = new Map(states.map((state) => [state.key, titleOf(state)]));
  const items = plan.outcomes.flatMap((outcome) =>
    itemsOf(outcome, marks.get(outcome.key), titles.get(outcome.key) ?? null),
  );
  const pause = (await accountPauses(tx)).get(calendar.account) ?? null;
  const stale = context.calendars.get(calendar.id)?.freshSince === null;
  const older = await olderTable(tx, plan);
  const whole = stateOf(calendar, pause, stale, plan.outcomes, items, older);
  const statuses = await statusesOf(tx, plan.outcomes, marks, compared.equal, options.live);
  return {
    states,
    diff: {
      calendar: calendar.id,
      summary: calendar.summary,
      state: whole.state,
      stateReason: whole.reason,
      observedAt: options.live ? new Date(context.now) : calendar.observedAt,
      counts: countsOf(items),
      statuses,
      items,
    },
  };
}

/** How many keys stand how: as every door says, or with `live`, where what Google shows is in memory alone, as the plan does. */
async function statusesOf(
  tx: Db,
  outcomes: readonly Outcome[],
  marks: ReadonlyMap<string, DirtyMark>,
  equal: readonly string[],
  live: boolean,
): Promise<Readonly<Record<string, number>>> {
  if (live) return tally(outcomes.map((outcome) => plannedStatus(outcome, marks.get(outcome.key))));
  const known = await readEventStatus(
    tx,
    outcomes.map(({ key }) => key),
  );
  // An orphan's key has neither row nor binding: only the plan knows of it.
  const open = tally(outcomes.map((outcome) => known.get(outcome.key)?.status ?? outcome.status));
  return added(await countStatuses(tx, equal), open);
}

function plannedStatus(outcome: Outcome, mark: DirtyMark | undefined): string {
  return mark?.parked === true && outcome.status !== 'in_sync' ? 'parked' : outcome.status;
}

function added(
  some: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const names = new Set([...Object.keys(some), ...Object.keys(more)]);
  return Object.fromEntries([...names].map((name) => [name, (some[name] ?? 0) + (more[name] ?? 0)]));
}

function titleOf({ desired, bindings, sightings }: KeyState): string | null {
  if (desired.kind !== 'absent') return desired.row.spec.summary;
  const applied = bindings.find(({ state }) => state !== 'retired')?.applied;
  return applied?.summary ?? sightings.find(({ event }) => event !== null)?.event?.summary ?? null;
}

function itemsOf(outcome: Outcome, mark: DirtyMark | undefined, title: string | null): readonly DiffItem[] {
  const waits = mark?.reason == null ? '' : ` (${mark.parked ? 'parked' : 'waiting'}: ${mark.reason})`;
  const items = outcome.items.map((item) => ({
    ...item,
    key: outcome.key,
    title,
    reason: item.action === 'none' ? item.reason : `${item.reason}${waits}`,
  }));
  if (items.length > 0 || outcome.status !== 'unknown' || outcome.row === 'not_fresh') return items;
  const place = outcome.reads[0] ?? null;
  const calendar = place?.calendar ?? outcome.pulls[0] ?? '';
  const unseen = { action: 'none', kind: 'missing', fields: [], withheld: null, flagged: true } as const;
  return [{ ...unseen, key: outcome.key, title, calendar, eventId: place?.eventId ?? null, reason: outcome.reason }];
}

function stateOf(
  calendar: Calendar,
  pause: string | null,
  stale: boolean,
  outcomes: readonly Outcome[],
  items: readonly DiffItem[],
  tableOlder: string | null,
): { readonly state: CalendarDiff['state']; readonly reason: string | null } {
  if (pause !== null) return { state: 'paused', reason: pause };
  if (stale) {
    const state = calendar.state === 'unavailable' ? 'paused' : 'unknown';
    const never = calendar.observedAt === null ? 'it was never observed' : 'it was not observed lately';
    return { state, reason: calendar.stateReason ?? never };
  }
  if (items.some(({ withheld }) => withheld === 'guard')) {
    return { state: 'held', reason: tableOlder ?? 'something waits for a person: see `calsync holds`' };
  }
  if (outcomes.some(({ status }) => status === 'unknown'))
    return { state: 'unknown', reason: 'some events have to be looked at again' };
  const open = items.some((item) => item.flagged || item.action !== 'none' || !harmless.has(item.kind));
  return { state: open ? 'out_of_sync' : 'in_sync', reason: null };
}

function countsOf(items: readonly DiffItem[]): CalendarDiff['counts'] {
  const of = (action: PlanItem['action']) =>
    items.filter((item) => item.action === action && item.withheld !== 'guard').length;
  return {
    create: of('create'),
    patch: of('patch'),
    move: of('move'),
    delete: of('delete'),
    recreate: of('recreate'),
    adopt: of('adopt'),
    held: items.filter(({ withheld }) => withheld === 'guard').length,
  };
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
