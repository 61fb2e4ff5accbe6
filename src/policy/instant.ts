// Instants as people write them: a date, a time and a time zone, so that they mean one moment to everybody everywhere.

import { quote } from './words.ts';

/** The shape that schemas hold instants to; seconds may be left out, and parts of them are, as programs write them, no matter. */
export const instantPattern =
  '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2})$';

/** Beyond these it is a slip of the fingers. */
const years = { first: 2020, last: 2100 } as const;

interface Parts {
  readonly date: string;
  readonly time: string;
  readonly offset: string;
}

/** undefined: not even the shape is right. */
const partsOf = (text: string): Parts | undefined => {
  if (!new RegExp(instantPattern).test(text)) return undefined;
  const [, time = '', offset = ''] = /T([\d:]+)(?:\.\d+)?(.+)$/.exec(text) ?? [];
  return { date: text.slice(0, 10), time, offset };
};

const isDay = (date: string): boolean => {
  const midnight = new Date(`${date}T00:00:00Z`);
  // A thirtieth of February is taken for a day in March.
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
};

const isYear = (date: string): boolean => {
  const year = Number(date.slice(0, 4));
  return year >= years.first && year <= years.last;
};

const isTime = (time: string): boolean => /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(time);
const isOffset = (offset: string): boolean => /^(Z|[+-](0\d|1[0-4]):[0-5]\d)$/.test(offset);

/** undefined: nothing. Else what is wrong with an instant of the right shape, after its text. */
const impossiblePart = ({ date, time, offset }: Parts): string | undefined => {
  if (!isDay(date)) return 'has a day that no calendar has; correct the date';
  if (!isTime(time)) return 'has a time that no clock shows; write 00:00:00 to 23:59:59';
  if (!isOffset(offset)) return 'has an offset that no time zone has; write Z, or one from -12:00 to +14:00';
  if (!isYear(date))
    return `has a year that is hardly meant; choose one from ${years.first} to ${years.last}`;
  return undefined;
};

/** Milliseconds since the epoch, a full second; undefined: no such moment, or none that anybody means. */
export const parseInstant = (text: string): number | undefined => {
  const parts = partsOf(text);
  if (parts === undefined || impossiblePart(parts) !== undefined) return undefined;
  return Math.floor(Date.parse(text) / 1_000) * 1_000;
};

const bareDate = /^\d{4}-\d{2}-\d{2}$/;
const localTime = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2})?$/;

/** Other spellings that programs and people use: a space, lower case, an offset without its colon. */
const respelt = (text: string): string =>
  text
    .trim()
    .toUpperCase()
    .replace(/^([\d-]{10})\s+/, '$1T')
    .replace(/(:\d{2}),\d+/, '$1')
    .replace(/\s*(UTC|GMT)$/, 'Z')
    .replace(/(:\d{2})\s*([+-]\d{2}):?(\d{2})?$/, (_, second: string, hours: string, minutes = '00') =>
      [second, hours, ':', minutes].join(''),
    );

/** What to say of a text that is no instant; `form` says in general what one looks like. */
export const instantSentence = (text: string, form: string): string => {
  if (bareDate.test(text)) {
    return `${quote(text)} is a date without a time, and no day ends everywhere at once; write ${text}T18:00:00Z, or with the offset of a time zone ${text}T18:00:00+01:00`;
  }
  const [, date, minutes, seconds = ':00'] = localTime.exec(text) ?? [];
  if (date !== undefined) {
    const time = `${date}T${minutes}${seconds}`;
    return `${quote(text)} has no time zone, so it is another moment elsewhere; write ${time}Z if it is UTC, or add the offset: ${time}+01:00`;
  }
  const meant = respelt(text);
  if (parseInstant(meant) !== undefined) return `${quote(text)} is spelt in another way; write ${meant}`;
  const parts = partsOf(text);
  const wrong = parts === undefined ? form : (impossiblePart(parts) ?? form);
  return `${quote(text)} ${wrong}`;
};
