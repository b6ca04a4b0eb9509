import { CalsyncError } from '../core/error.ts';
import type { Db } from '../store/database.ts';
import { markKeys } from '../store/dirty.ts';
import { openHolds } from '../store/hold.ts';
import { type KeyPair, moveBindings, type RekeyFacts, rekeyFacts } from '../store/rekey.ts';
import { inTransaction, type Writer, writeAs } from '../store/transaction.ts';

/** Why an event cannot get another key. */
export interface RekeyProblem extends KeyPair {
  readonly message: string;
}

export type RekeyResult =
  | { readonly kind: 'rekeyed'; readonly pairs: readonly KeyPair[] }
  | { readonly kind: 'refused'; readonly problems: readonly RekeyProblem[] };

/**
 * Gives the events of withdrawn keys to new rows: the next turn puts the new mark on each and changes what the new row states otherwise,
 * in place, so that guests keep their invitations and answers. All pairs or none, in one transaction; refused is whatever is not plain.
 */
export async function rekey(db: Db, pairs: readonly KeyPair[], writer: Writer): Promise<RekeyResult> {
  const twice = namedTwice(pairs);
  if (twice.length > 0) return { kind: 'refused', problems: twice };
  return inTransaction(db, async (tx): Promise<RekeyResult> => {
    await writeAs(tx, writer);
    const problems = (await rekeyFacts(tx, pairs)).flatMap((facts) => {
      const message = problemOf(facts);
      return message === null ? [] : [{ from: facts.from, to: facts.to, message }];
    });
    if (problems.length > 0) return { kind: 'refused', problems };
    await moveBindings(tx, pairs);
    await markKeys(tx, { keys: pairs.flatMap(({ from, to }) => [from, to]) });
    return { kind: 'rekeyed', pairs };
  });
}

/** A key may be left once and taken once, and not both. */
function namedTwice(pairs: readonly KeyPair[]): readonly RekeyProblem[] {
  const count = new Map<string, number>();
  for (const key of pairs.flatMap(({ from, to }) => [from, to])) count.set(key, (count.get(key) ?? 0) + 1);
  return pairs.flatMap(({ from, to }) => {
    const twice = [from, to].find((key) => (count.get(key) ?? 0) > 1);
    return twice === undefined ? [] : [{ from, to, message: `the key ${twice} is named more than once` }];
  });
}

function problemOf(facts: RekeyFacts): string | null {
  const { from, to, fromState, fromCalendar, toCalendar } = facts;
  if (facts.unsettled) return 'a call about one of them was begun and its end is not known yet: reconcile first';
  if (facts.fromHasRow) return `${from} still has a row: withdraw it first`;
  if (fromState === null) return `no event stands for ${from}`;
  if (fromState === 'gone') return `the event of ${from} is gone from Google`;
  if (!facts.toHasRow) return `${to} has no row`;
  if (facts.toCancelled) return `${to} is cancelled`;
  if (facts.toIsBound) return `an event stands for ${to} already`;
  if (fromCalendar !== toCalendar)
    return `the event of ${from} is on ${fromCalendar} and ${to} names ${toCalendar}: name that calendar first, and move it afterwards`;
  return null;
}

/** The pairs of an open hold of kind `rekey`. Throws `usage` for another hold, and where equal events leave open which becomes which. */
export async function pairsOfHold(db: Db, id: number): Promise<readonly KeyPair[]> {
  const [hold] = await openHolds(db, id);
  if (hold === undefined || hold.kind !== 'rekey') {
    throw new CalsyncError('usage', `there is no open hold ${id} of keys that changed: see \`calsync holds\``, {
      reason: 'no_such_hold',
    });
  }
  const pairs = hold.items.flatMap(({ key, replaces }) =>
    replaces === undefined ? [] : [{ from: replaces, to: key }],
  );
  const hashes = await inTransaction(db, async (tx) =>
    (await rekeyFacts(tx, pairs)).map(({ appliedHash }) => appliedHash),
  );
  if (new Set(hashes).size < hashes.length) {
    const message = `in hold ${id} several events say the same, so that it is open which of them gets which key: name them in a file`;
    throw new CalsyncError('usage', message, { reason: 'ambiguous_rekey' });
  }
  return pairs;
}
