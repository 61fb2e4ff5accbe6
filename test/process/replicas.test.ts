// Replicas as processes of their own on a lease table that dynalite plays: one is killed, one is frozen, one is cut off, ten
// start at once. Leases are short here, and on a busy machine a replica may lose one for no other reason: so what is asked
// is who ends up with what, never how fast.

import { afterEach, describe, expect, it } from 'vitest';
import { shardName } from '../../src/domain/lease.ts';
import { type Dynalite, startDynalite } from '../lease/dynalite.ts';
import { type Controller, type Rig, accounts, endAll, groups, startRig, users } from './harness.ts';
import { until } from './child.ts';
import { startProxy } from './tcp-proxy.ts';

const table = 'rolewarden-leases';
const spec = (shards: number): string => `  replicas:
    shards: ${shards}
    lease: { table: ${table}, region: eu-west-1, duration: 5s }
`;

let dynalite: Dynalite;
const begin = async (shards: number): Promise<Rig> => {
  dynalite = await startDynalite();
  await dynalite.createTable(table);
  return startRig({ spec: spec(shards) });
};
afterEach(async () => {
  await endAll();
  await dynalite.stop();
});

const start = (rig: Rig, url = dynalite.url): Promise<Controller> =>
  rig.start({ AWS_ENDPOINT_URL_DYNAMODB: url });
const roleOf = async (controller: Controller): Promise<string | undefined> =>
  (await controller.status()).replica?.role;
const untilIs = (controller: Controller, role: 'active' | 'standby'): Promise<void> =>
  controller.until(`it is ${role}, and ready`, async () => {
    const { replica } = await controller.status();
    return replica?.role === role && (await controller.readiness()).ready;
  });
/** Active, with nothing left to write. */
const untilCalm = async (controller: Controller): Promise<void> => {
  await untilIs(controller, 'active');
  await controller.until('nothing is left to write', async () => {
    const { accounts: swept, replica } = await controller.status();
    return (
      replica?.role === 'active' &&
      swept.length === replica.accounts.length &&
      swept.every(({ lastSweep: { result, writes } }) => result === 'ok' && writes.done === 0)
    );
  });
};

/** One that works, and one that stands by. */
const startPair = async (rig: Rig, url?: string): Promise<readonly [Controller, Controller]> => {
  const first = await start(rig, url);
  await untilCalm(first);
  const second = await start(rig);
  await untilIs(second, 'standby');
  return [first, second];
};

const holderInTable = async (): Promise<{ readonly holder: string; readonly fence: number }> => {
  const item = (await dynalite.items(table)).find(({ id }) => id?.S === `demo/${shardName(0)}`);
  return { holder: item?.['holder']?.S ?? '', fence: Number(item?.['fence']?.N) };
};

