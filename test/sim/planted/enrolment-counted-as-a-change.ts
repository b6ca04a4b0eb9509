import type { PlantedBug } from '../plant.ts';

export const enrolmentCountedAsAChange: PlantedBug = {
  name: 'enrolment-counted-as-a-change',
  says: "Enrolling counts the event's generation on, so that an editor's version is no longer the one that he saw.",
  edits: [
    {
      file: 'migrations/0004_desired_triggers.sql',
      from: "kept_here constant text[] := array['generation', 'revision', 'attendees_version', 'created_at', 'updated_at'];",
      to: "kept_here constant text[] := array['generation', 'revision', 'created_at', 'updated_at'];",
    },
  ],
};
