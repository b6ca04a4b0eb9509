import type { PlantedBug } from '../plant.ts';

export const oldRowsDecide: PlantedBug = {
  name: 'old-rows-decide',
  says: 'What was decided from rows that were read without a lock is written whatever their revisions are by then.',
  edits: [
    {
      file: 'migrations/0018_write_together.sql',
      from: '      where locked.revision is not distinct from read.revision;',
      to: '      where (locked.revision is null) = (read.revision is null);',
    },
  ],
};
