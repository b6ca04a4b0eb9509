import type { PlantedBug } from '../plant.ts';

export const patchThatNeverLeftIsDone: PlantedBug = {
  name: 'patch-that-never-left-is-done',
  says: 'A patch that never left is taken for done.',
  edits: [
    {
      file: 'src/core/settle.ts',
      from: "      if (!live) return 'overtaken';\n      if (found.etag === intent.etag) return 'not_done';",
      to: "      if (!live) return 'overtaken';\n      if (found.etag === intent.etag) return 'done';",
    },
  ],
};
