import { createHash } from 'node:crypto';
import { Journal, type StateChange } from './journal.ts';
import type {
  AccessTokenRow,
  AccountRow,
  CalendarRow,
  ChannelCollection,
  ChannelRow,
  EventDraft,
  EventRow,
  GrantRow,
  Json,
  JsonObject,
  ServiceAccountRow,
} from './model.ts';
import { defaultLimits, defaultSwitches, type Limits, type Switches } from './switches.ts';
import { Usage } from './usage.ts';
import { VersionedRows } from './versioned-rows.ts';
import { WalkCache } from './walk-cache.ts';
import { createZones, type Zones } from './zones.ts';

export interface StoredCalendar {
  readonly row: CalendarRow;
  readonly events: VersionedRows;
}

export interface StateOptions {
  readonly now: () => number;
  readonly seed: string;
  readonly switches: Partial<Switches>;
  readonly limits: Partial<Limits>;
  readonly file?: string;
}

/** The journal is rewritten when it holds this many changes more than twice what is current. */
const compactionSlack = 20_000;

/** Everything the emulator knows. Each `save…` and `put…` lands in the journal at the next `commit`. */
export class State {
  readonly accounts = new Map<string, AccountRow>();
  readonly calendars = new Map<string, StoredCalendar>();
  readonly grants = new Map<string, GrantRow>();
  readonly accessTokens = new Map<string, AccessTokenRow>();
  readonly serviceAccounts = new Map<string, ServiceAccountRow>();
  readonly channels = new Map<string, ChannelRow>();
  readonly walks = new WalkCache();
  readonly now: () => number;
  readonly zones: Zones;
  /** In memory: it starts anew with the process. */
  readonly usage: Usage;
  switches: Switches;
  limits: Limits;
  /** Called after each commit with the collections that changed, such as `events/<calendarId>`. */
  onChanged: ((collections: ReadonlySet<string>) => void) | undefined;
  private changed = new Set<string>();
  private readonly channelIds = new Map<string, Set<string>>();
  private readonly seed: string;
  private readonly journal: Journal | undefined;
  private pending: StateChange[] = [];
  private counter = 0;
  private lastStamp = 0;

  constructor(options: StateOptions) {
    this.now = options.now;
    this.seed = options.seed;
    this.switches = { ...defaultSwitches, ...options.switches };
    this.limits = { ...defaultLimits, ...options.limits };
    this.zones = createZones(() => this.switches.zoneRules);
    this.usage = new Usage(() => this.limits, this.now);
    if (options.file !== undefined) {
      this.journal = Journal.open(options.file, (change) => this.apply(change));
      this.switches = { ...this.switches, ...options.switches };
      this.limits = { ...this.limits, ...options.limits };
      this.compactIfWorthwhile();
    }
  }

  saveAccount(row: AccountRow): void {
    this.record({ kind: 'account', row });
  }

  saveCalendar(row: CalendarRow): CalendarRow {
    const before = this.calendars.get(row.id)?.row;
    this.record({ kind: 'calendar', row });
    if (before?.roles !== row.roles) this.changed.add(collectionKey('acl', row.id));
    for (const email of Object.keys(row.listedBy)) this.changed.add(collectionKey('calendarList', email));
    return row;
  }

  saveServiceAccount(row: ServiceAccountRow): void {
    this.record({ kind: 'service_account', row });
  }

  /** Channels ever opened on a collection, live or not. */
  channelIdsOn(key: string): Iterable<string> {
    return this.channelIds.get(key) ?? [];
  }

  saveChannel(row: ChannelRow): ChannelRow {
    this.record({ kind: 'channel', row });
    return row;
  }

  saveGrant(row: GrantRow): void {
    this.record({ kind: 'grant', row });
  }

  saveAccessToken(row: AccessTokenRow): void {
    this.record({ kind: 'access_token', row });
  }

  saveSettings(switches: Switches, limits: Limits): void {
    this.record({ kind: 'settings', switches: toJson(switches), limits: toJson(limits) });
  }

  putEvent(calendar: StoredCalendar, draft: EventDraft, keepEtag: boolean): EventRow {
    const row = calendar.events.put(draft, this.now(), keepEtag);
    this.pending.push({ kind: 'event', calendarId: calendar.row.id, row });
    this.changed.add(collectionKey('events', calendar.row.id));
    return row;
  }

  /** A rising number for the etags of calendars and calendar list entries. */
  nextStamp(): number {
    this.lastStamp = Math.max(this.now() * 1000, this.lastStamp + 1000);
    return this.lastStamp;
  }

