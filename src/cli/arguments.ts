/** What arguments have to look like. These throw commander's own error, so that it names the option. */
import { InvalidArgumentError, Option } from 'commander';
import { parseAddress } from '../core/address.ts';

export function jsonOption(): Option {
  return new Option('--json', 'print one JSON document');
}

/** For an option that may be given several times, or with several values. */
export function wholeNumberArgument(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number))
    throw new InvalidArgumentError('It must be a whole number.');
  return number;
}

export function portArgument(text: string): number {
  const port = wholeNumberArgument(text);
  if (port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

export function addressArgument(text: string): string {
  const parsed = parseAddress(text);
  if (parsed.ok) return parsed.address;
  throw new InvalidArgumentError(`It ${parsed.problem}.`);
}

export function addressesArgument(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), addressArgument(text)];
}
