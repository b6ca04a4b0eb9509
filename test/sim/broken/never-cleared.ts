import type { PlantedBug } from '../plant.ts';

export const neverCleared: PlantedBug = {
  name: 'never-cleared',
  says: 'A field that is stated no longer is never cleared.',
  edits: [
    {
      file: 'src/core/field-diff.ts',
      from: 'if (stated === null && before === null) return null;',
      to: 'if (stated === null) return null;',
    },
  ],
};
