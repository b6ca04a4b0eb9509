import type { PlantedBug } from '../plant.ts';

export const cancelledWithOpenGuests: PlantedBug = {
  name: 'cancelled-with-open-guests',
  says: 'Cancelling an event leaves its guests as they are.',
  edits: [
    {
      file: 'migrations/0004_desired_triggers.sql',
      from: '    if turned is not null then\n      update calsync.desired_attendee',
      to: '    if turned is null then\n      update calsync.desired_attendee',
    },
  ],
};
