import type { PlantedBug } from '../plant.ts';

export const copyGoesOn: PlantedBug = {
  name: 'copy-goes-on',
  says: 'A copied database calls Google like the one it was made from.',
  edits: [
    {
      file: 'src/engine/turn.ts',
      from: '  if (!gate.claimed) throw copied();\n',
      to: '  if (!gate.claimed && lease.epoch < 0) throw copied();\n',
    },
  ],
};
