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
  readonly chain: PageChain<Item>;
  readonly question: Question;
}

const open = <Item, Value>(list: List<Item, Value>, index: number): OpenList<Item, Value> => {
  const { question, kind } = list;
  return { index, list, question, chain: startChain(kind, question.resource, question.url) };
};

/** What the answer makes of the list: a reading, or the same list waiting for its next page. */
const settle = <Item, Value>(
  open: OpenList<Item, Value>,
  answer: Answer,
  origin: string,
): Reading<Value> | OpenList<Item, Value> => {
  const { list, chain, question } = open;
  const { resource } = question;
  if (answer.kind === 'failed') return unreadable(answer.problem);
  if (answer.kind === 'notFound') {
    if (chain.seenUrls.size === 1) return absent;
    const message = `the ${list.kind.name} of ${resource} broke off: its next page is gone`;
    return unreadable(new AppError('transient', message, { resource, code: '404' }));
  }
  const step = takePage(chain, answer.body, origin);
  switch (step.kind) {
    case 'broken':
      return unreadable(step.problem);
    case 'end':
      return present(list.finish(chain.taken.values()));
    case 'next':
      return { ...open, question: { ...question, url: step.url } };
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
    const asked = waiting;
    const unanswered = new Set(asked);
    const goOn: OpenList<Item, Value>[] = [];
    const take = (list: OpenList<Item, Value>, answer: Answer): void => {
      unanswered.delete(list);
      const settled = settle(list, answer, origin);
      if ('state' in settled) readings[list.index] = settled;
      else goOn.push(settled);
    };
    await ask(
      asked.map(({ question }) => question),
      read,
      (answer, position) => {
        const list = asked[position];
        if (list !== undefined) take(list, answer);
      },
    );
    for (const list of unanswered) take(list, missingAnswer(list.question));
    // Answers come in any order; what is asked next does not depend on it.
    waiting = goOn.sort((a, b) => a.index - b.index);
  }
  return readings;
};
