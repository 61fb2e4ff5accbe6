// Many lists at once, page by page. Next pages of all long lists go into common batches, so that many long lists stay cheap.

import { AppError } from '../domain/errors.ts';
import { absent, present, type Reading, unreadable } from '../domain/reading.ts';
import { type ListKind, type PageChain, startChain, takePage } from './page-chain.ts';
import type { Answer, Ask, Question, ReadCall } from './question.ts';

/** One list to read, and what becomes of its items once all of them are there. */
export interface List<Item, Value> {
  /** For the first page. */
  readonly question: Question;
  readonly kind: ListKind<Item>;
  readonly finish: (items: Iterable<Item>) => Value;
}

export interface ListReads {
  readonly ask: Ask;
  /** Of Graph: next links must lead there. */
  readonly origin: string;
}

interface OpenList<Item, Value> {
  /** Where its reading goes. */
  readonly index: number;
  readonly list: List<Item, Value>;
  /** The pages so far; undefined before the first: what a list takes is made when there is something to put in. */
  readonly chain: PageChain<Item> | undefined;
  readonly question: Question;
}

const open = <Item, Value>(list: List<Item, Value>, index: number): OpenList<Item, Value> => ({
  index,
  list,
  question: list.question,
  chain: undefined,
});

/** What the answer makes of the list: a reading, or the same list waiting for its next page. */
const settle = <Item, Value>(
  open: OpenList<Item, Value>,
  answer: Answer,
  origin: string,
): Reading<Value> | OpenList<Item, Value> => {
  const { list, question } = open;
  const { resource } = question;
  if (answer.kind === 'failed') return unreadable(answer.problem);
  if (answer.kind === 'notFound') {
    if (open.chain === undefined) return absent;
    const message = `the ${list.kind.name} of ${resource} broke off: its next page is gone`;
    return unreadable(new AppError('transient', message, { resource, code: '404' }));
  }
  const chain = open.chain ?? startChain(list.kind, resource, question.url);
  const step = takePage(chain, answer.body, origin);
  switch (step.kind) {
    case 'broken':
      return unreadable(step.problem);
    case 'end':
      return present(list.finish(chain.taken.values()));
    case 'next':
      return { ...open, chain, question: { ...question, url: step.url } };
  }
};

const missingAnswer = ({ resource }: Question): Answer => ({
  kind: 'failed',
  problem: new AppError('transient', `no answer for ${resource}`, { resource }),
});

/** Readings in the order of the lists. A list whose first page is a 404 of Graph is absent. */
export const readLists = async <Item, Value>(
  lists: readonly List<Item, Value>[],
  read: ReadCall,
  { ask, origin }: ListReads,
): Promise<readonly Reading<Value>[]> => {
  const readings: Reading<Value>[] = [];
  let waiting: readonly OpenList<Item, Value>[] = lists.map(open);
  while (waiting.length > 0) {
    const questions = waiting.map(({ question }) => question);
    // A list is let go of with its answer: all that was read of a thousand lists is far more than what is made of them.
    const unanswered = new Map(waiting.entries());
    const goOn: OpenList<Item, Value>[] = [];
    waiting = [];
    const take = (answer: Answer, position: number): void => {
      const list = unanswered.get(position);
      if (list === undefined) return;
      unanswered.delete(position);
      const settled = settle(list, answer, origin);
      if ('state' in settled) readings[list.index] = settled;
      else goOn.push(settled);
    };
    await ask(questions, read, take);
    for (const [position, { question }] of unanswered) take(missingAnswer(question), position);
    // Answers come in any order; what is asked next does not depend on it.
    waiting = goOn.sort((a, b) => a.index - b.index);
  }
  return readings;
};
