import type { PlantedBug } from '../plant.ts';

export const restoredOneVersionOff: PlantedBug = {
  name: 'restored-one-version-off',
  says: 'To restore a generation puts back the version that replaced it.',
  edits: [
    {
      file: 'src/store/version.ts',
      from: 'const state = states[index];',
      to: 'const state = states[index + 1] ?? states[index];',
    },
  ],
};
