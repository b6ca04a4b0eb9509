import type { PlantedBug } from '../plant.ts';

export const vanishedTakenForDeleted: PlantedBug = {
  name: 'vanished-taken-for-deleted',
  says: 'An event that a listing leaves out counts as deleted, unread.',
  edits: [
    {
      file: 'src/core/key-view.ts',
      from: "  if (!notFound) return { kind: 'unseen' };",
      to: "  if (!notFound) return { kind: 'gone', seenAt: 0 };",
    },
    {
      file: 'src/core/vanishing.ts',
      from: "  if (!many && absent.length < expected) return { kind: 'judge_each' };",
      to: "  if (expected > 0 || many) return { kind: 'judge_each' };",
    },
  ],
};
