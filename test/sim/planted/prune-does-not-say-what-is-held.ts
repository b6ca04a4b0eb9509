import type { PlantedBug } from '../plant.ts';

export const pruneDoesNotSayWhatIsHeld: PlantedBug = {
  name: 'prune-does-not-say-what-is-held',
  says: "A prune over the guard's line does not say that its removals will be held.",
  edits: [
    {
      file: 'src/write/held-removals.ts',
      from: 'if (deletes !== null) held.push',
      to: 'if (deletes !== null && count > 1_000) held.push',
    },
  ],
};
