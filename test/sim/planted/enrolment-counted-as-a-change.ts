import type { PlantedBug } from '../plant.ts';

export const enrolmentCountedAsAChange: PlantedBug = {
  name: 'enrolment-counted-as-a-change',
  says: "Enrolling counts the event's generation on, so that an editor's version is no longer the one that he saw.",
  edits: [
    {
      file: 'migrations/0014_write_speed.sql',
      from: 'own_changed := new is distinct from old;',
      to: 'own_changed := new is distinct from old or counted <> old.attendees_version;',
    },
  ],
};
