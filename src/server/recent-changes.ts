/** The end of the change feed in memory: rendered once, sent to many. */
import type { Change } from '../store/feed.ts';

const mostEntries = 2_000;
const mostCharacters = 8 * 1024 * 1024;
/** What a client takes at a time. */
const entriesAtOnce = 100;

export interface RecentChange {
  readonly change: Pick<Change, 'position' | 'calendars' | 'schedules' | 'people'>;
  readonly frame: string;
}

/** What comes after a position: nothing yet, what is in memory, or what only the table has. */
export type Stretch =
  | { readonly kind: 'end' }
  | { readonly kind: 'recent'; readonly entries: readonly RecentChange[]; readonly through: number }
  | { readonly kind: 'table' };

export class RecentChanges {
  private entries: RecentChange[] = [];
  private characters = 0;
  /** Everything after this position and up to the head is here. */
  private from: number | null = null;
  private newest: number | null = null;

  /** The newest position that was looked at; null before the first look. */
  get head(): number | null {
    return this.newest;
  }

  add(entries: readonly RecentChange[], through: number): void {
    this.from ??= (entries[0]?.change.position ?? through + 1) - 1;
    this.newest = through;
    this.entries.push(...entries);
    for (const { frame } of entries) this.characters += frame.length;
    this.dropOldest();
  }

  after(position: number): Stretch {
    if (this.newest === null || this.from === null || position >= this.newest) return { kind: 'end' };
    if (position < this.from) return { kind: 'table' };
    const begin = firstAfter(this.entries, position);
    const entries = this.entries.slice(begin, begin + entriesAtOnce);
    const last = entries.length < entriesAtOnce ? this.newest : entries.at(-1)?.change.position;
    return { kind: 'recent', entries, through: last ?? this.newest };
  }

  /** Begins anew: who follows next may be long after. */
  forget(): void {
    this.entries = [];
    this.characters = 0;
    this.from = null;
    this.newest = null;
  }

  private dropOldest(): void {
    let dropped = 0;
    while (this.entries.length - dropped > mostEntries || this.characters > mostCharacters) {
      const oldest = this.entries[dropped];
      if (oldest === undefined) break;
      this.characters -= oldest.frame.length;
      this.from = oldest.change.position;
      dropped += 1;
    }
    if (dropped > 0) this.entries.splice(0, dropped);
  }
}

/** Where the entries after a position begin; they are in order. */
function firstAfter(entries: readonly RecentChange[], position: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.change.position ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
