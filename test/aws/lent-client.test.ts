import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { clientRestMs, lentClient } from '../../src/aws/lent-client.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const counted = () => {
  let made = 0;
  return lentClient(() => (made += 1));
};
const ask = async (number: number): Promise<number> => number;

it('is made when it is first asked for, and is the same for whoever asks soon', async () => {
  const client = counted();
  expect(await Promise.all([client.lend(ask), client.lend(ask)])).toEqual([1, 1]);
  vi.advanceTimersByTime(clientRestMs - 1);
  expect(await client.lend(ask)).toBe(1);
  vi.advanceTimersByTime(clientRestMs - 1);
  expect(await client.lend(ask)).toBe(1);
});

it('is made anew after a rest', async () => {
  const client = counted();
  await client.lend(ask);
  vi.advanceTimersByTime(clientRestMs);
  expect(await client.lend(ask)).toBe(2);
});

it('rests only when nobody has it any more, whether their work went well or not', async () => {
  const client = counted();
  const slow = client.lend(async (number) => {
    await new Promise((resolve) => setTimeout(resolve, 3 * clientRestMs));
    return number;
  });
  await expect(client.lend(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  vi.advanceTimersByTime(2 * clientRestMs);
  expect(await client.lend(ask)).toBe(1);
  await vi.advanceTimersByTimeAsync(clientRestMs);
  expect(await slow).toBe(1);
  await vi.advanceTimersByTimeAsync(clientRestMs);
  expect(await client.lend(ask)).toBe(2);
});
