import type { PlantedBug } from '../plant.ts';

export const breakerNeverOpens: PlantedBug = {
  name: 'breaker-never-opens',
  says: 'Calls go on, however long Google is silent.',
  edits: [
    {
      file: 'src/core/breaker.ts',
      from: 'return failed.failures >= breakerLimits.failuresToOpen ? opened(failed, silence, 0) : failed;',
      to: 'return failed.failures >= 1e9 ? opened(failed, silence, 0) : failed;',
    },
  ],
};
