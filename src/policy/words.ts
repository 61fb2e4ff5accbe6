// How messages show values, lists and near misses.

const shownChars = 100;

/** A value as messages show it: text in double quotes, shortened, with control characters escaped. */
export const quote = (value: unknown): string => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return JSON.stringify(text.length > shownChars ? `${text.slice(0, shownChars)}…` : text);
};

/** 10240 → `10,240`. */
export const thousands = (amount: number): string => String(amount).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 file`, `2 files`. */
export const counted = (amount: number, noun: string): string =>
  `${thousands(amount)} ${noun}${amount === 1 ? '' : 's'}`;

/** `a`, `a or b`, `a, b or c`. */
export const eitherOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
