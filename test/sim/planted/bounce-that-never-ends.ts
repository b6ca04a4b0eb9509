import type { PlantedBug } from '../plant.ts';

export const bounceThatNeverEnds: PlantedBug = {
  name: 'bounce-that-never-ends',
  says: 'An address that works again is told of as before.',
  edits: [
    {
      file: 'migrations/0008_people.sql',
      from: 'address.normal_address = attendee.normal_address and address.cleared_at is null',
      to: 'address.normal_address = attendee.normal_address',
    },
  ],
};
