/** `/v1/calendars`: the calendars under management. */
import { listCalendars } from '../store/calendar.ts';
import { ok } from './answer.ts';
import { calendarDocument } from './calendar-document.ts';
import { calendarList } from './documents.ts';
import { noQuery } from './query.ts';
import { defineRoute, type Route } from './route.ts';

export const calendarRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/calendars',
    summary: 'The calendars under management and how each is treated',
    scope: 'read',
    query: noQuery,
    answers: { 200: calendarList },
    problems: [],
    serve: async ({ db }) => ok({ calendars: (await listCalendars(db)).map(calendarDocument) }),
  }),
];
