// Replicas in metrics, log, status, and in what `rolewarden get` prints.

import { describe, expect, it } from 'vitest';
import type { LeasesReport } from '../../src/domain/lease.ts';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { createLogReporter } from '../../src/report/logs.ts';
import { createMetrics } from '../../src/report/metrics.ts';
import { renderStatus } from '../../src/report/render-status.ts';
import { createStatus } from '../../src/report/status.ts';
import * as world from './builders.ts';
import { samplesOf } from './exposition.ts';
import { readableLog } from './log-lines.ts';

const replica = 'ip-10-0-0-1.aa';
const other = 'ip-10-0-0-2.bb';

const shards = (...holders: readonly string[]): LeasesReport['shards'] =>
  holders.map((holder, shard) => ({
    shard,
    holder,
    fence: shard + 3,
    renewedMsAgo: holder === replica ? 1_000 : undefined,
  }));

const start = (...events: readonly ControllerEvent[]) => {
  const clock = world.manualClock();
  const metrics = createMetrics({ version: '1.2.3', maxStalenessMs: 86_400_000, clock });
  const status = createStatus({ instance: 'demo', version: '1.2.3', clock });
  const log = readableLog();
  const logs = createLogReporter(log.logger);
  const observe = (event: ControllerEvent): void => {
    for (const reporter of [metrics, status, logs]) reporter.observe(event);
  };
  for (const event of events) observe(event);
  const get = (): string =>
    renderStatus(status.snapshot(), 'text', { color: false, now: new Date(clock.now()) });
  return {
    clock,
    status,
    observe,
    get,
    of: async (name: string) => samplesOf(await metrics.text(), `rolewarden_${name}`),
    said: (): readonly string[] => log.entries().map(({ level, msg }) => `${level}: ${msg}`),
  };
};

describe('a controller that is alone', () => {
  it('says nothing of leases, and counts its accounts', async () => {
    const { of, status, get } = start(
      world.policies(),
      world.accounts('prod'),
      world.poll(),
      world.sweep([]),
    );
    expect([await of('lease_held'), await of('replicas'), await of('replica_accounts')]).toEqual([
      {},
      { '': 1 },
      { '': 1 },
    ]);
    expect(await of('source_staleness_seconds')).not.toHaveProperty('source=leases');
    expect(status.snapshot().replica).toBeNull();
    expect(get()).not.toContain('replica');
  });
});

describe('a replica on standby', () => {
  const events = [world.policies({ accounts: 3 }), world.leases(), world.accounts()];

  it('says so, and who works, in the log once and in the status', () => {
    const { said, observe, get, status } = start(...events);
    expect(said()).toContain('info: on standby: replica ip-10-0-0-2.bb looks after all accounts');
    observe(world.leases({ atMs: world.startMs + 500 }));
    expect(said()).toEqual([]);
    expect(status.snapshot().replica).toEqual({
      id: replica,
      role: 'standby',
      accounts: [],
      shards: [{ shard: 0, holder: other, fence: 7, renewedSecondsAgo: null }],
      replicas: [replica, other],
      leasesReadAt: new Date(world.startMs).toISOString(),
      problem: '',
      waitsBecause: '',
    });
    expect(get().split('\n').slice(0, 6)).toEqual([
      'demo (Rolewarden 1.2.3, up 0s) ready',
      'replica   ip-10-0-0-1.aa on standby; the accounts are looked after by ip-10-0-0-2.bb',
      'policies  1 policy for 3 accounts, revision rev-1, read 0s ago',
      'entra     is read by the replicas that look after accounts',
      '',
      'this replica looks after no account; those that do tell of theirs',
    ]);
  });

  it('reads no Entra, so that Entra does not seem to grow old', async () => {
    const { of, clock, observe } = start(...events);
    clock.advance(3_600_000);
    expect(await of('source_staleness_seconds')).toEqual({
      'source=policies': 3_600,
      'source=leases': 3_600,
    });
    observe(world.accounts('prod'));
    clock.advance(5_000);
    expect(await of('source_staleness_seconds')).toMatchObject({ 'source=entra': 5 });
  });

  it('has every shard at 0, and no accounts', async () => {
    const { of } = start(...events);
    expect([await of('lease_held'), await of('lease_renewal_age_seconds')]).toEqual([{ 'shard=0': 0 }, {}]);
    expect([await of('replicas'), await of('replica_accounts')]).toEqual([{ '': 2 }, { '': 0 }]);
  });
});

