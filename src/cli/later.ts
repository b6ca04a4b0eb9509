import { InvalidArgumentError, Option } from 'commander';

/** An option of the contract that a later version brings: refused by its name, never accepted in silence. */
export function refusedLater(flags: string, sentence: string): Option {
  const refuse = (): never => {
    throw new InvalidArgumentError(`${sentence}.`);
  };
  return new Option(flags, sentence).argParser(refuse).hideHelp();
}

/** An option with values of which some come later; `later` gives the sentence for each of them. */
export function choice<Value extends string>(
  flags: string,
  description: string,
  values: readonly Value[],
  later: Readonly<Record<string, string>> = {},
): Option {
  const parse = (text: string): Value => {
    const sentence = later[text];
    if (sentence !== undefined) throw new InvalidArgumentError(`${sentence}.`);
    const value = values.find((each) => each === text);
    if (value === undefined)
      throw new InvalidArgumentError(`It must be ${values.length === 1 ? '' : 'one of '}${values.join(', ')}.`);
    return value;
  };
  return new Option(flags, `${description} (${values.join(', ')})`).argParser(parse);
}
