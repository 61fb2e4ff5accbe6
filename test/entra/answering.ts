// Graph as a function of the question. Answers come in the wrong order, as they may.

import type { Answer, Ask, Question, ReadCall } from '../../src/entra/question.ts';

export const answering =
  (answerTo: (question: Question, read: ReadCall) => Answer): Ask =>
  async (questions, read, take) => {
    const answers = questions.map((question) => answerTo(question, read));
    for (const [position, answer] of [...answers.entries()].toReversed()) take(answer, position);
  };
