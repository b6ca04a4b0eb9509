import type { SettingChange, SettingInForce } from '../../store/adjustable-setting.ts';
import type { Paint } from '../output.ts';
import { printable } from './printable.ts';
import { formatInstant } from './units.ts';

export function settingsText(
  settings: readonly SettingInForce[],
  changes: readonly SettingChange[],
  paint: Paint,
): string {
  const lines = settings.map(
    ({ name, value, isSet, what }) => `${paint.bold(name)} = ${value}${isSet ? '' : ' (not set)'}  ${paint.dim(what)}`,
  );
  if (changes.length === 0) return lines.join('\n');
  const changed = changes.map(
    ({ at, actor, name, before, after }) =>
      `  ${formatInstant(at)}  ${printable(actor)} set ${name} from ${valueText(before)} to ${valueText(after)}`,
  );
  return [...lines, '', 'Changes, newest first:', ...changed].join('\n');
}

export function settingsDocument(settings: readonly SettingInForce[], changes: readonly SettingChange[]): unknown {
  return { settings, changes: changes.map(({ at, ...change }) => ({ ...change, at: at.toISOString() })) };
}

function valueText(value: unknown): string {
  return value === null ? 'unset' : printable(JSON.stringify(value));
}
