import type { PlantedBug } from '../plant.ts';

export const heldKeysLeftOut: PlantedBug = {
  name: 'held-keys-left-out',
  says: 'Held keys are left out of the next round of a turn.',
  edits: [
    {
      file: 'src/engine/turn.ts',
      from: 'held.has(key) || again.has(key)',
      to: 'again.has(key) || (held.size < 0 && held.has(key))',
    },
  ],
};
