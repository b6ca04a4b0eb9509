import type { PlantedBug } from '../plant.ts';

export const approvalUsedTwice: PlantedBug = {
  name: 'approval-used-twice',
  says: 'A permission that was used stands as if it had not been.',
  edits: [
    {
      file: 'src/store/hold.ts',
      from: ' and item.used_at is null\n      order by hold.id',
      to: '\n      order by hold.id',
    },
  ],
};
