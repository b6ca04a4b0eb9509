import { originOf } from '../core/google-change.ts';
import type { Db } from '../store/database.ts';
import { dropNoted, type NotedChange, recordInHistory, takeNotedChanges } from '../store/google-change.ts';

const mostAtOnce = 500;

/**
 * Judges what listings and readings noted about events of ours, and puts into the history what somebody else did. What cannot be told
 * yet, because a call of ours is open or a writer of the key is at work, stays noted for the next turn. Waits for nobody.
 */
export async function recordGoogleChanges(db: Db): Promise<void> {
  await db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (tx) => {
      const noted = await takeNotedChanges(tx, mostAtOnce);
      if (noted.length === 0) return;
      const { theirs, ours } = judged(noted);
      const written = await recordInHistory(tx, theirs);
      await dropNoted(tx, [...ours, ...written]);
    });
}

/** Of a key, nothing is judged before what was seen earlier: its history tells things in their order. */
function judged(noted: readonly NotedChange[]): {
  readonly theirs: readonly number[];
  readonly ours: readonly number[];
} {
  const waiting = new Set<string>();
  const theirs: number[] = [];
  const ours: number[] = [];
  for (const change of noted) {
    const origin = waiting.has(change.key) ? 'not_known_yet' : originOf(change, change.calls, change.calendarZone);
    switch (origin) {
      case 'theirs':
        theirs.push(change.id);
        break;
      case 'ours':
        ours.push(change.id);
        break;
      case 'not_known_yet':
        waiting.add(change.key);
        break;
    }
  }
  return { theirs, ours };
}
