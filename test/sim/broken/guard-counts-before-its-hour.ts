import type { PlantedBug } from '../plant.ts';

export const guardCountsBeforeItsHour: PlantedBug = {
  name: 'guard-counts-before-its-hour',
  says: 'The guard counts what lies before its hour.',
  edits: [
    {
      file: 'src/store/intent.ts',
      from: 'and made_at > calsync.now() - make_interval',
      to: 'and made_at < calsync.now() - make_interval',
    },
  ],
};
