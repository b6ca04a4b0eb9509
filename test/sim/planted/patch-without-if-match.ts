import type { PlantedBug } from '../plant.ts';

export const patchWithoutIfMatch: PlantedBug = {
  name: 'patch-without-if-match',
  says: 'A patch carries no etag.',
  edits: [
    {
      file: 'src/google/events.ts',
      from: "const operation = 'events.patch';\n      const answer = await call({\n        operation,\n        headers: ifMatch(request, operation),",
      to: "const operation = 'events.patch';\n      const answer = await call({\n        operation,",
    },
  ],
};
