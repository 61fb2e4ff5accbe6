// The lines that differ between two texts, by the longest common subsequence. Policy documents have some hundred lines.

export interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** Above this, the middle part is shown as replaced: a table of that size takes longer than it helps. */
const maxCells = 4_000_000;

const signed = (sign: DiffLine['sign'], lines: readonly string[]): readonly DiffLine[] =>
  lines.map((text) => ({ sign, text }));

/** `table[i][j]`: how many lines `a` from i on and `b` from j on have in common. */
const commonCounts = (a: readonly string[], b: readonly string[]): readonly (readonly number[])[] => {
  const table = Array.from({ length: a.length + 1 }, () => Array.from({ length: b.length + 1 }, () => 0));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const [row = [], below = []] = [table[i], table[i + 1]];
    for (let j = b.length - 1; j >= 0; j -= 1)
      row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
  }
  return table;
};

const diffMiddle = (a: readonly string[], b: readonly string[]): readonly DiffLine[] => {
  if (a.length * b.length > maxCells) return [...signed('-', a), ...signed('+', b)];
  const table = commonCounts(a, b);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [old, next] = [a[i], b[j]];
    if (old !== undefined && old === next) {
      lines.push({ sign: ' ', text: old });
      i += 1;
      j += 1;
    } else if (
      old !== undefined &&
      (next === undefined || (table[i + 1]?.[j] ?? 0) >= (table[i]?.[j + 1] ?? 0))
    ) {
      lines.push({ sign: '-', text: old });
      i += 1;
    } else {
      lines.push({ sign: '+', text: next ?? '' });
      j += 1;
    }
  }
  return lines;
};

/** Every line of both texts, in order, with what happens to it. */
export const diffLines = (before: readonly string[], after: readonly string[]): readonly DiffLine[] => {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [
    ...signed(' ', before.slice(0, start)),
    ...diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...signed(' ', before.slice(before.length - end)),
  ];
};

/** Only the lines within `context` of a difference; what is left out between them is one line of `…`. */
export const withContext = (lines: readonly DiffLine[], context: number): readonly DiffLine[] => {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some(({ sign }) => sign !== ' '),
  );
  return lines.flatMap((line, index): readonly DiffLine[] => {
    if (isNear[index] === true) return [line];
    return index === 0 || isNear[index - 1] === true ? [{ sign: ' ', text: '…' }] : [];
  });
};
