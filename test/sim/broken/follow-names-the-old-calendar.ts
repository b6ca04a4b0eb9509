import type { PlantedBug } from '../plant.ts';

export const followNamesTheOldCalendar: PlantedBug = {
  name: 'follow-names-the-old-calendar',
  says: 'To follow a move names the old calendar.',
  edits: [
    {
      file: 'src/core/moves.ts',
      from: "desiredChange: { kind: 'follow', calendar: at.calendar },",
      to: "desiredChange: { kind: 'follow', calendar: row.spec.calendar },",
    },
  ],
};
