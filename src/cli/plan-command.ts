// `rolewarden plan`: what `run` would do now, in people first. Changes nothing.

import { AppError } from '../domain/errors.ts';
import { type Plan, isEmptyPlan } from '../domain/plan.ts';
import type { OpenAccount } from '../domain/ports.ts';
import { planOnce } from '../reconcile/run-once.ts';
import { withoutPeople } from '../report/people-free.ts';
import { renderPlan } from '../report/render-plan.ts';
import { type Terminal, wantsColor } from './output.ts';
import { hasUnread } from './unread.ts';
import { openAdapters, requireConfig, systemClock } from './wiring.ts';

export type PlanFormat = 'text' | 'json' | 'markdown';

export interface PlanOptions {
  readonly config: string;
  readonly format: PlanFormat;
  readonly account?: readonly string[];
  readonly verbose?: boolean;
  readonly people?: 'names' | 'counts';
  /** The role of this name is entered in the place of each account's spoke role. */
  readonly spokeRole?: string;
}

/** 0 nothing to change, 2 changes (held ones too), 1 something could not be read. */
const exitCode = (plans: readonly Plan[], hasErrors: boolean): number => {
  if (hasErrors || plans.some(hasUnread)) return 1;
  return plans.every(isEmptyPlan) ? 0 : 2;
};

/** Where accounts have a spoke role, another one of theirs by its name: one that may only read, for instance. */
export const throughRole =
  (openAccount: OpenAccount, roleName: string): OpenAccount =>
  (account) => {
    const { spokeRole } = account;
    if (spokeRole === undefined) return openAccount(account);
    const arn = spokeRole.arn.replace(/:role\/.*$/, `:role/${roleName}`);
    return openAccount({ ...account, spokeRole: { ...spokeRole, arn } });
  };

export const planCommand = async (options: PlanOptions, terminal: Terminal): Promise<number> => {
  const { people = 'names', spokeRole } = options;
  if (people === 'counts' && options.format === 'json') {
    const message =
      '--people counts is for text and markdown, as JSON names everybody: leave one of the two out';
    throw new AppError('invalid', message, { resource: '--people' });
  }
  const config = await requireConfig(options.config, terminal);
  const adapters = openAdapters(config, terminal);
  const said = people === 'counts' ? withoutPeople : (text: string) => text;
  const progress = (text: string): void => {
    if (terminal.isErrTerminal) terminal.err(text);
  };
  try {
    progress('Reading policies, Entra groups and AWS accounts …\n');
    const { loaded, plans } = await planOnce({
      ...adapters,
      openAccount:
        spokeRole === undefined ? adapters.openAccount : throughRole(adapters.openAccount, spokeRole),
      config,
      signal: terminal.stopped,
      ...(options.account === undefined ? {} : { accounts: options.account }),
    });
    for (const message of loaded.policies.messages) terminal.err(`${said(message)}\n`);
    if (loaded.poll.message !== '') terminal.err(`Entra: ${said(loaded.poll.message)}\n`);
    const color = wantsColor(terminal, terminal.isOutTerminal);
    const now = new Date(systemClock.now());
    const { poll } = loaded;
    terminal.out(
      renderPlan(plans, options.format, { color, now, verbose: options.verbose ?? false, poll, people }),
    );
    return exitCode(plans, loaded.policies.errors > 0 || loaded.poll.message !== '');
  } finally {
    adapters.close();
  }
};
