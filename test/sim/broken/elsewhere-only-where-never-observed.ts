import type { PlantedBug } from '../plant.ts';

export const elsewhereOnlyWhereNeverObserved: PlantedBug = {
  name: 'elsewhere-only-where-never-observed',
  says: 'A deletion looks for the event elsewhere only where nothing was ever observed.',
  edits: [
    {
      file: 'src/core/plan-key.ts',
      from: 'facts.freshSince === null || facts.freshSince < since',
      to: 'facts.freshSince === null || facts.freshSince < 0 * since',
    },
  ],
};
