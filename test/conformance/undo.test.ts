// The stack of what has to be undone.

import { expect, test } from 'vitest';
import { type Making, surely } from './making.ts';
import { openUndo, type UndoStep } from './undo.ts';

const slept: number[] = [];
const sleep = async (ms: number): Promise<void> => void slept.push(ms);
const step = (what: string, run: () => Promise<void>, tries?: number): UndoStep => ({
  what,
  command: `undo ${what}`,
  run,
  ...(tries === undefined ? {} : { tries }),
});

test('the newest goes first, and one that cannot be undone does not keep the others', async () => {
  const undone: string[] = [];
  const undo = openUndo({ sleep });
  undo.add(step('a', async () => void undone.push('a')));
  undo.add(step('b', () => Promise.reject(new Error('busy')), 2));
  undo.add(step('c', async () => void undone.push('c')));
  expect(await undo.all()).toEqual([{ what: 'b', command: 'undo b', why: 'busy' }]);
  expect([undone, undo.pending()]).toEqual([['c', 'a'], []]);
});

test('it is tried again, with pauses that grow up to a quarter of a minute', async () => {
  slept.length = 0;
  let tried = 0;
  const undo = openUndo({ sleep });
  undo.add(step('a', () => ((tried += 1) < 7 ? Promise.reject(new Error('busy')) : Promise.resolve()), 7));
  expect(await undo.all()).toEqual([]);
  expect(slept).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
});

test('what is being undone is pending until it is', async () => {
  const undo = openUndo({ sleep });
  const seen: number[] = [];
  undo.add(step('a', async () => void seen.push(undo.pending().length)));
  undo.add(step('b', async () => void seen.push(undo.pending().length)));
  await undo.all();
  expect(seen).toEqual([2, 1]);
});

test.each([
  ['not asked', 0],
  ['refused', 0],
  ['made', 3],
  ['not answered', 3],
] as const)('what is %s and not found is looked for %i times', async (progress, times) => {
  const making: Making = { progress };
  let looked = 0;
  const undo = openUndo({ sleep });
  undo.add(
    step(
      'a',
      surely(making, async () => ((looked += 1), false)),
    ),
  );
  expect(await undo.all()).toEqual([]);
  expect(looked).toBe(times);
});
