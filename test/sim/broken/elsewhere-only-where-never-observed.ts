import type { PlantedBug } from '../plant.ts';

export const elsewhereOnlyWhereNeverObserved: PlantedBug = {
  name: 'elsewhere-only-where-never-observed',
  says: 'A deletion looks for the event elsewhere only where nothing was ever observed.',
  edits: [
    {
      file: 'src/core/elsewhere.ts',
      from: 'freshSince === null || freshSince < since',
      to: 'freshSince === null || freshSince < 0 * since',
    },
  ],
};
