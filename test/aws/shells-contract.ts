// What every `ShellsPort` does, real or in memory. Each case starts from an account of two regions without any session.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Account } from '../../src/domain/policy.ts';
import type { ShellSession, ShellsPort } from '../../src/domain/ports.ts';
import type { Reading } from '../../src/domain/reading.ts';

export interface OpenedShell {
  readonly region: string;
  readonly cluster: string;
  readonly taskId: string;
  readonly ownerArn: string;
}

export interface ShellsHarness {
  /** In `regions`, with ECS to be written. */
  readonly account: Account;
  readonly port: ShellsPort;
  /** The port of the same account, in which ECS may not be written. */
  readonly readOnlyPort: ShellsPort;
  /** A task that runs; answers its id. */
  seedTask(region: string, cluster: string): string;
  /** Answers the id of the session. */
  openShell(shell: OpenedShell): string;
  /** A session on something that is no task. */
  openElsewhere(region: string, ownerArn: string): void;
  /** As its owner leaves it. */
  closeShell(region: string, id: string): void;
  /** Ending a session succeeds from now on, and ends nothing. */
  ignoreEnds(): void;
  /** With what reasons tasks were stopped. */
  stopReasons(region: string): readonly string[];
  /** Until everything that takes time is over. */
  settle(): void;
  stop(): Promise<void>;
}

export const regions = ['eu-west-1', 'eu-central-1'] as const;
const [west, central] = regions;
const signal = new AbortController().signal;

const valueOf = <T>(reading: Reading<T>): T => {
  if (reading.state === 'present') return reading.value;
  throw new Error(reading.state === 'unreadable' ? reading.problem.message : 'absent');
};

