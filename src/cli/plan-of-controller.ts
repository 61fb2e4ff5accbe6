// The plan of a running controller, for `rolewarden plan --url`: it has it from its last sweeps, and renders text itself.

import { AppError } from '../domain/errors.ts';
import type { PlanAnswer, PlanOrigin } from '../report/plan-route.ts';
import { someOf } from '../report/words.ts';
import { askController } from './ask-controller.ts';
import type { PlanOptions } from './plan-command.ts';
import { type Terminal, wantsColor } from './output.ts';

/** A long plan of thousands of roles takes some seconds to put together. */
const timeLimitMs = 60_000;

const parametersOf = (
  { output, account = [], verbose, people }: PlanOptions,
  color: boolean,
): readonly (readonly [string, string])[] => [
  ...account.map((name) => ['account', name] as const),
  ...(output === 'json' ? [] : ([['output', output]] as const)),
  ...(verbose === true ? ([['verbose', 'true']] as const) : []),
  ...(people === 'counts' ? ([['people', 'counts']] as const) : []),
  ...(color && output === 'text' ? ([['color', 'true']] as const) : []),
];

const notesOf = (
  { policyProblems, entraProblem, notSwept, accounts, accountsInAll }: PlanOrigin,
  asksForSome: boolean,
): readonly string[] => [
  ...policyProblems,
  ...(entraProblem === '' ? [] : [`Entra: ${entraProblem}`]),
  ...(notSwept.length === 0
    ? []
    : [
        `not swept yet, and not in the plan: ${someOf(notSwept)}; ask again in some seconds, and if this lasts, look at the log of the controller`,
      ]),
  ...(asksForSome || accounts.length === accountsInAll
    ? []
    : [
        `this replica looks after ${accounts.length} of ${accountsInAll} accounts (${someOf(accounts)}): ask the other replicas for the rest`,
      ]),
];

const exitCode = ({ summary, controller }: PlanAnswer): number => {
  const { policyErrors, entraProblem, notSwept } = controller;
  if (policyErrors > 0 || entraProblem !== '' || notSwept.length > 0 || summary.accountsUnread > 0) return 1;
  return summary.apply + summary.hold === 0 ? 0 : 2;
};

export const planOfController = async (
  options: PlanOptions & { readonly url: string },
  terminal: Terminal,
): Promise<{ readonly text: string; readonly notes: readonly string[]; readonly exitCode: number }> => {
  const answer = await askController<PlanAnswer>(
    {
      base: options.url,
      path: '/api/v1/plan',
      parameters: parametersOf(options, wantsColor(terminal, terminal.isOutTerminal)),
      withoutUrl: 'Without --url, live sources are asked',
      timeLimitMs,
    },
    terminal,
  );
  const { notSwept } = answer.controller;
  if (notSwept.length > 0 && answer.summary.accounts === 0)
    throw new AppError(
      'transient',
      `the controller has not swept ${someOf(notSwept)} yet; ask again in some seconds, and if this lasts, look at its log`,
    );
  return {
    text: answer.text ?? `${JSON.stringify(answer, null, 2)}\n`,
    notes: notesOf(answer.controller, options.account !== undefined),
    exitCode: exitCode(answer),
  };
};
