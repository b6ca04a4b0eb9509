import type { PlantedBug } from '../plant.ts';

export const settledWithoutItsGuests: PlantedBug = {
  name: 'settled-without-its-guests',
  says: 'A write that a reading settled is noted without its guests, so none of them is ever taken off.',
  edits: [
    {
      file: 'src/engine/settle-unknown.ts',
      from: '    stated: intent.applied,\n',
      to: '    stated: { ...intent.applied, attendees: [] },\n',
    },
  ],
};
