import type { PlantedBug } from '../plant.ts';

export const retryAfterIgnored: PlantedBug = {
  name: 'retry-after-ignored',
  says: '`Retry-After` of a changing call is ignored when its key waits.',
  edits: [
    {
      file: 'src/engine/failures.ts',
      from: 'work.engine.random.fraction(), error.retryAfterMs);',
      to: 'work.engine.random.fraction());',
    },
  ],
};
