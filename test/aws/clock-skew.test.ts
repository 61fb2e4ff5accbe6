// AWS's clock against ours: what one dated answer says, and which answers count.

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { skewMeter, skewOf } from '../../src/aws/clock-skew.ts';
import { hub, type SandboxHarness, spoke, startSandbox } from './sandbox-harness.ts';

const second = 1_000;

describe('what one answer says', () => {
  const cases: readonly (readonly [
    string,
    { readonly date: number; readonly sent: number; readonly received: number },
    number,
  ])[] = [
    ['the second in which it came', { date: 0, sent: 0, received: 0 }, 0],
    ['the second in which it came, at its end', { date: 0, sent: 999, received: 999 }, 0],
    ['a second that began while it was waited for', { date: second, sent: 500, received: 1_200 }, 0],
    ['a clock that is ahead', { date: 90 * second, sent: 0, received: 0 }, 90 * second],
    ['a clock that is behind', { date: 0, sent: 90 * second, received: 90 * second }, -89_001],
    ['a clock ahead, and a slow answer', { date: 90 * second, sent: 0, received: 20 * second }, 70 * second],
    ['a slow answer only', { date: 15 * second, sent: 0, received: 20 * second }, 0],
  ];
  it.each(cases)('%s', (_name, { date, sent, received }, expected) => {
    expect(skewOf({ dateMs: date, sentMs: sent, receivedMs: received })).toBe(expected);
  });

  it('is never more than the truth, and short of it by no more than a second and the wait', () => {
    const ms = fc.integer({ min: 0, max: 3_600_000 });
    fc.assert(
      fc.property(
        ms,
        fc.nat(20_000),
        fc.nat(20_000),
        fc.integer({ min: -600_000, max: 600_000 }),
        (sentMs, there, back, skewMs) => {
          const answeredMs = sentMs + there + skewMs;
          const dateMs = Math.floor(answeredMs / second) * second;
          const found = skewOf({ dateMs, sentMs, receivedMs: sentMs + there + back });
          expect(Math.abs(found)).toBeLessThanOrEqual(Math.abs(skewMs));
          expect(Math.abs(skewMs - found)).toBeLessThan(second + there + back);
        },
      ),
    );
  });
});

describe('which answers count', () => {
  const ask = async (...answers: readonly object[]): Promise<number | undefined> => {
    const meter = skewMeter({ now: () => 0 });
    for (const headers of answers) {
      const client = { config: { requestHandler: { handle: async () => ({ response: { headers } }) } } };
      meter.watch(client);
      await client.config.requestHandler.handle();
    }
    return meter.skewMs();
  };
  const date = new Date(90 * second).toUTCString();
  it.each([
    ['none', [], undefined],
    ['one of AWS', [{ date, 'x-amzn-requestid': 'r-1' }], 90 * second],
    ['one of AWS in other letters', [{ Date: date, 'x-amzn-RequestId': 'r-1' }], 90 * second],
    ['one of a proxy', [{ date }], undefined],
    ['one without a date', [{ 'x-amzn-requestid': 'r-1' }], undefined],
    ['one with a date that is none', [{ date: 'yesterday', 'x-amzn-requestid': 'r-1' }], undefined],
    [
      'one of AWS, then one of a proxy',
      [{ date, 'x-amzn-requestid': 'r-1' }, { date: new Date(0).toUTCString() }],
      90 * second,
    ],
  ])('%s', async (_name, answers, expected) => {
    expect(await ask(...answers)).toBe(expected);
  });
});

describe('an account', () => {
  const signal = new AbortController().signal;
  let sandbox: SandboxHarness | undefined;
  afterEach(() => sandbox?.stop());

  it.each([
    ['ahead', 90 * second],
    ['behind', -90 * second],
    ['right', 0],
  ])('tells of a clock that is %s, from answers to other questions', async (_name, skewMs) => {
    sandbox = await startSandbox(spoke);
    sandbox.cloud.setClockSkew(skewMs);
    const account = sandbox.open(spoke);
    expect(account.clockSkewMs()).toBeUndefined();
    await account.iam.readRole('nobody', signal);
    expect(Math.abs((account.clockSkewMs() ?? Number.NaN) - skewMs)).toBeLessThan(second);
  });

  it('learns of it from a refusal too', async () => {
    sandbox = await startSandbox(hub);
    const account = sandbox.open(hub);
    await account.iam.readRole('nobody', signal);
    sandbox.cloud.setClockSkew(600 * second);
    expect(await account.iam.readRole('nobody', signal)).toEqual({ state: 'absent' });
    expect(account.clockSkewMs()).toBeGreaterThan(599 * second);
  });

  it('knows nothing of the clock of another', async () => {
    sandbox = await startSandbox(hub);
    const [mine, other] = [sandbox.open(hub), sandbox.open(spoke)];
    await mine.iam.readRole('nobody', signal);
    expect([typeof mine.clockSkewMs(), other.clockSkewMs()]).toEqual(['number', undefined]);
  });
});
