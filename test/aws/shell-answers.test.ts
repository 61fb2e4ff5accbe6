// Answers of the Session Manager that no sandbox gives: what is concluded from them, and what is not.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAccounts } from '../../src/aws/open-accounts.ts';
import type { ShellsPort } from '../../src/domain/ports.ts';
import { testAccount } from './accounts.ts';
import { manualClock } from './manual-clock.ts';
import { type ScriptedAnswer, type ScriptedAws, startScriptedAws } from './scripted-aws.ts';

const signal = new AbortController().signal;
const taskId = 'a'.repeat(32);
const session = (change: object = {}) => ({
  SessionId: 'ecs-execute-command-1',
  Target: `ecs:payments_${taskId}_${taskId}-1000000000`,
  Status: 'Connected',
  StartDate: 1_700_000_000.5,
  Owner: 'arn:aws:sts::111122223333:assumed-role/payments-debug/anna',
  ...change,
});
const shell = {
  id: 'ecs-execute-command-1',
  region: 'eu-west-1',
  cluster: 'payments',
  taskId,
  ownerArn: 'arn:aws:sts::111122223333:assumed-role/payments-debug/anna',
  startedAtMs: 1_700_000_000_500,
};
const page = (body: object): ScriptedAnswer => ({ body: JSON.stringify(body) });
const pageOf = (...sessions: readonly object[]): ScriptedAnswer => page({ Sessions: sessions });

let answers: (nth: number) => ScriptedAnswer;
let aws: ScriptedAws;
let port: ShellsPort;
let close: () => void;
beforeEach(async () => {
  const clock = manualClock(Date.now());
  aws = await startScriptedAws(({ action }, nth) => {
    if (action === 'GetCallerIdentity') return { body: '<Account>111122223333</Account>' };
    return action === 'DescribeSessions' ? answers(nth) : { body: '{}' };
  });
  const open = openAccounts({
    settings: { requestTimeoutMs: 2_000, writesPerSecond: 2, writeBurst: 5 },
    clock,
    sleep: clock.sleep,
    random: () => 0.5,
    endpoint: aws.url,
    ownCredentials: async () => ({ accessKeyId: 'AKIAOWN', secretAccessKey: 's' }),
  });
  port = open(testAccount()).shells;
  close = () => open.close();
});
afterEach(async () => {
  close();
  await aws.stop();
});

describe('a session', () => {
  const cases: readonly (readonly [string, object, readonly object[] | 'broken'])[] = [
    ['of a container', {}, [shell]],
    [
      'in a cluster with underscores',
      { Target: `ecs:a_b__c_${taskId}_x-1` },
      [{ ...shell, cluster: 'a_b__c' }],
    ],
    ['on an instance', { SessionId: 'anna-1', Target: 'i-0123' }, []],
    ['on its way out', { Status: 'Terminating' }, [shell]],
    ['that the network lost', { Status: 'Disconnected' }, [shell]],
    ['of a status that nobody knows yet', { Status: 'Dreaming' }, [shell]],
    ['that has ended', { Status: 'Terminated' }, []],
    ['that never began', { Status: 'Failed' }, []],
    ['of nobody', { Owner: undefined }, [{ ...shell, ownerArn: '' }]],
    [
      'of a user',
      { Owner: 'arn:aws:iam::111122223333:user/anna' },
      [{ ...shell, ownerArn: 'arn:aws:iam::111122223333:user/anna' }],
    ],
    ['opened beside ECS Exec', { SessionId: 'anna-0123' }, [{ ...shell, id: 'anna-0123' }]],
    [
      'of ECS Exec on a target that says something else',
      { Target: 'container/1' },
      [{ ...shell, cluster: '', taskId: '' }],
    ],
    [
      'of ECS on half a target',
      { SessionId: 'x-1', Target: 'ecs:payments' },
      [{ ...shell, id: 'x-1', cluster: '', taskId: '' }],
    ],
    ['without an id', { SessionId: undefined }, 'broken'],
    ['without a target', { Target: undefined }, 'broken'],
    ['without a start', { StartDate: undefined }, 'broken'],
  ];
  it.each(cases)('%s', async (_name, change, expected) => {
    answers = () => pageOf(session(change));
    expect(await port.list(signal)).toMatchObject(
      expected === 'broken'
        ? { state: 'unreadable', problem: { kind: 'transient', code: 'BrokenAnswer' } }
        : { state: 'present', value: expected },
    );
  });
});

describe('pages', () => {
  it.each([
    ['without sessions', () => page({})],
    ['in a circle', () => page({ Sessions: [], NextToken: 'again' })],
    ['without a real token', () => page({ Sessions: [], NextToken: '' })],
  ])('%s are none', async (_name, answer) => {
    answers = answer;
    expect(await port.list(signal)).toMatchObject({ state: 'unreadable', problem: { code: 'BrokenAnswer' } });
  });

  it('may be empty before the last', async () => {
    answers = (nth) => (nth === 1 ? page({ Sessions: [], NextToken: 'more' }) : pageOf(session()));
    expect(await port.list(signal)).toEqual({ state: 'present', value: [shell] });
  });

  it('may show a session twice', async () => {
    answers = (nth) => (nth === 1 ? page({ Sessions: [session()], NextToken: 'more' }) : pageOf(session()));
    expect(await port.list(signal)).toEqual({ state: 'present', value: [shell] });
  });
});

describe('whether a session has ended', () => {
  it.each([
    ['is not shown any more', pageOf(), true],
    ['is shown as terminated', pageOf(session({ Status: 'Terminated' })), true],
    ['is shown as failed', pageOf(session({ Status: 'Failed' })), true],
    ['is shown as ending', pageOf(session({ Status: 'Terminating' })), false],
    ['is shown as before', pageOf(session()), false],
    ['is another one that is shown', pageOf(session({ SessionId: 'other' })), true],
  ])('when it %s', async (_name, answer, isEnded) => {
    answers = () => answer;
    const ending = port.end(shell, signal);
    if (isEnded) expect(await ending).toBeUndefined();
    else await expect(ending).rejects.toMatchObject({ code: 'StillOpen' });
  });

  it('is looked for behind an empty page', async () => {
    answers = (nth) => (nth % 2 === 1 ? page({ Sessions: [], NextToken: 'more' }) : pageOf(session()));
    await expect(port.end(shell, signal)).rejects.toMatchObject({ code: 'StillOpen' });
  });

  it('is not learnt from something that is not AWS', async () => {
    answers = () => ({ ...page({}), requestId: false });
    await expect(port.end(shell, signal)).rejects.toMatchObject({ kind: 'transient' });
  });
});
