import type { PlantedBug } from '../plant.ts';

export const leaseProlongedForAnybody: PlantedBug = {
  name: 'lease-prolonged-for-anybody',
  says: 'A lease is prolonged for whoever asks.',
  edits: [
    {
      file: 'src/store/lease.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of the source as it stands
      from: 'lease_until = calsync.now() + make_interval(secs => ${leaseMs / 1000})\n      where id = ${lease.calendar} and lease_epoch = ${lease.epoch} and lease_owner = ${lease.owner}`',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of the source as it stands
      to: 'lease_until = calsync.now() + make_interval(secs => ${leaseMs / 1000})\n      where id = ${lease.calendar}`',
    },
  ],
};
