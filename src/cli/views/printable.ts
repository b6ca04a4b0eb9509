/**
 * Text that people wrote, as a terminal may show it: an event's title must not move the cursor or hide a line, so control and
 * direction characters are shown as U+FFFD. Line breaks stay.
 */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
