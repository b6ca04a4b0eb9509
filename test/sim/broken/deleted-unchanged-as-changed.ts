import type { PlantedBug } from '../plant.ts';

export const deletedUnchangedAsChanged: PlantedBug = {
  name: 'deleted-unchanged-as-changed',
  says: 'A deletion of an unchanged row is treated as that of a changed one.',
  edits: [
    {
      file: 'src/core/plan-key.ts',
      from: '    if (isAsApplied(view.binding, view.row)) return null;\n',
      to: '    void isAsApplied(view.binding, view.row);\n',
    },
  ],
};
