import type { PlantedBug } from '../plant.ts';

export const parkedWhateverItsRevision: PlantedBug = {
  name: 'parked-whatever-its-revision',
  says: 'A row is parked whatever its revision.',
  edits: [
    {
      file: 'src/store/dirty.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of the source as it stands
      from: ' and held.revision <= ${parked.revision} for update skip locked)',
      to: ' for update skip locked)',
    },
  ],
};
