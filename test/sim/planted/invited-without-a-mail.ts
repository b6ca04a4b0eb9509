import type { PlantedBug } from '../plant.ts';

export const invitedWithoutAMail: PlantedBug = {
  name: 'invited-without-a-mail',
  says: 'A guest who is new is not told.',
  edits: [
    {
      file: 'src/core/send-updates.ts',
      from: "return moved || invited || uninvited ? 'all' : 'none';",
      to: "return moved || uninvited ? 'all' : 'none';",
    },
  ],
};
