import type { PlantedBug } from '../plant.ts';

export const duplicateRetiresTheBoundEvent: PlantedBug = {
  name: 'duplicate-retires-the-bound-event',
  says: 'The deletion of a duplicate, settled by a reading, retires the bound event.',
  edits: [
    {
      file: 'src/engine/settle-unknown.ts',
      from: 'return retireBindingTo(tx, key, calendar, eventId);',
      to: "return (await import('../store/binding.ts')).retireBindings(tx, [key]);",
    },
  ],
};