describe('two replicas', () => {
  it('one works and one stands by; killed or told to stop, the next one goes on', async () => {
    const rig = await begin(1);
    const [first, second] = await startPair(rig);
    expect([
      await first.metric('rolewarden_lease_held'),
      await second.metric('rolewarden_lease_held'),
    ]).toEqual([1, 0]);
    expect(await second.metric('rolewarden_replica_accounts')).toBe(0);
    expect(await second.metric('rolewarden_policy_ready')).toBeUndefined();
    const shown = await rig.run(['get', '--url', second.apiUrl]);
    expect(shown.stdout).toContain('on standby; the accounts are looked after by');
    expect(shown.stdout).toContain('this replica looks after no account; those that do tell of theirs');

    const once = await rig.run(['run', '--once']);
    expect([once.code, once.stderr]).toEqual([
      1,
      expect.stringContaining('run --once holds no lease: it would write beside the replicas'),
    ]);

    first.kill('SIGKILL');
    await first.ended;
    rig.sandbox.entra.addMember(groups.paymentsOnCall, users.auditor1);
    await second.until('the other one lets her in', () => rig.isAdmitted(users.auditor1));
    expect((await holderInTable()).fence).toBeGreaterThan(1);

    const third = await start(rig);
    await untilIs(third, 'standby');
    second.kill('SIGTERM');
    const ending = await second.ended;
    expect(ending, ending.stderr).toMatchObject({ code: 0, signal: null });
    const id = /replica (\S+) of instance/.exec(ending.stderr)?.[1];
    expect(id).toBeDefined();
    expect((await holderInTable()).holder).not.toBe(id);
    rig.sandbox.entra.removeMember(groups.paymentsOnCall, users.auditor1);
    await third.until('the third one puts her out', async () => !(await rig.isAdmitted(users.auditor1)));
  });

  it('frozen between its last look and its write: it does not write when it comes to, though only its clock tells', async () => {
    const rig = await begin(1);
    const wire = await startProxy(dynalite.url);
    const [first, second] = await startPair(rig, wire.url);
    rig.sandbox.aws.addFault({
      service: 'iam',
      operation: 'GetRole',
      resource: 'payments-debug',
      effect: { kind: 'delay', ms: 1_500 },
    });
    rig.sandbox.aws.requests.clear();
    rig.sandbox.entra.addMember(groups.paymentsOnCall, users.auditor1);
    await first.until('it looks at the role once more', () =>
      rig.sandbox.aws.requests.list().some(({ operation }) => operation === 'GetRole'),
    );
    first.kill('SIGSTOP');
    rig.sandbox.aws.clearFaults();
    expect(await rig.isAdmitted(users.auditor1)).toBe(false);
    await second.until('the other one lets her in', () => rig.isAdmitted(users.auditor1));
    rig.sandbox.entra.removeMember(groups.paymentsOnCall, users.auditor1);
    await second.until('and puts her out', async () => !(await rig.isAdmitted(users.auditor1)));
    await untilCalm(second);
    await second.sweeps(1);
    rig.sandbox.aws.requests.clear();
    await wire.cut();
    first.kill('SIGCONT');
    await first.until(
      'it looks after nothing any more',
      async () => (await first.status()).replica?.accounts.length === 0,
    );
    expect(await first.metric('rolewarden_policy_ready')).toBeUndefined();
    expect(first.stderr()).toContain('the lease of shard 0 could not be renewed in time');
    await wire.mend();
    await untilIs(first, 'standby');
    await second.sweeps(1);
    expect(rig.awsWrites()).toEqual([]);
    await wire.cut();
  });

  it('cut off from the table: it begins when it is there, stops when it is gone, and stands by when it is back', async () => {
    const rig = await begin(1);
    const wire = await startProxy(dynalite.url);
    await wire.cut();
    const first = await start(rig, wire.url);
    await first.until('it says that it cannot begin', async () =>
      (await first.readiness()).reasons.some((reason) => /leases could not be read yet/.test(reason)),
    );
    expect((await first.readiness()).status).toBe(503);
    expect((await first.status()).replica?.problem).toContain('no usable answer from DynamoDB');
    expect(rig.awsWrites()).toEqual([]);
    await wire.mend();
    await untilCalm(first);

    const second = await start(rig);
    await untilIs(second, 'standby');
    await wire.cut();
    await untilCalm(second);
    await first.until('the first stands by', async () => (await roleOf(first)) === 'standby');
    expect((await first.status()).accounts).toEqual([]);
    expect(await first.metric('rolewarden_unreadable', { source: 'leases' })).toBe(1);
    rig.sandbox.entra.addMember(groups.paymentsOnCall, users.auditor1);
    await second.until('the other one lets her in', () => rig.isAdmitted(users.auditor1));
    await wire.mend();
    await first.until('it reads the table again', async () => (await first.status()).replica?.problem === '');
    expect([await roleOf(first), await roleOf(second)]).toEqual(['standby', 'active']);
    await wire.cut();
  });
});

describe('ten replicas at once', () => {
  const patienceMs = 150_000;

  it('on ten shards: each shard has one holder, each account one replica, and its people are in', {
    timeout: 4 * patienceMs,
  }, async () => {
    const rig = await begin(10);
    const replicas = await Promise.all(
      Array.from({ length: 10 }, () => rig.start({ AWS_ENDPOINT_URL_DYNAMODB: dynalite.url }, patienceMs)),
    );
    const eventually = (what: string, condition: () => Promise<boolean>): Promise<void> =>
      until(what, condition, () => replicas.map((one) => one.stderr()).join(''), patienceMs);
    const claims = async (): Promise<{ shards: readonly string[]; accounts: readonly string[] }> => {
      const all = (await Promise.all(replicas.map((one) => one.status()))).flatMap(
        ({ replica }) => replica ?? [],
      );
      const shards = all.flatMap((one) =>
        one.shards.flatMap(({ shard, renewedSecondsAgo }) =>
          renewedSecondsAgo === null ? [] : [String(shard)],
        ),
      );
      return { shards: shards.sort(), accounts: all.flatMap((one) => one.accounts).sort() };
    };
    await eventually('every shard has one holder, and each account is looked after by one', async () => {
      const { shards, accounts: names } = await claims();
      return shards.join() === '0,1,2,3,4,5,6,7,8,9' && names.join() === 'dev,prod';
    });
    await eventually(
      'the members are in',
      async () =>
        (await rig.isAdmitted(users.onCall1)) &&
        rig.isAdmitted(users.onCall1, 'payments-debug', accounts.prod),
    );
    expect((await dynalite.items(table)).filter(({ id }) => id?.S?.startsWith('demo/shard/'))).toHaveLength(
      10,
    );
  });
});
