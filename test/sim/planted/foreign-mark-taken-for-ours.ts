import type { PlantedBug } from '../plant.ts';

export const foreignMarkTakenForOurs: PlantedBug = {
  name: 'foreign-mark-taken-for-ours',
  says: 'The mark of another installation with the same key passes for ours.',
  edits: [
    {
      file: 'src/core/observation.ts',
      from: 'mark?.installation === context.installation',
      to: 'mark !== null',
    },
    {
      file: 'src/store/sightings.ts',
      from: ' and mark_installation = ',
      to: " and '' <> ",
    },
    {
      file: 'src/store/key-state.ts',
      from: "sighting.mark?.installation === context.installation ? sighting.mark.key : ''",
      to: "sighting.mark !== null && context.installation !== '' ? sighting.mark.key : ''",
    },
    {
      file: 'src/core/key-view.ts',
      from: 'return sighting.mark?.installation === context.installation && sighting.mark.key === state.key;',
      to: "return sighting.mark?.key === state.key && context.installation !== '';",
    },
    {
      file: 'src/core/key-view.ts',
      from: '  return state.bindings.some((binding) => binding.eventId === eventId) || isDerived(eventId, state, context);',
      to: '  return state.sightings.some((seen) => seen.eventId === eventId && seen.mark?.key === state.key) || isDerived(eventId, state, context);',
    },
  ],
};
