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

/** What someone probably meant: the candidate that few slips of the fingers away, or undefined. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  if (word.length > shownChars) return undefined;
  const scored = candidates
    .map((candidate) => ({ candidate, slips: slipsBetween(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, slips }) => slips <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.slips - b.slips);
  return scored[0]?.candidate;
};

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
const slipsBetween = (from: string, to: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? Infinity;
};
