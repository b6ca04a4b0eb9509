/** The options of `calendars add` and `calendars set`, which are the same. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type DriftPolicy,
  driftPolicies,
  type LeftoverPolicy,
  leftoverPolicies,
  type OnDeletePolicy,
  type OnMovePolicy,
  onDeletePolicies,
  onMovePolicies,
  type SyncPolicy,
  syncPolicies,
} from '../core/policy.ts';
import { fieldNames } from '../core/stated-event.ts';
import type { CalendarSettings } from '../store/calendar.ts';
import { choice } from './later.ts';

/** What `--drift` says, given once or several times. */
export interface DriftChoice {
  readonly drift?: DriftPolicy;
  readonly fields: Readonly<Record<string, DriftPolicy>>;
}

export interface CalendarOptions {
  readonly policy?: SyncPolicy;
  readonly drift?: DriftChoice;
  readonly onDelete?: OnDeletePolicy;
  readonly onMove?: OnMovePolicy;
  readonly orphans?: LeftoverPolicy;
  readonly duplicates?: LeftoverPolicy;
  readonly fallback?: 'hold';
  readonly namespace?: 'live' | 'test';
}

export function addCalendarOptions(command: Command): Command {
  const driftText = `what a person's change of a field leads to, for all fields or FIELD=POLICY (${driftPolicies.join(', ')})`;
  return command
    .addOption(choice('--policy <policy>', 'what calsync may do there', syncPolicies))
    .addOption(new Option('--drift <policy>', driftText).argParser(driftArgument))
    .addOption(choice('--on-delete <policy>', "what a person's deletion leads to", onDeletePolicies))
    .addOption(
      choice('--on-move <policy>', "what a person's move to another managed calendar leads to", onMovePolicies),
    )
    .addOption(choice('--orphans <policy>', 'what is done with events of calsync that have no row', leftoverPolicies))
    .addOption(choice('--duplicates <policy>', "what is done with people's copies", leftoverPolicies))
    .addOption(
      choice('--fallback <policy>', 'where rows go when the calendar is gone', ['hold'], {
        primary: 'Falling back to the primary calendar comes in a later version',
      }),
    )
    .addOption(
      choice('--namespace <name>', 'what its rows are for: those of tests meet no live ones', ['live', 'test']),
    );
}

function driftArgument(text: string, before: DriftChoice | undefined): DriftChoice {
  const known = before ?? { fields: {} };
  const [, field, name] = /^(?:([^=]*)=)?(.*)$/s.exec(text) ?? [];
  const policy = driftPolicies.find((each) => each === name);
  if (policy === undefined)
    throw new InvalidArgumentError(`It must be one of ${driftPolicies.join(', ')}, or FIELD=POLICY.`);
  if (field === undefined) return { ...known, drift: policy };
  if (!fieldNames.some((each) => each === field))
    throw new InvalidArgumentError(`A field is one of ${fieldNames.join(', ')}.`);
  return { ...known, fields: { ...known.fields, [field]: policy } };
}

/** What was stated and nothing else; fields keep the drift policy of their own that they had. */
export function statedSettings(
  options: CalendarOptions,
  known: Pick<CalendarSettings, 'driftFields'>,
): Partial<CalendarSettings> {
  const { policy, drift, onDelete, onMove, orphans, duplicates, fallback, namespace } = options;
  const fields =
    drift === undefined || Object.keys(drift.fields).length === 0
      ? undefined
      : { ...known.driftFields, ...drift.fields };
  return {
    ...(policy !== undefined && { policy }),
    ...(drift?.drift !== undefined && { drift: drift.drift }),
    ...(fields !== undefined && { driftFields: fields }),
    ...(onDelete !== undefined && { onDelete }),
    ...(onMove !== undefined && { onMove }),
    ...(orphans !== undefined && { orphans }),
    ...(duplicates !== undefined && { duplicates }),
    ...(fallback !== undefined && { fallback }),
    ...(namespace !== undefined && { namespace }),
  };
}

/** The contract's defaults; the policy itself depends on the calendar. */
export const defaultSettings: Omit<CalendarSettings, 'policy'> = {
  drift: 'enforce',
  driftFields: {},
  onDelete: 'recreate',
  onMove: 'flag',
  orphans: 'flag',
  duplicates: 'flag',
  fallback: 'hold',
  namespace: 'live',
};
