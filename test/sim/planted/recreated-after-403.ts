import type { PlantedBug } from '../plant.ts';

export const recreatedAfter403: PlantedBug = {
  name: 'recreated-after-403',
  says: 'An event that may not be changed is deleted and created anew.',
  edits: [
    {
      file: 'src/engine/perform.ts',
      from: '      const event = await withPatience(engine, () => google.patchEvent(request));',
      to: '      const event = await withPatience(engine, () => google.patchEvent(request)).catch(async (thrown) => {\n        if (asCalsyncError(thrown).status !== 403) throw thrown;\n        await google.deleteEvent({ calendar, eventId, etag: call.etag, sendUpdates });\n        return google.insertEvent({ calendar, body: insertBody(call.stated, eventId.slice(0, -4) + engine.random.hex(2), mark), sendUpdates });\n      });',
    },
  ],
};
