import type { PlantedBug } from '../plant.ts';

export const marksForgottenInTheState: PlantedBug = {
  name: 'marks-forgotten-in-the-state',
  says: 'Dirty marks are forgotten in the state of a calendar.',
  edits: [
    {
      file: 'src/engine/end-turn.ts',
      from: 'if (open.marks > 0 || open.flagged',
      to: 'if (open.flagged',
    },
  ],
};
