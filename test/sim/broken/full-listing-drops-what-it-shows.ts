import type { PlantedBug } from '../plant.ts';

export const fullListingDropsWhatItShows: PlantedBug = {
  name: 'full-listing-drops-what-it-shows',
  says: 'A full listing drops what it has just shown.',
  edits: [
    {
      file: 'src/store/mirror.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of the source as it stands
      from: 'kept.calendar = ${calendar} and kept.listing < ${listing}',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of the source as it stands
      to: 'kept.calendar = ${calendar} and kept.listing <= ${listing}',
    },
  ],
};
