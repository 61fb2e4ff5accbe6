// Asks many small questions, 20 to a `$batch`. Only those whose answer failed are asked again, together in new batches.

import pMap from 'p-map';
import type { Clock } from '../domain/ports.ts';
import { indexBatch, readInner } from './batch-answer.ts';
import { unusableAnswer } from './failure.ts';
import type { Post } from './graph-client.ts';
import { chunksOf } from './chunks.ts';
import type { Ask, Question, ReadCall, Take } from './question.ts';
import type { Retry } from './retry.ts';
import type { OnRequest } from './retry-handler.ts';

/** Graph: "JSON batch requests are currently limited to 20 individual requests". */
export const batchSize = 20;
const batchesAtOnce = 4;

export interface BatchOptions {
  readonly post: Post;
  readonly retry: Retry;
  readonly clock: Clock;
  readonly onRequest: OnRequest;
}

interface Pending {
  readonly question: Question;
  /** Where its answer goes. */
  readonly index: number;
  /** From 1. */
  readonly attempt: number;
}

const subject = { operation: 'batch', resource: 'a batch of reads' } as const;

const bodyFor = (items: readonly Pending[]) => ({
  requests: items.map(({ question }, position) => ({
    id: String(position + 1),
    method: 'GET',
    url: question.url,
  })),
});

/** Sends one batch, gives away the final answers, and returns what must be asked again. */
const askOnce = async (
  items: readonly Pending[],
  read: ReadCall,
  take: Take,
  { post, retry, clock, onRequest }: BatchOptions,
): Promise<readonly Pending[]> => {
  const { outcome, tokenGeneration } = await post({ subject, path: '/$batch', body: bodyFor(items) }, read);
  if (outcome.kind === 'failed') {
    for (const { index } of items) take(outcome, index);
    return [];
  }
  const ids = items.map((_, position) => String(position + 1));
  const byId = indexBatch(outcome.body, ids);
  return items.filter(({ question, index, attempt }, position) => {
    const { answer, status } =
      typeof byId === 'string'
        ? { answer: { kind: 'failure', failure: unusableAnswer(byId, question) } as const, status: undefined }
        : readInner(byId.get(String(position + 1)), question, outcome.dateMs ?? clock.now());
    if (status !== undefined) onRequest({ operation: question.operation, code: String(status) });
    if (answer.kind !== 'failure') {
      take(answer, index);
      return false;
    }
    const problem = retry.giveUp(answer.failure, attempt, tokenGeneration, read);
    if (problem !== undefined) take({ kind: 'failed', problem }, index);
    return problem === undefined;
  });
};

/** At most 4 batches are under way at a time. */
export const openBatch =
  (options: BatchOptions): Ask =>
  async (questions, read, take) => {
    let open: readonly Pending[] = questions.map((question, index) => ({ question, index, attempt: 1 }));
    while (open.length > 0) {
      const again: Pending[] = [];
      const ask = async (items: readonly Pending[]): Promise<void> => {
        again.push(...(await askOnce(items, read, take, options)));
      };
      await pMap(chunksOf(open, batchSize), ask, { concurrency: batchesAtOnce });
      open = again.map((item) => ({ ...item, attempt: item.attempt + 1 }));
    }
  };
