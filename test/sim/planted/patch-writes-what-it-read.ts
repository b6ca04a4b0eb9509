import type { PlantedBug } from '../plant.ts';

export const patchWritesWhatItRead: PlantedBug = {
  name: 'patch-writes-what-it-read',
  says: 'PATCH reads the row, and some time later writes the whole of it back, with the patched field in it.',
  edits: [
    {
      file: 'src/server/event-routes.ts',
      from: "import { z } from '@hono/zod-openapi';\n",
      to: "import { z } from '@hono/zod-openapi';\nimport { eventDocument } from '../core/event-document.ts';\n",
    },
    {
      file: 'src/server/event-routes.ts',
      from: '  return call.write(async (db) => {\n    const result = await patchEvent(db, key, { ...body }, call.writer, options);',
      to: '  const read = await getEvent(call.db, key);\n  const was = read === null ? {} : eventDocument({ ...read.spec, attendees: null });\n  return call.write(async (db) => {\n    const result = await patchEvent(db, key, { ...was, ...body }, call.writer, options);',
    },
  ],
};
