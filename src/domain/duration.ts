// Durations as people write them: `1h30m`, `45s`, `7d`.

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

/** The shape that schemas hold durations to; units in descending order, at least one. */
export const durationPattern = '^(?=\\d)(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?$';

/** Milliseconds, or undefined when the text is no duration, or none that can be counted. */
export const parseDuration = (text: string): number | undefined => {
  if (!new RegExp(durationPattern).test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([dhms])/g))
    total += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  return Number.isSafeInteger(total) ? total : undefined;
};

/** The shortest such text for a number of milliseconds; parts of a second are dropped, and less than nothing is `0s`. */
export const formatDuration = (ms: number): string => {
  let rest = Math.max(0, Math.floor(ms / 1_000)) * 1_000;
  let text = '';
  for (const [unit, size] of Object.entries(unitMs)) {
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text === '' ? '0s' : text;
};
