/** A property that is false: nothing is ever created. A simulation that does not say so sees nothing at all. */
import { ownChanges } from './google-side.ts';
import type { Oracle } from './oracle.ts';

export const canary: Oracle = {
  onGoogle(world, entry) {
    if (ownChanges(entry).some(({ kind }) => kind === 'create')) world.fail('canary', 'something was created');
  },
};
