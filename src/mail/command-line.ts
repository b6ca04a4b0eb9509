/** A command to copy into a shell. Keys are written by others: whatever they hold, it stays one argument and no option. */
export function commandLine(command: string, argument: string): string {
  return `calsync ${command} ${argument.startsWith('-') ? '-- ' : ''}${shellWord(argument)}`;
}

const plainWord = /^[a-zA-Z0-9_@%+=:,./-]+$/;
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;
const toEscape = /[\p{C}\p{Zl}\p{Zp}'\\]/gu;

function shellWord(text: string): string {
  if (plainWord.test(text)) return text;
  if (!unprintable.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`;
  return `$'${text.replace(toEscape, escaped)}'`;
}

/** For `$'…'` of bash and zsh: what cannot be seen is spelled out. */
function escaped(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}
