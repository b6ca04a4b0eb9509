import type { EventRow } from './model.ts';

const keptWalks = 4;

/** The rows of the last few expanded or ordered listings, so that their later pages cost a slice. */
export class WalkCache {
  private readonly walks = new Map<string, readonly EventRow[]>();

  /** `key` names everything that decides the rows, the pinned version included. */
  rows(key: string, make: () => readonly EventRow[]): readonly EventRow[] {
    const known = this.walks.get(key);
    if (known !== undefined) return known;
    const rows = make();
    const oldest = this.walks.keys().next();
    if (this.walks.size >= keptWalks && oldest.done !== true) this.walks.delete(oldest.value);
    this.walks.set(key, rows);
    return rows;
  }
}
