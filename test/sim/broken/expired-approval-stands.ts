import type { PlantedBug } from '../plant.ts';

export const expiredApprovalStands: PlantedBug = {
  name: 'expired-approval-stands',
  says: 'An approval that has expired still stands.',
  edits: [
    {
      file: 'src/store/hold.ts',
      from: 'approval.expires_at > calsync.now() and item.used_at is null',
      to: 'item.used_at is null',
    },
  ],
};
