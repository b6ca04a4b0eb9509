import type { PlantedBug } from '../plant.ts';

export const oldRowsDecide: PlantedBug = {
  name: 'old-rows-decide',
  says: 'What was decided from rows that were read without a lock is written whatever their revisions are by then.',
  edits: [
    {
      file: 'migrations/0016_write_at_once.sql',
      from: '      if there <> read_keys or revisions <> read_revisions then',
      to: '      if there <> read_keys then',
    },
  ],
};
