/** The plain words of a diff: what happened to an event, and what will be done about it. */
import type { PlanItem } from '../../core/plan.ts';
import { decisionText } from '../../mail/report-words.ts';
import type { Paint } from '../output.ts';

type Told = Pick<PlanItem, 'kind' | 'action' | 'withheld' | 'flagged'>;

/** The sign before a key, in the colour of what will be done. */
export function signText({ action, withheld }: Told, paint: Paint): string {
  if (withheld !== null) return paint.magenta('‖');
  switch (action) {
    case 'create':
    case 'recreate':
      return paint.green('+');
    case 'delete':
      return paint.red('-');
    case 'patch':
      return paint.yellow('~');
    case 'move':
      return paint.cyan('>');
    case 'adopt':
      return paint.blue('<');
    case 'none':
      return paint.dim('·');
  }
}

/** What calsync will do about it. */
export function actionText(item: Told): string {
  const done = doneText(item);
  switch (item.withheld) {
    case 'guard':
      return `held: it would be ${done}, but a person has to approve that (calsync holds)`;
    case 'policy':
      return `not done: it would be ${done}, but the policy of the calendar forbids it`;
    case null:
      if (item.action !== 'none') return `will be ${done}`;
      return item.flagged ? `waits for a person: ${decisionText(item.kind)}` : 'nothing to do';
  }
}

function doneText({ action, kind }: Told): string {
  switch (action) {
    case 'create':
      return 'created in Google';
    case 'recreate':
      return 'created again in Google';
    case 'delete':
      return 'deleted in Google';
    case 'move':
      return kind === 'moved' ? 'moved back' : 'moved in Google';
    case 'patch':
      return kind === 'pending' ? 'updated in Google' : 'put back in Google to what the table says';
    case 'adopt':
      return 'taken into the table from Google';
    case 'none':
      return 'left as it is';
  }
}
