import type { PlantedBug } from '../plant.ts';

export const retryUnderANewId: PlantedBug = {
  name: 'retry-under-a-new-id',
  says: 'A create whose end nobody knows is tried again at once, under another id.',
  edits: [
    {
      file: 'src/engine/patience.ts',
      from: 'if (error.outcomeUnknown || error.reason === breakerOpen) throw error;',
      to: 'if (error.reason === breakerOpen) throw error;',
    },
    {
      file: 'src/engine/perform.ts',
      from: 'google.insertEvent({ calendar, body, sendUpdates })',
      to: 'google.insertEvent({ calendar, body: { ...body, id: body.id.slice(0, -4) + engine.random.hex(2) }, sendUpdates })',
    },
  ],
};
