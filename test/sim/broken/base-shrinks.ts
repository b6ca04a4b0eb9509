import type { PlantedBug } from '../plant.ts';

export const baseShrinks: PlantedBug = {
  name: 'base-shrinks',
  says: "The guard's base shrinks under its count.",
  edits: [
    {
      file: 'src/core/guard.ts',
      from: 'const base = counts.liveBindings + counts.withdrawals + counts.cancellations;',
      to: 'const base = counts.liveBindings;',
    },
  ],
};
