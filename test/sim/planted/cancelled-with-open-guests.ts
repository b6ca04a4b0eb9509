import type { PlantedBug } from '../plant.ts';

export const cancelledWithOpenGuests: PlantedBug = {
  name: 'cancelled-with-open-guests',
  says: 'Cancelling an event leaves its guests as they are.',
  edits: [
    {
      file: 'migrations/0014_write_speed.sql',
      from: '    if counted.closed is not null then\n      update calsync.desired_attendee',
      to: '    if counted.closed is null then\n      update calsync.desired_attendee',
    },
  ],
};
