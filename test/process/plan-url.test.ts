// `plan --url`, as people use it: the plan of a running controller beside the one that is made anew.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, runInProcess } from '../cli/run-in-process.ts';
import type { Ending } from './child.ts';
import { type Controller, type Rig, accounts, endAll, groups, startRig, users } from './harness.ts';

let rig: Rig;
let controller: Controller;
beforeAll(async () => {
  // So much of everything that a plan can show: what waits for a word, for a mode, and for nothing.
  rig = await startRig({ bindings: true, safety: 'breaker: { minimum: 1, percent: 1 }' });
  controller = await rig.startCalm();
  for (const user of [users.onCall1, users.onCall2])
    rig.sandbox.entra.removeMember(groups.paymentsOnCall, user);
  await controller.until(
    'the removals are held in both accounts',
    async () => (await controller.metric('rolewarden_changes_held', { reason: 'breaker' })) === 4,
  );
});
afterAll(endAll);

const plan = (...args: readonly string[]): Promise<Ending> => rig.run(['plan', ...args]);
const asked = (...args: readonly string[]): Promise<Ended> =>
  runInProcess(['plan', '--url', controller.apiUrl, ...args]);

/** Moments and ages aside, the times at which acknowledgements would end among them. */
const timeless = ({ code, stdout, stderr }: Ended | Ending) => ({
  code,
  stderr,
  stdout: stdout
    .replaceAll(/\d{4}-\d\d-\d\d(?:T| )\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: UTC|Z)/g, 'TIME')
    .replaceAll(/\b\d+(?:s|m|h|d)(?= ago)/g, 'AGE')
    .replaceAll(/hash=[0-9a-f]{16}/g, 'HASH'),
});

describe('the same world', () => {
  it.for([
    [[]],
    [['--verbose']],
    [['--output', 'markdown']],
    [['--people', 'counts']],
    [['--people', 'counts', '--output', 'markdown']],
    [['--account', 'dev']],
  ] as const)('gives the same text and exit code with and without --url: %j', async ([args]) => {
    const [made, told] = [await plan(...args), await asked(...args)];
    expect(timeless(told)).toEqual(timeless(made));
    expect(told.code, told.stdout + told.stderr).toBe(2);
    expect(told.stdout).toContain('breaker');
  });

  it('gives the same JSON, but for what only a controller knows', async () => {
    const [made, told] = [await plan('-o', 'json'), await asked('-o', 'json')].map(
      (ended) => JSON.parse(timeless(ended).stdout) as Record<string, unknown>,
    );
    const { controller: origin, accounts: listed, ...rest } = told ?? {};
    expect(origin).toEqual({
      policyProblems: [],
      policyErrors: 0,
      entraProblem: '',
      notSwept: [],
      accounts: ['dev', 'prod'],
      accountsInAll: 2,
    });
    const withoutSweptAt = (listed as readonly Record<string, unknown>[]).map(({ sweptAt, ...account }) => {
      expect(sweptAt).toBe('TIME');
      return account;
    });
    expect({ ...rest, accounts: withoutSweptAt }).toEqual(made);
  });
});

describe('when something cannot be read', () => {
  it('ends with 1, and says what', async () => {
    rig.sandbox.aws.addFault({
      service: 'iam',
      operation: 'ListRoles',
      accountId: accounts.prod,
      effect: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    await controller.until(
      'a sweep of prod fails',
      async () => (await controller.metric('rolewarden_unreadable', { source: 'aws:prod' })) === 1,
    );
    const blind = await asked();
    expect(blind.code).toBe(1);
    expect(blind.stdout).toContain('iam:ListRoles');
    expect((await asked('--account', 'dev')).code).toBe(2);
    rig.sandbox.aws.clearFaults();
    await controller.until(
      'a sweep of prod ends well',
      async () => (await controller.metric('rolewarden_unreadable', { source: 'aws:prod' })) === 0,
    );
  });

  it('a broken policy file is told on stderr', async () => {
    const file = join(rig.policies, 'payments-debug.yaml');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.replace('maxSession: 1h', 'maxSesion: 1h'));
    await controller.until(
      'the broken file is seen',
      async () => (await controller.metric('rolewarden_policy_problems', { severity: 'error' })) === 1,
    );
    const broken = await asked('--account', 'dev');
    expect(broken.code).toBe(1);
    expect(broken.stderr).toMatch(/payments-debug\.yaml:17:5: .*maxSesion/);
    writeFileSync(file, good);
    await controller.until(
      'the repaired file is seen',
      async () => (await controller.metric('rolewarden_policy_problems', { severity: 'error' })) === 0,
    );
  });
});

describe('a controller that has nothing to tell yet', () => {
  it('says so, and what to do', async () => {
    const own = await startRig();
    own.sandbox.aws.addFault({
      service: 'sts',
      operation: 'AssumeRole',
      effect: { kind: 'delay', ms: 3_600_000 },
    });
    const waiting = await own.start();
    await waiting.until('Entra was read', async () =>
      (await waiting.status()).readiness.reasons.every((reason) => reason.includes('not swept')),
    );
    const ended = await runInProcess(['plan', '--url', waiting.apiUrl], own.environment);
    expect(ended).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'rolewarden: the controller has not swept dev, prod yet; ask again in some seconds, and if this lasts, look at its log\n',
    });
  });
});
