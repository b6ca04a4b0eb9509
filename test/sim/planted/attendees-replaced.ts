import type { PlantedBug } from '../plant.ts';

export const attendeesReplaced: PlantedBug = {
  name: 'attendees-replaced',
  says: "A patch of the guests sends the list of the table instead of merging it into Google's.",
  edits: [
    {
      file: 'src/core/attendee-diff.ts',
      from: '  return [...kept, ...added.map(([, entry]) => newAttendee(entry))];',
      to: '  return kept.length + added.length === 0 ? [] : [...wished].map(([, entry]) => newAttendee(entry));',
    },
  ],
};
