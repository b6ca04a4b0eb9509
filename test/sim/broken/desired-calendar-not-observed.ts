import type { PlantedBug } from '../plant.ts';

export const desiredCalendarNotObserved: PlantedBug = {
  name: 'desired-calendar-not-observed',
  says: 'The desired calendar need not be observed.',
  edits: [
    {
      file: 'src/core/plan-key.ts',
      from: '[bound, desired].filter(isStale)',
      to: '[bound].filter(isStale)',
    },
  ],
};
