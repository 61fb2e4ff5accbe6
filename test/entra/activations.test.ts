// What was said with an activation: read once, at most a batch at a time, and never in anyone's way.

import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { type Activated, openActivations } from '../../src/entra/activations.ts';
import type { JsonObject } from '../../src/entra/json.ts';
import type { Answer, Ask, Question, ReadCall } from '../../src/entra/question.ts';
import { answering } from './answering.ts';
import { ids, uuid } from './contoso.ts';

const scheduleId = (n: number): string => `${ids.team}_member_${uuid('9', n)}`;
const activated = (n: number): Activated => ({
  groupId: ids.team,
  principalId: uuid('a', n),
  scheduleId: scheduleId(n),
  startMs: n,
});
const wanted = (count: number): readonly Activated[] =>
  Array.from({ length: count }, (_, index) => activated(index + 1));

const request = (n: number, change: JsonObject = {}): JsonObject => ({
  id: uuid('8', n),
  action: 'selfActivate',
  createdDateTime: '2026-11-02T07:05:53.7895614Z',
  justification: `because of ${n}`,
  ticketInfo: { ticketNumber: `INC-${n}`, ticketSystem: 'ServiceNow' },
  principalId: uuid('a', n),
  groupId: ids.team,
  targetScheduleId: scheduleId(n),
  ...change,
});
const body = (...value: readonly unknown[]): Answer => ({ kind: 'body', body: { value } });

const read = (): ReadCall => ({
  signal: new AbortController().signal,
  deadlineMs: 60_000,
  halted: undefined,
  tookFreshToken: false,
});

const numberIn = ({ url }: Question): number => Number(/(\d{12})'$/.exec(decodeURIComponent(url))?.[1]);

const openWith = (answerTo: (n: number) => Answer) => {
  const asked: (readonly number[])[] = [];
  const reads: ReadCall[] = [];
  const ask: Ask = async (questions, call, take) => {
    asked.push(questions.map(numberIn));
    reads.push(call);
    await answering((question) => answerTo(numberIn(question)))(questions, call, take);
  };
  return { ...openActivations(ask), asked, reads };
};

const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => (from < to ? from + index : from - index));

describe('an activation', () => {
  it('is asked for by group and schedule', async () => {
    const urls: string[] = [];
    const { learn } = openActivations(async (questions) => {
      urls.push(...questions.map(({ url }) => url));
    });
    await learn([activated(1)], read());
    expect(urls.map(decodeURIComponent)).toEqual([
      `/identityGovernance/privilegedAccess/group/assignmentScheduleRequests?$filter=groupId eq '${ids.team}' and targetScheduleId eq '${scheduleId(1)}'`,
    ]);
    expect(urls[0]).not.toContain(' ');
  });

  it.each<[string, Answer, object | undefined]>([
    ['as documented', body(request(1)), {}],
    ['with an action in another case', body(request(1, { action: 'SelfActivate' })), {}],
    ['without justification', body(request(1, { justification: null })), { justification: null }],
    ['without ticket', body(request(1, { ticketInfo: null })), { ticketNumber: null, ticketSystem: null }],
    ['with lines', body(request(1, { justification: 'a\nb' })), { justification: 'a b' }],
    [
      'with very much to say',
      body(request(1, { justification: 'x'.repeat(9_000) })),
      { justification: `${'x'.repeat(499)}…` },
    ],
    [
      'among other requests of its schedule',
      body(
        request(1, { action: 'selfDeactivate', id: uuid('8', 2) }),
        request(1),
        request(1, { action: 'adminRemove', id: uuid('8', 3) }),
      ),
      {},
    ],
    [
      'that is the newer of two',
      body(request(1), request(1, { id: uuid('8', 4), createdDateTime: '2026-11-02T07:06:00Z' })),
      { requestId: uuid('8', 4), requestedAtMs: Date.parse('2026-11-02T07:06:00Z') },
    ],
    ['of nobody', body(), undefined],
    ['of someone else', body(request(1, { principalId: uuid('a', 2) })), undefined],
    ['in another group', body(request(1, { groupId: ids.outer })), undefined],
    ['of another schedule', body(request(1, { targetScheduleId: scheduleId(2) })), undefined],
    ['that is no activation', body(request(1, { action: 'adminAssign' })), undefined],
    ['without id', body(request(1, { id: null })), undefined],
    ['without time', body(request(1, { createdDateTime: null })), undefined],
    ['that is null', body(null), undefined],
    ['in a page without value', { kind: 'body', body: {} }, undefined],
    ['that is not found', { kind: 'notFound' }, undefined],
    ['that failed', { kind: 'failed', problem: new AppError('denied', 'graph answered 403') }, undefined],
  ])('%s', async (_name, answer, expected) => {
    const activations = openWith(() => answer);
    await activations.learn([activated(1)], read());
    expect(activations.of(scheduleId(1))).toEqual(
      expected && {
        requestId: uuid('8', 1),
        justification: 'because of 1',
        ticketNumber: 'INC-1',
        ticketSystem: 'ServiceNow',
        requestedAtMs: Date.parse('2026-11-02T07:05:53.789Z'),
        ...expected,
      },
    );
  });
});

describe('activations', () => {
  it('are asked for once, and never again', async () => {
    const activations = openWith((n) => body(request(n)));
    await activations.learn(wanted(3), read());
    await activations.learn(wanted(4), read());
    await activations.learn(wanted(4), read());
    expect(activations.asked).toEqual([[3, 2, 1], [4]]);
  });

  it('are asked for a batch at a time, the newest first', async () => {
    const activations = openWith((n) => body(request(n)));
    for (let poll = 0; poll < 4; poll += 1) await activations.learn(wanted(50), read());
    expect(activations.asked).toEqual([numbers(50, 31), numbers(30, 11), numbers(10, 1)]);
  });

  it('that cannot be read come after those that were not asked for yet', async () => {
    const activations = openWith((n) => (n > 25 ? body() : body(request(n))));
    for (let poll = 0; poll < 4; poll += 1) await activations.learn(wanted(50), read());
    expect(activations.asked).toEqual([
      numbers(50, 31),
      numbers(30, 11),
      [...numbers(10, 1), ...numbers(50, 41)],
      [...numbers(40, 26), ...numbers(50, 46)],
    ]);
    expect(wanted(25).every((one) => activations.of(one.scheduleId) !== undefined)).toBe(true);
  });

  it('are not waited for', async () => {
    const activations = openWith((n) => body(request(n)));
    await activations.learn(wanted(1), read());
    expect(activations.reads.map(({ deadlineMs }) => deadlineMs)).toEqual([0]);
  });

  it('are forgotten when there are more than can be kept, those first that nobody asks for', async () => {
    const activations = openWith((n) => body(request(n)));
    const all = wanted(5_001);
    for (let from = 0; from < 5_000; from += 20) {
      const some = all.slice(from, Math.min(from + 20, 5_000));
      await activations.learn(some, read());
    }
    await activations.learn([activated(1)], read());
    await activations.learn([activated(5_001)], read());
    const kept = [1, 19, 20, 21, 5_001].map((n) => activations.of(scheduleId(n)) !== undefined);
    expect(kept).toEqual([true, true, false, true, true]);
  });
});
