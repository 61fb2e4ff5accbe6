import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openBatch } from '../../src/entra/batch.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { Post, PostRequest } from '../../src/entra/graph-client.ts';
import type { JsonObject } from '../../src/entra/json.ts';
import { type Answer, type Question, type ReadCall, answersTo } from '../../src/entra/question.ts';
import { openRetry } from '../../src/entra/retry.ts';
import type { TokenSource } from '../../src/entra/access-token.ts';

interface InnerRequest {
  readonly id: string;
  readonly url: string;
}

const questions = (count: number): readonly Question[] =>
  Array.from({ length: count }, (_, n) => ({
    operation: 'listMembers',
    url: `/${n}`,
    resource: `group ${n}`,
  }));

const tokens: TokenSource = {
  getAccessToken: async () => 'token',
  generation: () => 1,
  isInUse: () => true,
  discard: () => {},
};

const read = (): ReadCall => ({
  signal: new AbortController().signal,
  deadlineMs: Number.POSITIVE_INFINITY,
  halted: undefined,
  tookFreshToken: false,
});

const innerOf = (request: PostRequest): readonly InnerRequest[] =>
  request.body['requests'] as readonly InnerRequest[];

const good = ({ id, url }: InnerRequest): JsonObject => ({ id, status: 200, body: { url } });

/** Graph that answers a batch with what `respond` makes of it; notes what it was asked. */
const graph = (respond: (requests: readonly InnerRequest[], call: number) => unknown) => {
  const asked: (readonly string[])[] = [];
  const post: Post = async (request) => {
    const inner = innerOf(request);
    asked.push(inner.map(({ url }) => url));
    const body = respond(inner, asked.length) as JsonObject;
    return { outcome: { kind: 'body', body, dateMs: undefined }, tokenGeneration: 1 };
  };
  const clock = { now: () => 0 };
  const retry = openRetry({ clock, tokens, sleep: async () => {}, random: () => 0 });
  return { asked, ask: openBatch({ post, retry, clock, onRequest: () => {} }) };
};

const summary = (answers: readonly Answer[]): readonly string[] =>
  answers.map((answer) => (answer.kind === 'body' ? String(answer.body['url']) : answer.kind));

describe('many questions', () => {
  it('go out 20 to a batch, and each gets its own answer, in whatever order they come back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(90), fc.boolean(), async (count, reversed) => {
        const { ask, asked } = graph((inner) => ({
          responses: reversed ? inner.map(good).toReversed() : inner.map(good),
        }));
        expect(summary(await answersTo(questions(count), read(), ask))).toEqual(
          questions(count).map(({ url }) => url),
        );
        expect(asked).toHaveLength(Math.ceil(count / 20));
      }),
    );
  });

  it('go out in at most 4 batches at a time', async () => {
    let underWay = 0;
    let most = 0;
    const { ask } = graph((inner) => ({ responses: inner.map(good) }));
    const post: Post = async (request) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
      const body = { responses: innerOf(request).map(good) };
      return { outcome: { kind: 'body', body, dateMs: undefined }, tokenGeneration: 1 };
    };
    const clock = { now: () => 0 };
    const retry = openRetry({ clock, tokens, sleep: async () => {}, random: () => 0 });
    const counting = openBatch({ post, retry, clock, onRequest: () => {} });
    expect(await answersTo(questions(300), read(), counting)).toEqual(
      await answersTo(questions(300), read(), ask),
    );
    expect(most).toBe(4);
  });

  it('that failed are asked again together, and only they', async () => {
    const { ask, asked } = graph((inner, call) => ({
      responses: inner.map((request) =>
        call <= 3 && request.url.endsWith('7') ? { id: request.id, status: 429 } : good(request),
      ),
    }));
    expect(summary(await answersTo(questions(60), read(), ask))).toEqual(questions(60).map(({ url }) => url));
    expect(asked.slice(3)).toEqual([['/7', '/17', '/27', '/37', '/47', '/57']]);
  });

  it('are each asked 4 times at most', async () => {
    const { ask, asked } = graph((inner) => ({ responses: inner.map(({ id }) => ({ id, status: 503 })) }));
    expect(summary(await answersTo(questions(1), read(), ask))).toEqual(['failed']);
    expect(asked).toHaveLength(4);
  });

  it('all fail with the batch that carries them', async () => {
    const problem = new AppError('denied', 'no');
    const clock = { now: () => 0 };
    const retry = openRetry({ clock, tokens, sleep: async () => {}, random: () => 0 });
    const post: Post = async () => ({ outcome: { kind: 'failed', problem }, tokenGeneration: 1 });
    const ask = openBatch({ post, retry, clock, onRequest: () => {} });
    expect(await answersTo(questions(2), read(), ask)).toEqual([
      { kind: 'failed', problem },
      { kind: 'failed', problem },
    ]);
  });
});

describe('a batch answer that cannot be relied on', () => {
  const only = (change: object) => (inner: readonly InnerRequest[]) => ({
    responses: inner.map((request) => (request.url === '/1' ? { id: request.id, ...change } : good(request))),
  });

  it.each<[string, (inner: readonly InnerRequest[]) => unknown, string[]]>([
    ['without responses', () => ({}), ['failed', 'failed', 'failed']],
    ['with null for responses', () => ({ responses: null }), ['failed', 'failed', 'failed']],
    [
      'with a response that is null',
      (i) => ({ responses: [...i.map(good), null] }),
      ['failed', 'failed', 'failed'],
    ],
    [
      'with a response without id',
      (i) => ({ responses: [...i.map(good), { status: 200 }] }),
      ['failed', 'failed', 'failed'],
    ],
    [
      'with an id that was not asked',
      (i) => ({ responses: [...i.map(good), { id: '99', status: 200, body: {} }] }),
      ['failed', 'failed', 'failed'],
    ],
    ['with one id twice', (i) => ({ responses: [...i, ...i].map(good) }), ['failed', 'failed', 'failed']],
    ['that lacks one of the asked', (i) => ({ responses: i.slice(1).map(good) }), ['failed', '/1', '/2']],
    ['with an inner body of null', only({ status: 200, body: null }), ['/0', 'failed', '/2']],
    ['with an inner body that is text', only({ status: 200, body: 'W3t9' }), ['/0', 'failed', '/2']],
    ['with an inner body that is a list', only({ status: 200, body: [] }), ['/0', 'failed', '/2']],
    ['without an inner status', only({ body: { value: [] } }), ['/0', 'failed', '/2']],
    [
      'with an inner status that is text',
      only({ status: '200', body: { value: [] } }),
      ['/0', 'failed', '/2'],
    ],
    ['with an inner status without content', only({ status: 204 }), ['/0', 'failed', '/2']],
    ['with an inner 404 of nobody', only({ status: 404, body: null }), ['/0', 'failed', '/2']],
    [
      'with an inner 404 of Graph',
      only({ status: 404, body: { error: { code: 'Request_ResourceNotFound' } } }),
      ['/0', 'notFound', '/2'],
    ],
  ])('%s fails the reads it concerns', async (_name, respond, expected) => {
    expect(summary(await answersTo(questions(3), read(), graph(respond).ask))).toEqual(expected);
  });

  it('is asked for again, and believed when it comes whole', async () => {
    const { ask } = graph((inner, call) => ({
      responses: call === 1 ? inner.slice(1).map(good) : inner.map(good),
    }));
    expect(summary(await answersTo(questions(3), read(), ask))).toEqual(['/0', '/1', '/2']);
  });
});
