import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { testAccount } from './accounts.ts';
import { inMemoryShells } from './in-memory-shells.ts';
import { manualClock } from './manual-clock.ts';
import { describeShellsContract, regions } from './shells-contract.ts';

const account = testAccount({ regions });
const signal = new AbortController().signal;

describeShellsContract('in memory', async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const port = inMemoryShells({ account, clock });
  const readOnly = inMemoryShells({ account: { ...account, ecsWrites: false }, clock });
  let tasks = 0;
  return {
    account,
    port,
    readOnlyPort: { ...port, stopTask: (...call) => readOnly.stopTask(...call) },
    seedTask: () => String((tasks += 1)).padStart(32, '0'),
    openShell: (shell) => port.open(shell).id,
    openElsewhere: () => {},
    closeShell: (_region, id) => port.close(id),
    ignoreEnds: () => void port.ignoreEnds(),
    stopReasons: (region) =>
      port.stoppedTasks.filter((task) => task.region === region).map(({ reason }) => reason),
    settle: () => {},
    stop: async () => {},
  };
});

describe('the hands', () => {
  const problem = new AppError('transient', 'not now', { code: 'Throttling' });
  const ownerArn = 'arn:aws:sts::111122223333:assumed-role/payments-debug/anna';

  it('let calls fail, before or after they worked, and note them', async () => {
    const shells = inMemoryShells({ account });
    const [first, second] = [shells.open({ ownerArn }), shells.open({ ownerArn })];
    shells.failNext('list', problem);
    expect(await shells.list(signal)).toEqual({ state: 'unreadable', problem });
    shells.failNext('end', problem);
    await expect(shells.end(first, signal)).rejects.toBe(problem);
    shells.failNext('end', problem, { applied: true });
    await expect(shells.end(second, signal)).rejects.toBe(problem);
    expect(shells.shells()).toEqual([first]);
    expect(shells.calls.map(({ operation, resource }) => [operation, resource])).toEqual([
      ['list', ''],
      ['end', first.id],
      ['end', second.id],
    ]);
  });

  it('tell of writes, and crash after them', async () => {
    const shells = inMemoryShells({ account });
    const shell = shells.open({ ownerArn });
    const stop = shells.onWrite(({ operation }) => {
      throw new Error(`crashed after ${operation}`);
    });
    await expect(shells.end(shell, signal)).rejects.toThrow('crashed after end');
    expect(shells.shells()).toEqual([]);
    stop();
    await shells.end(shell, signal);
  });

  it('make ends work again', async () => {
    const shells = inMemoryShells({ account });
    const shell = shells.open({ ownerArn });
    const undo = shells.ignoreEnds();
    await expect(shells.end(shell, signal)).rejects.toThrow('still open');
    undo();
    await shells.end(shell, signal);
    expect(shells.shells()).toEqual([]);
  });
});
