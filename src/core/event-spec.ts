/** All-day dates and wall-clock times stay apart by type; the zone is kept as the caller spelt it. */
export type EventTime =
  | { readonly kind: 'date'; readonly date: string }
  | {
      readonly kind: 'time';
      /** YYYY-MM-DDTHH:MM:SS */
      readonly local: string;
      readonly zone: string;
      /** '+02:00', only when the caller picked a side of an ambiguous hour. */
      readonly offset: string | null;
    };

export interface Reminder {
  readonly method: 'email' | 'popup';
  readonly minutes: number;
}

/** What is compared with Google. `null` means not stated, so not ours. */
export interface EventFields {
  readonly summary: string | null;
  readonly description: string | null;
  readonly location: string | null;
  readonly start: EventTime;
  readonly end: EventTime;
  readonly recurrence: readonly string[] | null;
  readonly reminders: { readonly useDefault: boolean; readonly overrides: readonly Reminder[] } | null;
}

export interface AttendeeSpec {
  readonly email: string;
  readonly displayName: string | null;
  readonly optional: boolean;
}

export interface EventSpec extends EventFields {
  readonly key: string;
  readonly calendar: string;
  readonly schedule: string | null;
  /** null: not stated, so the list is left alone. */
  readonly attendees: readonly AttendeeSpec[] | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly sendUpdates: 'all' | 'externalOnly' | 'none' | null;
  readonly allowTwin: boolean;
}

export interface SpecProblem {
  /** Where: `attendees[2].email`, or '' for the event itself. */
  readonly path: string;
  readonly message: string;
}

export type ParsedEventSpec =
  | { readonly ok: true; readonly spec: EventSpec }
  | { readonly ok: false; readonly problems: readonly SpecProblem[] };
