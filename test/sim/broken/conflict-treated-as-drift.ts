import type { PlantedBug } from '../plant.ts';

export const conflictTreatedAsDrift: PlantedBug = {
  name: 'conflict-treated-as-drift',
  says: 'A conflict is treated as drift.',
  edits: [
    {
      file: 'src/core/compare.ts',
      from: "    case 'conflict':\n      return write;\n    case 'drift': {",
      to: "      return write;\n    case 'conflict':\n    case 'drift': {",
    },
  ],
};
