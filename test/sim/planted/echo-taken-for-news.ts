import type { PlantedBug } from '../plant.ts';

export const echoTakenForNews: PlantedBug = {
  name: 'echo-taken-for-news',
  says: 'The echo of our own write in a listing is work again.',
  edits: [
    {
      file: 'src/store/mirror.ts',
      from: 'where kept.etag <> excluded.etag or kept.status',
      to: 'where true or kept.status',
    },
    {
      file: 'src/store/mirror.ts',
      from: "and (bound_etag is null or bound_etag <> etag or status = 'cancelled')",
      to: 'and true',
    },
  ],
};
