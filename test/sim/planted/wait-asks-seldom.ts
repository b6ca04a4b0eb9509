import type { PlantedBug } from '../plant.ts';

export const waitAsksSeldom: PlantedBug = {
  name: 'wait-asks-seldom',
  says: 'Who waits for Google is answered long after it shows the event.',
  edits: [
    {
      file: 'src/server/wait-for-google.ts',
      from: 'const longestPeriodMs = 1_000;',
      to: 'const longestPeriodMs = 60_000;',
    },
    {
      file: 'src/server/wait-for-google.ts',
      from: 'const periodShare = 0.1;',
      to: 'const periodShare = 10;',
    },
  ],
};