export const describeShellsContract = (name: string, makeHarness: () => Promise<ShellsHarness>): void => {
  describe(`shells as ${name}`, () => {
    let harness: ShellsHarness;
    let port: ShellsPort;
    beforeEach(async () => {
      harness = await makeHarness();
      port = harness.port;
    });
    afterEach(() => harness.stop());

    const ownerOf = (person: string): string =>
      `arn:aws:sts::${harness.account.accountId}:assumed-role/payments-debug/${person}`;
    const list = async (): Promise<readonly ShellSession[]> => valueOf(await port.list(signal));
    const openIn = (
      region: string,
      person = 'anna',
      { cluster = 'payments', taskId = harness.seedTask(region, cluster) } = {},
    ): string => harness.openShell({ region, cluster, taskId, ownerArn: ownerOf(person) });
    const one = async (id: string): Promise<ShellSession> => {
      const found = (await list()).find((shell) => shell.id === id);
      if (found === undefined) throw new Error(`${id} is not listed`);
      return found;
    };
    const listedIds = async (): Promise<readonly string[]> => (await list()).map(({ id }) => id);
    const refusal = (kind: string, code: string) => expect.objectContaining({ name: 'AppError', kind, code });
    const elsewhere: ShellSession = {
      id: 'ecs-execute-command-0',
      region: 'us-east-1',
      cluster: 'payments',
      taskId: '0'.repeat(32),
      ownerArn: '',
      startedAtMs: 0,
    };

    describe('listing', () => {
      it('finds none where nobody is', async () => {
        expect(await list()).toEqual([]);
      });

      it('tells who is where, since when', async () => {
        const taskId = harness.seedTask(west, 'payments');
        const id = openIn(west, 'anna', { taskId });
        expect(await list()).toEqual([
          {
            id,
            region: west,
            cluster: 'payments',
            taskId,
            ownerArn: ownerOf('anna'),
            startedAtMs: expect.any(Number) as number,
          },
        ]);
        expect((await one(id)).startedAtMs).toBeGreaterThan(Date.UTC(2020, 0, 1));
      });

      it('finds those of all regions, in the same order each time', async () => {
        const ids = [openIn(west, 'bert'), openIn(central), openIn(west, 'anna')];
        const shells = await list();
        expect(new Set(shells.map(({ id }) => id))).toEqual(new Set(ids));
        expect(shells.map(({ region }) => region)).toEqual([central, west, west]);
        expect(await list()).toEqual(shells);
      });

      it('knows a cluster by its whole name, whatever is in it', async () => {
        const cluster = '_shop_2_payments_';
        const taskId = harness.seedTask(west, cluster);
        expect(await one(openIn(west, 'anna', { cluster, taskId }))).toMatchObject({ cluster, taskId });
      });

      it('leaves out what is no shell in a task', async () => {
        harness.openElsewhere(west, ownerOf('anna'));
        const id = openIn(west);
        expect(await listedIds()).toEqual([id]);
      });

      it('leaves out what its owner has left', async () => {
        const [left, stays] = [openIn(west, 'anna'), openIn(west, 'bert')];
        harness.closeShell(west, left);
        expect(await listedIds()).toEqual([stays]);
      });

      it('rejects when it is called off', async () => {
        await expect(port.list(AbortSignal.abort(new Error('called off')))).rejects.toThrow('called off');
      });
    });

    describe('ending', () => {
      it('ends one shell, and no other of the same person, task or region', async () => {
        const taskId = harness.seedTask(west, 'payments');
        const ended = openIn(west, 'anna', { taskId });
        const others = [
          openIn(west, 'anna', { taskId }),
          openIn(west, 'bert', { taskId }),
          openIn(central, 'anna'),
        ];
        await port.end(await one(ended), signal);
        expect(new Set(await listedIds())).toEqual(new Set(others));
      });

      it('has nothing to do with one that has ended', async () => {
        const shell = await one(openIn(west));
        await port.end(shell, signal);
        await port.end(shell, signal);
        expect(await list()).toEqual([]);
      });

      it('works where ECS may not be written', async () => {
        const shell = await one(openIn(west));
        await harness.readOnlyPort.end(shell, signal);
        expect(await list()).toEqual([]);
      });

      it('says so when the shell goes on', async () => {
        const shell = await one(openIn(west));
        harness.ignoreEnds();
        await expect(port.end(shell, signal)).rejects.toEqual(refusal('transient', 'StillOpen'));
        expect(await listedIds()).toEqual([shell.id]);
      });

      it('refuses a region that is not of the account', async () => {
        await expect(port.end(elsewhere, signal)).rejects.toEqual(refusal('invalid', 'ForeignRegion'));
      });

      it('does nothing when it is called off', async () => {
        const shell = await one(openIn(west));
        await expect(port.end(shell, AbortSignal.abort(new Error('called off')))).rejects.toThrow(
          'called off',
        );
        expect(await listedIds()).toEqual([shell.id]);
      });
    });

    describe('stopping a task', () => {
      it('takes along all shells in it, and says why', async () => {
        const taskId = harness.seedTask(west, 'payments');
        const [mine] = [openIn(west, 'anna', { taskId }), openIn(west, 'bert', { taskId })];
        const other = openIn(west, 'anna');
        await port.stopTask(await one(mine), 'anna left payments-debug', signal);
        harness.settle();
        expect(await listedIds()).toEqual([other]);
        expect(harness.stopReasons(west)).toEqual(['anna left payments-debug']);
      });

      it('has nothing to do where the task is gone', async () => {
        const gone = { ...(await one(openIn(west))), taskId: 'f'.repeat(32) };
        await port.stopTask(gone, 'gone', signal);
        await port.stopTask({ ...gone, cluster: 'nowhere' }, 'gone', signal);
        expect(await list()).toHaveLength(1);
      });

      it('gives as much of a long reason as ECS keeps', async () => {
        const shell = await one(openIn(west));
        await port.stopTask(shell, `${'x'.repeat(251)}😀${'x'.repeat(100)}`, signal);
        expect(harness.stopReasons(west)).toEqual([`${'x'.repeat(251)}...`]);
      });

      it('refuses where ECS may not be written', async () => {
        const shell = await one(openIn(west));
        await expect(harness.readOnlyPort.stopTask(shell, 'x', signal)).rejects.toEqual(
          refusal('denied', 'EcsWritesNotAllowed'),
        );
        harness.settle();
        expect(await listedIds()).toEqual([shell.id]);
      });

      it('refuses for a shell of which it is not known where it is', async () => {
        const shell = { ...(await one(openIn(west))), cluster: '', taskId: '' };
        await expect(port.stopTask(shell, 'x', signal)).rejects.toEqual(refusal('invalid', 'UnknownTask'));
      });

      it('refuses a region that is not of the account', async () => {
        await expect(port.stopTask(elsewhere, 'x', signal)).rejects.toEqual(
          refusal('invalid', 'ForeignRegion'),
        );
      });
    });
  });
};
