// Fields that an answer must have. One that lacks them, or has something else in their place, is no answer to conclude
// from: a default in its place would look like the truth.

import { brokenAnswer } from './pages.ts';

/** Each throws a broken answer for a value that is not of the kind; `field` is for its message. */
export interface NeededFields {
  /** Not empty. */
  text(field: string, value: unknown): string;
  count(field: string, value: unknown): number;
  flag(field: string, value: unknown): boolean;
  /** Milliseconds since the epoch. */
  momentMs(field: string, value: unknown): number;
  list<T>(field: string, value: readonly T[] | undefined): readonly T[];
  oneOf<const T extends string>(field: string, value: unknown, known: readonly T[]): T;
}

/** `action`: `ecs:DescribeServices`; `thing`: what the fields are of, for people. */
export const neededFields = (action: string, thing: string): NeededFields => {
  const broken = (field: string): Error => brokenAnswer(action, `${thing} without a usable ${field}`);
  return {
    text: (field, value) => {
      if (typeof value !== 'string' || value === '') throw broken(field);
      return value;
    },
    count: (field, value) => {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw broken(field);
      return value;
    },
    flag: (field, value) => {
      if (typeof value !== 'boolean') throw broken(field);
      return value;
    },
    momentMs: (field, value) => {
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw broken(field);
      return value.getTime();
    },
    list: (field, value) => {
      if (!Array.isArray(value)) throw broken(field);
      return value;
    },
    oneOf: (field, value, known) => {
      const found = known.find((one) => one === value);
      if (found === undefined) throw broken(field);
      return found;
    },
  };
};

/** An empty text says the same as none. */
export const textOrNone = (value: string | undefined): string | undefined =>
  value === '' ? undefined : value;

/** Tags of ECS; what has none may come without a list. */
export const ecsTags = (
  tags: readonly { readonly key?: string | undefined; readonly value?: string | undefined }[] | undefined,
): Readonly<Record<string, string>> =>
  Object.fromEntries((tags ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
