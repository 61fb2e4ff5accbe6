// The line that says how far a command is.

import { describe, expect, it } from 'vitest';
import type { Terminal } from '../../src/cli/output.ts';
import { progressText, withProgress } from '../../src/cli/progress.ts';
import { type Progress, countAccounts } from '../../src/reconcile/progress.ts';

const accounts = (done: number, all: number, ...underWay: readonly string[]): Progress => ({
  step: 'accounts',
  done,
  all,
  underWay,
});

const terminalThat = (other: Partial<Terminal> = {}) => {
  const written: string[] = [];
  const refuse = (): never => {
    throw new Error('stdout is for what was asked for');
  };
  const terminal: Terminal = {
    out: refuse,
    err: (text) => void written.push(text),
    env: {},
    isOutTerminal: true,
    isErrTerminal: true,
    errColumns: 80,
    stopped: new AbortController().signal,
    ...other,
  };
  return { terminal, written };
};

/** What a terminal shows at the end, and at its most, of texts that only ever write one line over. */
const shown = (written: readonly string[]): readonly string[] =>
  written.join('').split('\r\u001b[2K').slice(1);

describe('what it says', () => {
  it.for<[string, Progress]>([
    ['Reading policies …', { step: 'policies' }],
    ['Reading groups in Entra …', { step: 'entra' }],
    ['Reading: 0 of 1 account; waiting for dev', accounts(0, 1, 'dev')],
    ['Reading: 120 of 200 accounts; waiting for a, b, c', accounts(120, 200, 'a', 'b', 'c')],
    [
      'Reading: 120 of 1,200 accounts; waiting for a, b, c and 5 more',
      accounts(120, 1_200, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    ],
    ['Reading: 2 of 2 accounts', accounts(2, 2)],
  ])('%s', ([text, progress]) => {
    expect(progressText('Reading', progress)).toBe(text);
  });
});

describe('where it says it', () => {
  const work = async (onProgress: (progress: Progress) => void): Promise<string> => {
    onProgress({ step: 'policies' });
    onProgress(accounts(1, 2, 'dev'));
    return 'done';
  };

  it('on a terminal each text takes the place of the last, and at the end there is none', async () => {
    const { terminal, written } = terminalThat();
    expect(await withProgress(terminal, 'Sweeping', work)).toBe('done');
    expect(shown(written)).toEqual(['Reading policies …', 'Sweeping: 1 of 2 accounts; waiting for dev', '']);
    expect(written.join('')).not.toContain('\n');
  });

  it('it goes as well when the work fails', async () => {
    const { terminal, written } = terminalThat();
    const failing = withProgress(terminal, 'Reading', async (onProgress) => {
      onProgress({ step: 'entra' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(shown(written).at(-1)).toBe('');
  });

  it.for<[string, Partial<Terminal>]>([
    ['a pipe', { isErrTerminal: false }],
    ['a terminal that cannot', { env: { TERM: 'dumb' } }],
  ])('nothing in %s', async ([, other]) => {
    const { terminal, written } = terminalThat(other);
    expect(await withProgress(terminal, 'Reading', work)).toBe('done');
    expect(written).toEqual([]);
  });

  it('what is longer than the terminal is wide is cut, as it could not be written over', async () => {
    const { terminal, written } = terminalThat({ errColumns: 20 });
    await withProgress(terminal, 'Reading', work);
    expect(shown(written)[1]).toBe('Reading: 1 of 2 ac…');
  });

  it('a name cannot move the cursor', async () => {
    const { terminal, written } = terminalThat();
    await withProgress(terminal, 'Reading', async (onProgress) => onProgress(accounts(0, 1, 'a\u001b[2Jb')));
    expect(written.join('')).not.toContain('\u001b[2J');
  });
});

describe('counting accounts', () => {
  it('tells who has begun and who has ended, well or not', async () => {
    const told: string[] = [];
    const count = countAccounts(2, (progress) => told.push(progressText('Reading', progress)));
    let endDev = (): void => undefined;
    const dev = count('dev', () => new Promise<void>((resolve) => void (endDev = resolve)));
    await expect(count('prod', () => Promise.reject(new Error('throttled')))).rejects.toThrow('throttled');
    endDev();
    await dev;
    expect(told).toEqual([
      'Reading: 0 of 2 accounts; waiting for dev',
      'Reading: 0 of 2 accounts; waiting for dev, prod',
      'Reading: 1 of 2 accounts; waiting for dev',
      'Reading: 2 of 2 accounts',
    ]);
  });
});
