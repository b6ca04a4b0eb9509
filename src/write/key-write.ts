/** A write of keys as a decision: what is asked, what was found, and what follows. */
import type { Db } from '../store/database.ts';
import type { AskedPlaces, KeyNumbers, Places, StoredEvent } from '../store/desired.ts';
import type { DesiredWrites } from '../store/desired-writes.ts';

/** The keys as they are, each without a row being absent. */
export interface FoundKeys {
  readonly rows: ReadonlyMap<string, StoredEvent>;
  /** What was asked of the places of the keys, where it is known already. */
  readonly places: Places | null;
}

export type Decided<Answer> =
  /** Nothing is written. */
  | { readonly kind: 'answer'; readonly answer: Answer }
  | {
      readonly kind: 'write';
      readonly writes: Partial<DesiredWrites>;
      /** The answer, from the numbers that the keys have then. */
      readonly answerOf: (numbers: ReadonlyMap<string, KeyNumbers>) => Answer;
    };

export interface KeyWrite<Answer> {
  readonly keys: readonly string[];
  /** What has to be known of the places, should one of the keys have no row. */
  readonly places?: AskedPlaces;
  /** Decides from the rows; asks `db` for nothing but other facts. May be called twice. */
  readonly decide: (db: Db, found: FoundKeys) => Promise<Decided<Answer>>;
}
