import type { PlantedBug } from '../plant.ts';

export const unheardDeleteTakenForDone: PlantedBug = {
  name: 'unheard-delete-taken-for-done',
  says: 'A deletion whose answer was lost is taken for done although the event is there.',
  edits: [
    {
      file: 'src/core/settle.ts',
      from: "      return found.etag === intent.etag ? 'not_done' : 'overtaken';",
      to: "      return found.etag === intent.etag ? 'done' : 'overtaken';",
    },
  ],
};
