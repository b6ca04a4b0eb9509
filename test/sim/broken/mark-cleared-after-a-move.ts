import type { PlantedBug } from '../plant.ts';

export const markClearedAfterAMove: PlantedBug = {
  name: 'mark-cleared-after-a-move',
  says: 'The dirty mark is cleared after a move.',
  edits: [
    {
      file: 'src/engine/record.ts',
      from: "    case 'move':\n      return { call, recorded: 'again', written: null };",
      to: "    case 'move':\n      return { call, recorded: 'done', written: null };",
    },
  ],
};
