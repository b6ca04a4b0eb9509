/**
 * Google Calendar's event resource, as far as calsync reads or writes it
 * (discovery document revision 20260708, schema `Event`). Every field may be absent: a tombstone is
 * guaranteed no more than its `id`.
 */
export interface GoogleEvent {
  readonly id: string;
  readonly status?: 'confirmed' | 'tentative' | 'cancelled';
  readonly etag?: string;
  readonly created?: string;
  readonly updated?: string;
  readonly eventType?: string;
  readonly iCalUID?: string;
  readonly summary?: string | null;
  readonly description?: string | null;
  readonly location?: string | null;
  readonly start?: GoogleEventTime;
  readonly end?: GoogleEventTime;
  readonly recurrence?: readonly string[] | null;
  readonly recurringEventId?: string;
  readonly originalStartTime?: GoogleEventTime;
  readonly attendees?: readonly GoogleAttendee[];
  readonly attendeesOmitted?: boolean;
  readonly reminders?: GoogleReminders;
  readonly extendedProperties?: {
    readonly private?: Readonly<Record<string, string>>;
    readonly shared?: Readonly<Record<string, string>>;
  };
}

export interface GoogleEventTime {
  readonly date?: string | null;
  readonly dateTime?: string | null;
  readonly timeZone?: string | null;
}

export interface GoogleAttendee {
  readonly email?: string;
  readonly displayName?: string;
  readonly optional?: boolean;
  readonly responseStatus?: string;
  readonly comment?: string;
  readonly additionalGuests?: number;
  readonly resource?: boolean;
  readonly organizer?: boolean;
  readonly self?: boolean;
  readonly id?: string;
}

export interface GoogleReminders {
  readonly useDefault?: boolean;
  readonly overrides?: readonly GoogleReminder[];
}

export interface GoogleReminder {
  readonly method: 'email' | 'popup';
  readonly minutes: number;
}

/** A body for insert or patch: null clears, absent leaves alone. */
export type GoogleEventBody = Omit<Partial<GoogleEvent>, 'etag' | 'created' | 'updated' | 'extendedProperties'> & {
  readonly extendedProperties?: { readonly private: Readonly<Record<string, string | null>> };
};

export interface GoogleCalendar {
  readonly id: string;
  readonly summary: string;
  readonly timeZone: string;
  /** owner, writer, writerWithoutPrivateAccess, reader, freeBusyReader, none. */
  readonly accessRole: string;
  readonly primary: boolean;
}