  /** Hexadecimal digits that no other call gave, made from the seed alone. */
  nextHex(purpose: string): string {
    this.counter += 1;
    return createHash('sha256').update(`${this.seed}\n${purpose}\n${this.counter}`).digest('hex');
  }

  /** Hands all changes since the last commit to the operating system. Called before every answer. */
  commit(): void {
    const { pending: changes, changed } = this;
    this.pending = [];
    this.changed = new Set();
    if (changes.length > 0 && this.journal !== undefined) {
      changes.push({ kind: 'counter', value: this.counter });
      this.journal.append(changes);
      this.compactIfWorthwhile();
    }
    if (changed.size > 0) this.onChanged?.(changed);
  }

  close(): void {
    this.commit();
    this.journal?.close();
  }

  private record(change: StateChange): void {
    this.apply(change);
    this.pending.push(change);
  }

  private apply(change: StateChange): void {
    switch (change.kind) {
      case 'account':
        this.accounts.set(change.row.email, change.row);
        return;
      case 'calendar':
        this.applyCalendar(change.row);
        return;
      case 'event':
        this.calendars.get(change.calendarId)?.events.restore(change.row);
        return;
      case 'grant':
        this.grants.set(change.row.refreshToken, change.row);
        return;
      case 'access_token':
        this.accessTokens.set(change.row.token, change.row);
        return;
      case 'service_account':
        this.serviceAccounts.set(change.row.email, change.row);
        return;
      case 'channel':
        this.applyChannel(change.row);
        return;
      case 'settings':
        this.switches = { ...defaultSwitches, ...fromJson<Switches>(change.switches) };
        this.limits = { ...defaultLimits, ...fromJson<Limits>(change.limits) };
        return;
      case 'counter':
        this.counter = Math.max(this.counter, change.value);
        return;
    }
  }

  private applyChannel(row: ChannelRow): void {
    this.channels.set(row.id, row);
    const key = collectionKey(row.collection, row.of);
    const ids = this.channelIds.get(key) ?? new Set<string>();
    this.channelIds.set(key, ids.add(row.id));
  }

  private applyCalendar(row: CalendarRow): void {
    const events = this.calendars.get(row.id)?.events ?? new VersionedRows(() => this.limits.keptVersions);
    this.calendars.set(row.id, { row, events });
    const stamps = [row.etag, ...Object.values(row.listedBy).map(Math.abs)];
    this.lastStamp = Math.max(this.lastStamp, ...stamps);
  }

  private compactIfWorthwhile(): void {
    if (this.journal === undefined) return;
    const rows = this.accounts.size + this.calendars.size + this.grants.size + this.channels.size;
    const current = rows + this.eventCount();
    if (this.journal.changeCount > 2 * current + compactionSlack) this.journal.replaceWith(this.snapshot());
  }

  private eventCount(): number {
    let count = 0;
    for (const { events } of this.calendars.values()) count += events.size;
    return count;
  }

  private *snapshot(): Generator<StateChange> {
    yield { kind: 'counter', value: this.counter };
    yield { kind: 'settings', switches: toJson(this.switches), limits: toJson(this.limits) };
    for (const row of this.accounts.values()) yield { kind: 'account', row };
    for (const row of this.grants.values()) yield { kind: 'grant', row };
    for (const row of this.serviceAccounts.values()) yield { kind: 'service_account', row };
    for (const row of this.channels.values()) yield { kind: 'channel', row };
    for (const row of this.accessTokens.values()) {
      if (row.expiresAtMs > this.now()) yield { kind: 'access_token', row };
    }
    for (const { row, events } of this.calendars.values()) {
      yield { kind: 'calendar', row };
      for (const event of events.byVersion()) yield { kind: 'event', calendarId: row.id, row: event };
    }
  }
}

/** How a watched collection is named inside the emulator. */
function collectionKey(collection: ChannelCollection, of: string): string {
  return `${collection}/${of}`;
}

/** JSON has no Infinity; `null` stands for it in stored and shown limits. */
export function toJson(settings: Switches | Limits): JsonObject {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]): [string, Json] => [
      name,
      value === Number.POSITIVE_INFINITY ? null : (value as Json),
    ]),
  );
}

/** The reverse; the caller names the type it stored. */
export function fromJson<Settings>(json: Json): Partial<Settings> {
  const entries = Object.entries(json as JsonObject);
  const restored = entries.map(([name, value]) => [name, value === null ? Number.POSITIVE_INFINITY : value]);
  return Object.fromEntries(restored) as Partial<Settings>;
}
