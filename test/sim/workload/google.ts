/** What Google does by itself: it ends sync tokens, or is away for a while. */
import type { RetryAfter } from '../../../src/emulator/faults.ts';
import { drawRetryAfter } from '../answers.ts';
import type { Dice } from '../dice.ts';
import type { Shape } from '../shape.ts';
import type { World } from '../world.ts';

export type GoogleDeed =
  | { readonly kind: 'refuse_tokens'; readonly calendar: number }
  /** Every call fails for so long. */
  | { readonly kind: 'outage'; readonly lastsMs: number; readonly how: Outage; readonly retryAfter?: RetryAfter };

/** What callers meet while Google is away: an error of its own, no connection, or silence. */
export type Outage = 'serviceUnavailable' | 'lost' | 'silence';

const second = 1_000;

export function drawGoogle(dice: Dice, shape: Shape): GoogleDeed {
  if (dice.chance(0.5)) return { kind: 'refuse_tokens', calendar: dice.below(shape.calendars) };
  const how = dice.pick(['serviceUnavailable', 'lost', 'silence'] as const);
  const lastsMs = dice.between(30, 900) * second;
  const asks = how === 'serviceUnavailable' && dice.chance(0.5);
  return { kind: 'outage', lastsMs, how, ...(asks && { retryAfter: drawRetryAfter(dice) }) };
}

export function doAsGoogle(world: World, deed: GoogleDeed): string {
  switch (deed.kind) {
    case 'refuse_tokens':
      world.emulator.administration.invalidateSyncTokens(world.calendars[deed.calendar % world.calendars.length] ?? '');
      return 'every sync token of it is refused from now on';
    case 'outage':
      world.network.away = {
        sinceMs: world.scheduler.now(),
        untilMs: world.scheduler.now() + deed.lastsMs,
        how: deed.how,
        ...(deed.retryAfter !== undefined && { retryAfter: deed.retryAfter }),
      };
      world.callsInVain = 0;
      return 'nobody reaches it any more';
  }
}
