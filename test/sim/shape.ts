/** What is the same throughout a run: who is there, which policies hold, which Google this is. */

import type { Switches } from '../../src/emulator/switches.ts';
import type { CalendarSettings } from '../../src/store/calendar.ts';
import type { Dice } from './dice.ts';

export interface Shape {
  /** Installations that keep the same calendars, each with a database of its own. */
  readonly sites: 1 | 2;
  readonly calendars: 1 | 2;
  readonly workers: number;
  /** Turns that each worker has before the quiet phase. */
  readonly turns: number;
  readonly keys: number;
  readonly pageSize: number;
  readonly concurrency: number;
  readonly policies: Pick<CalendarSettings, 'policy' | 'drift' | 'onDelete' | 'onMove' | 'orphans' | 'duplicates'>;
  readonly switches: Partial<Switches>;
}

/** Policies under which Google has to come to equal the table, whatever people do. */
export const strictPolicies = {
  policy: 'sync',
  drift: 'enforce',
  onDelete: 'recreate',
  onMove: 'move_back',
  orphans: 'flag',
  duplicates: 'flag',
} as const satisfies Shape['policies'];

export function drawShape(dice: Dice): Shape {
  return {
    sites: dice.chance(0.2) ? 2 : 1,
    calendars: dice.chance(0.6) ? 2 : 1,
    workers: dice.weighted({ '1': 5, '2': 4, '3': 2 }) === '1' ? 1 : dice.between(2, 3),
    turns: dice.between(4, 10),
    keys: dice.chance(0.18) ? dice.between(12, 16) : dice.between(1, 7),
    pageSize: dice.pick([1, 2, 3, 2500]),
    concurrency: dice.pick([1, 2, 8]),
    policies: dice.chance(0.55) ? strictPolicies : drawPolicies(dice),
    switches: {
      noopWrite: dice.pick(['keeps_etag', 'moves_etag']),
      answerMovesEtag: dice.chance(0.7),
      emptyPages: dice.pick(['never', 'never', 'between']),
      moveOntoTombstone: dice.pick(['replace', 'duplicate']),
    },
  };
}

function drawPolicies(dice: Dice): Shape['policies'] {
  return {
    policy: dice.weighted({ sync: 12, 'upsert-only': 3, 'create-only': 2, observe: 1 }),
    drift: dice.pick(['enforce', 'adopt', 'flag', 'ignore']),
    onDelete: dice.pick(['recreate', 'accept', 'flag']),
    onMove: dice.pick(['flag', 'move_back', 'follow']),
    orphans: dice.pick(['flag', 'delete']),
    duplicates: dice.pick(['flag', 'delete']),
  };
}
