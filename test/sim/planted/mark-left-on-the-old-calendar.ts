import type { PlantedBug } from '../plant.ts';

export const markLeftOnTheOldCalendar: PlantedBug = {
  name: 'mark-left-on-the-old-calendar',
  says: 'The mark of a key whose event stands on another calendar stays where it was.',
  edits: [
    {
      file: 'src/store/dirty.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of the source as it stands
      from: 'where key = ${key} and calendar <> ${calendar}`',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of the source as it stands
      to: 'where key = ${key} and calendar is null`',
    },
  ],
};
