import type { PlantedBug } from '../plant.ts';

export const leaseOnTheWorkersClock: PlantedBug = {
  name: 'lease-on-the-workers-clock',
  says: "A worker takes its own clock's word for it that it still has the calendar.",
  edits: [
    {
      file: 'src/engine/work.ts',
      from: '  if (now - work.leaseKeptAt < settings.leaseMs * leaseKeepShare) return requireLease(tx, work.lease);',
      to: '  if (now - work.leaseKeptAt < settings.leaseMs) return;',
    },
  ],
};
