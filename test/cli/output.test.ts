// What programs read: `--output json` of the commands that show neither a status nor a plan nor an explanation.

import { afterAll, describe, expect, it } from 'vitest';
import { parseAcknowledgement } from '../../src/domain/acknowledgement.ts';
import { accounts, endAll, groups, startRig, users } from '../process/harness.ts';
import { runInProcess } from './run-in-process.ts';

afterAll(endAll);

/** In a world of its own. */
const startRun = async () => {
  const rig = await startRig({ safety: 'breaker: { minimum: 1, percent: 1 }' });
  return { rig, run: (...args: readonly string[]) => rig.run(args) };
};

describe('run --once, then ack', () => {
  it('tells of each account how it went, and of what waits all that a script needs', async () => {
    const { rig, run } = await startRun();
    const once = await run('run', '--once', '--output', 'json', '--log-level', 'silent');
    expect(once).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(once.stdout)).toEqual({
      schemaVersion: 1,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      whole: true,
      policyProblems: [],
      entraProblem: '',
      accounts: [
        {
          account: 'dev',
          accountId: accounts.dev,
          result: 'ok',
          message: '',
          writes: { done: 6, failed: 0, dropped: 0 },
          held: {},
          unread: false,
        },
        {
          account: 'prod',
          accountId: accounts.prod,
          result: 'ok',
          message: '',
          writes: { done: 3, failed: 0, dropped: 0 },
          held: { observeOnly: expect.any(Number) as number },
          unread: false,
        },
      ],
    });

    const nothing = await run('ack', '--output', 'json');
    expect(nothing).toMatchObject({
      code: 0,
      stdout: '[]\n',
      stderr: 'nothing waits for an acknowledgement\n',
    });

    for (const user of [users.onCall1, users.onCall2])
      rig.sandbox.entra.removeMember(groups.paymentsOnCall, user);
    const waiting = await run('ack', '--output', 'json', '--for', '1h', 'policy:dev/payments-debug');
    expect(waiting).toMatchObject({ code: 0, stderr: '' });
    const [entry, ...more] = JSON.parse(waiting.stdout) as readonly Record<string, unknown>[];
    expect(more).toEqual([]);
    expect(entry).toEqual({
      scope: 'policy:dev/payments-debug',
      effect: 'loseAccess',
      annotation: 'rolewarden/acknowledge',
      value: expect.any(String) as string,
      until: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      count: 2,
      people: [
        { sub: users.onCall1, name: expect.any(String) as string },
        { sub: users.onCall2, name: expect.any(String) as string },
      ],
    });
    const acknowledged = parseAcknowledgement(String(entry?.['value']));
    expect([...(acknowledged?.subjects ?? [])]).toEqual([users.onCall1, users.onCall2]);
    expect(new Date(acknowledged?.untilMs ?? 0).toISOString().replace('.000Z', 'Z')).toBe(entry?.['until']);

    const held = await run('run', '--once', '-o', 'json', '--log-level', 'silent');
    expect(held.code).toBe(0);
    expect(
      (JSON.parse(held.stdout) as { accounts: { held: Record<string, number> }[] }).accounts[0]?.held,
    ).toMatchObject({ breaker: 2 });
  });

  it('tells of what could not be read, and ends with 1', async () => {
    const { rig, run } = await startRun();
    rig.sandbox.aws.addFault({
      service: 'iam',
      operation: 'ListRoles',
      accountId: accounts.prod,
      effect: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    const once = await run('run', '--once', '--output', 'json', '--log-level', 'silent');
    expect(once.code).toBe(1);
    expect(JSON.parse(once.stdout)).toMatchObject({
      whole: false,
      accounts: [
        { account: 'dev', result: 'ok', unread: false },
        {
          account: 'prod',
          result: 'unreadable',
          message: expect.stringContaining('iam:ListRoles') as string,
        },
      ],
    });
  });
});

describe('sandbox', () => {
  const start = async (...args: readonly string[]): Promise<string> => {
    const stopping = new AbortController();
    const ended = await runInProcess(
      ['sandbox', '--aws-port', '0', '--entra-port', '0', '--control-port', '0', ...args],
      {},
      {
        stopped: stopping.signal,
        err: () => stopping.abort(),
      },
    );
    expect(ended.code).toBe(0);
    return ended.stdout;
  };

  it('gives the environment as one object, and as lines of the same', async () => {
    const environment = JSON.parse(await start('--output', 'json')) as Record<string, string>;
    expect(environment).toMatchObject({ AWS_ENDPOINT_URL: expect.stringMatching(/^http:/) as string });
    const lines = (await start()).trimEnd().split('\n');
    expect(lines.map((line) => /^export (\w+)='/.exec(line)?.[1])).toEqual(Object.keys(environment));
  });
});
