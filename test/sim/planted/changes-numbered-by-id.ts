import type { PlantedBug } from '../plant.ts';

export const changesNumberedById: PlantedBug = {
  name: 'changes-numbered-by-id',
  says: 'The position of a change is its id, without a look at the last position that was handed out.',
  edits: [
    {
      file: 'src/store/sequencer.ts',
      from: '(select coalesce(max(position), 0) from calsync.history) + next.place',
      to: 'next.id',
    },
  ],
};
