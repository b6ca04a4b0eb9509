import type { EventDraft, EventRow } from './model.ts';

/** One state that a row had, linked to the state before it. */
interface Entry {
  readonly row: EventRow;
  previous: Entry | undefined;
  readonly atMs: number;
  /** Version at which a newer state replaced this one; Infinity while it is current. */
  supersededAt: number;
}

/**
 * The events of one calendar with an index by version. An incremental listing reads the index from its
 * token on and costs what changed since, whatever the calendar holds; a listing as of an older version
 * follows the links of the rows that changed after it and copies nothing.
 */
export class VersionedRows {
  private readonly current = new Map<string, Entry>();
  private readonly exceptionIds = new Map<string, Set<string>>();
  /** Every kept state, by rising version. */
  private log: Entry[] = [];
  /** Current ids by rising `seq`. */
  private readonly order: string[] = [];
  private readonly keptVersions: () => number;
  lastEtag = 0;
  version = 0;

  constructor(keptVersions: () => number) {
    this.keptVersions = keptVersions;
  }

  get size(): number {
    return this.current.size;
  }

  get(id: string): EventRow | undefined {
    return this.current.get(id)?.row;
  }

  /**
   * Stores the next state of a row and gives it a place, a version and an etag.
   * `keepEtag` is for changes that Google may hide from the etag.
   */
  put(draft: EventDraft, nowMs: number, keepEtag = false): EventRow {
    const before = this.current.get(draft.id)?.row;
    const version = this.version + 1;
    const row: EventRow = {
      ...draft,
      seq: before?.seq ?? this.order.length,
      version,
      bornVersion: before?.bornVersion ?? version,
      etag: keepEtag && before !== undefined ? before.etag : this.nextEtag(nowMs),
    };
    this.store(row, nowMs);
    return row;
  }

  /** Takes a row from a journal as it is. Rows must come in the order in which they were made. */
  restore(row: EventRow): void {
    this.lastEtag = Math.max(this.lastEtag, row.etag);
    this.store(row, row.updatedMs);
  }

  /** The row as it was at a version; undefined when the id did not exist then. */
  asOf(id: string, version: number): EventRow | undefined {
    const newest = this.current.get(id);
    let entry = newest;
    while (entry !== undefined && entry.row.version > version) entry = entry.previous;
    if (entry !== undefined) return entry.row;
    // Too old to be kept: the newest state is shown. A token minted for `version` lists the row again.
    return newest !== undefined && newest.row.bornVersion <= version ? newest.row : undefined;
  }

  /** The version as of a moment; the present one for a moment that has come. */
  versionAt(ms: number): number {
    const last = this.log.at(-1);
    if (last === undefined || last.atMs <= ms) return this.version;
    let low = 0;
    let high = this.log.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.log[middle]?.atMs ?? 0) > ms) high = middle;
      else low = middle + 1;
    }
    return this.log[low - 1]?.row.version ?? 0;
  }

  /** States that were current at `upTo` and became so after `after`, by rising version. */
  *changed(after: number, upTo: number): Generator<EventRow> {
    for (let index = this.firstAfter(after); index < this.log.length; index += 1) {
      const entry = this.log[index];
      if (entry === undefined || entry.row.version > upTo) return;
      if (entry.supersededAt > upTo) yield entry.row;
    }
  }

  /** Rows as of a version, by order of first appearance, from a place on. */
  *inOrder(fromSeq: number, version: number): Generator<EventRow> {
    for (let seq = fromSeq; seq < this.order.length; seq += 1) {
      const id = this.order[seq];
      const row = id === undefined ? undefined : this.asOf(id, version);
      if (row !== undefined) yield row;
    }
  }

  /** Ids of the changed and cancelled occurrences of a series. */
  exceptionsOf(masterId: string): Iterable<string> {
    return this.exceptionIds.get(masterId) ?? [];
  }

  /** Current rows by rising version, as a snapshot stores them. */
  *byVersion(): Generator<EventRow> {
    for (const entry of this.log) if (entry.supersededAt === Number.POSITIVE_INFINITY) yield entry.row;
  }

  private nextEtag(nowMs: number): number {
    // Google's event etags are twice the microseconds of `updated` (recorded exchanges).
    this.lastEtag = Math.max(nowMs * 2000, this.lastEtag + 2000);
    return this.lastEtag;
  }

  private store(row: EventRow, atMs: number): void {
    const previous = this.current.get(row.id);
    if (previous !== undefined) previous.supersededAt = row.version;
    const entry: Entry = { row, previous, atMs, supersededAt: Number.POSITIVE_INFINITY };
    this.current.set(row.id, entry);
    this.log.push(entry);
    this.version = Math.max(this.version, row.version);
    this.order[row.seq] = row.id;
    if (row.recurringEventId !== undefined) this.indexException(row.recurringEventId, row.id);
    if (this.log.length > 2 * this.current.size + 2 * this.keptVersions()) this.compact();
  }

  private indexException(masterId: string, id: string): void {
    const ids = this.exceptionIds.get(masterId) ?? new Set<string>();
    ids.add(id);
    this.exceptionIds.set(masterId, ids);
  }

  /** Drops the states that were replaced before the oldest version still kept. */
  private compact(): void {
    const horizon = this.version - this.keptVersions();
    this.log = this.log.filter((entry) => entry.supersededAt > horizon);
    for (const entry of this.log) {
      if (entry.previous !== undefined && entry.previous.supersededAt <= horizon) entry.previous = undefined;
    }
  }

  private firstAfter(version: number): number {
    let low = 0;
    let high = this.log.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.log[middle]?.row.version ?? 0) > version) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