describe('a replica that holds shards', () => {
  it('tells in the log which it took, under which fence, and which are gone', () => {
    const { said, observe } = start(world.leases({ shards: shards(replica, '', other) }));
    expect(said()).toEqual(['info: this replica holds 1 of 3 shards: took 0 (fence 3)']);
    observe(world.leases({ shards: shards(replica, replica, other) }));
    expect(said()).toEqual(['info: this replica holds 2 of 3 shards: took 1 (fence 4)']);
    observe(world.leases({ shards: shards(replica, other, replica) }));
    expect(said()).toEqual(['info: this replica holds 2 of 3 shards: took 2 (fence 5); no longer 1']);
    observe(world.leases({ shards: shards('', '', '') }));
    expect(said()).toEqual(['info: on standby: this replica holds none of 3 shards']);
  });

  it('shows how long ago it renewed each, and goes on counting', async () => {
    const { of, clock, get } = start(
      world.policies({ accounts: 5 }),
      world.leases({ shards: shards(replica, other) }),
      world.accounts('dev', 'prod'),
    );
    clock.advance(2_000);
    expect(await of('lease_held')).toEqual({ 'shard=0': 1, 'shard=1': 0 });
    expect(await of('lease_renewal_age_seconds')).toEqual({ 'shard=0': 3 });
    expect(get()).toContain(
      'replica   ip-10-0-0-1.aa holds 1 of 2 shards and looks after 2 of 5 accounts; 2 replicas\n',
    );
  });

  it('leaves an account to others: nothing of it stays in metrics and status, and the log says so', async () => {
    const { of, said, observe, status } = start(
      world.leases({ shards: shards(replica) }),
      world.accounts('prod'),
      world.sweep([world.role()]),
    );
    expect(await of('policy_ready')).not.toEqual({});
    said();
    observe({ kind: 'accountRemoved', account: 'prod', lostBecause: 'the lease is over' });
    observe(world.accounts());
    expect(said()).toEqual(['info: account prod is left to other replicas from now on: the lease is over']);
    expect([await of('policy_ready'), await of('sweeps_total')]).toEqual([{}, {}]);
    expect([status.snapshot().policies, status.snapshot().accounts]).toEqual([[], []]);
  });
});

describe('leases in trouble', () => {
  const problem = 'there is no table leases in this region of our own account: create it';

  it('are told once in the log, in the metrics and in the status, and so is that it is over', async () => {
    const { said, observe, of, get } = start(world.leases({ readAtMs: undefined, problem }));
    const text = `the leases cannot be read or written, so no shard is taken, and those that cannot be renewed in time are left alone: ${problem}`;
    expect(said()).toEqual([`warn: ${text}`]);
    expect([await of('unreadable'), get()]).toEqual([
      { 'source=leases': 1 },
      expect.stringContaining(problem),
    ]);
    observe(world.leases({ readAtMs: undefined, problem }));
    expect(said()).toEqual([]);
    observe(world.leases());
    expect(said()[0]).toBe('info: the leases can be read and written again');
    expect(await of('unreadable')).toEqual({ 'source=leases': 0 });
  });

  it('because replicas disagree: says so', () => {
    const waitsBecause = 'replica x divides the accounts into 2 shards and this one into 3';
    const { said, get } = start(world.leases({ waitsBecause }));
    expect(said()).toContain(`warn: ${waitsBecause}`);
    expect(get()).toContain(waitsBecause);
  });
});
