/** What Google does by itself. */
import type { Dice } from '../dice.ts';
import type { Shape } from '../shape.ts';
import type { World } from '../world.ts';

export type GoogleDeed = { readonly kind: 'refuse_tokens'; readonly calendar: number };

export function drawGoogle(dice: Dice, shape: Shape): GoogleDeed {
  return { kind: 'refuse_tokens', calendar: dice.below(shape.calendars) };
}

export function doAsGoogle(world: World, deed: GoogleDeed): string {
  world.emulator.administration.invalidateSyncTokens(world.calendars[deed.calendar % world.calendars.length] ?? '');
  return 'every sync token of it is refused from now on';
}
