import type { PlantedBug } from '../plant.ts';

export const contestWithoutAnEnd: PlantedBug = {
  name: 'contest-without-an-end',
  says: 'A field that somebody insists on is put right for ever.',
  edits: [
    {
      file: 'src/core/compare.ts',
      from: 'const mostRepairsAnHour = 3;',
      to: 'const mostRepairsAnHour = 300;',
    },
  ],
};
