import type { PlantedBug } from '../plant.ts';

export const moveNotedAtItsSource: PlantedBug = {
  name: 'move-noted-at-its-source',
  says: 'A move that a reading settled is noted at its source.',
  edits: [
    {
      file: 'src/engine/settle-unknown.ts',
      from: 'await noteMoved(tx, key, destination);',
      to: 'await noteMoved(tx, key, calendar);',
    },
  ],
};
