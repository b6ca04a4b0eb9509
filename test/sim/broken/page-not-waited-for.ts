import type { PlantedBug } from '../plant.ts';

export const pageNotWaitedFor: PlantedBug = {
  name: 'page-not-waited-for',
  says: 'A page of a listing is stored without waiting for it.',
  edits: [
    {
      file: 'src/engine/observe.ts',
      from: '    await storePage(work, page, listing);\n    token',
      to: '    void storePage(work, page, listing).catch(() => undefined);\n    token',
    },
  ],
};
