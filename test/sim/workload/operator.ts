/** What support staff do: decide holds, and make waiting keys due again. */
import { approveHold, rejectHold, retry } from '../../../src/engine/decisions.ts';
import type { Db } from '../../../src/store/database.ts';
import { openHolds } from '../../../src/store/hold.ts';
import type { Dice } from '../dice.ts';

export type OperatorDeed =
  | { readonly kind: 'approve'; readonly nth: number }
  | { readonly kind: 'reject'; readonly nth: number }
  | { readonly kind: 'retry_all' };

export function drawOperator(dice: Dice): OperatorDeed {
  const kind = dice.weighted({ approve: 4, reject: 3, retry_all: 1 });
  return kind === 'retry_all' ? { kind } : { kind, nth: dice.below(4) };
}

export async function doAsOperator(db: Db, deed: OperatorDeed): Promise<string> {
  if (deed.kind === 'retry_all') return `${(await retry(db, 'all')).length} keys are due again`;
  const holds = await openHolds(db);
  const hold = holds[deed.nth % Math.max(1, holds.length)];
  if (hold === undefined) return 'finds no hold';
  const decide = deed.kind === 'approve' ? approveHold : rejectHold;
  return `hold ${hold.id} (${hold.kind}): ${(await decide(db, hold.id, 'operator')).consequence}`;
}
