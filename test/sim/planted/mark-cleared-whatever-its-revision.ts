import type { PlantedBug } from '../plant.ts';

export const markClearedWhateverItsRevision: PlantedBug = {
  name: 'mark-cleared-whatever-its-revision',
  says: 'A dirty mark is cleared although its row was written again meanwhile.',
  edits: [
    {
      file: 'src/store/dirty.ts',
      from: ' and done.revision >= mark.revision',
      to: '',
    },
  ],
};
