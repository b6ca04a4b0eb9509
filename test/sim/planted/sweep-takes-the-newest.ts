import type { PlantedBug } from '../plant.ts';

export const sweepTakesTheNewest: PlantedBug = {
  name: 'sweep-takes-the-newest',
  says: 'Retention takes the newest revision of what is old.',
  edits: [
    {
      file: 'src/store/history-retention.ts',
      from: '            when judged.is_newest then false\n',
      to: '            when judged.is_newest then not judged.is_first\n',
    },
  ],
};
