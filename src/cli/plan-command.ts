// `rolewarden plan`: what `run` would do now, in people first. Changes nothing.

import { type Plan, isEmptyPlan } from '../domain/plan.ts';
import { planOnce } from '../reconcile/run-once.ts';
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
}

/** 0 nothing to change, 2 changes (held ones too), 1 something could not be read. */
const exitCode = (plans: readonly Plan[], hasErrors: boolean): number => {
  if (hasErrors || plans.some(hasUnread)) return 1;
  return plans.every(isEmptyPlan) ? 0 : 2;
};

export const planCommand = async (options: PlanOptions, terminal: Terminal): Promise<number> => {
  const config = await requireConfig(options.config, terminal);
  const adapters = openAdapters(config, terminal);
  const progress = (text: string): void => {
    if (terminal.isErrTerminal) terminal.err(text);
  };
  try {
    progress('Reading policies, Entra groups and AWS accounts …\n');
    const { loaded, plans } = await planOnce({
      ...adapters,
      config,
      signal: terminal.stopped,
      ...(options.account === undefined ? {} : { accounts: options.account }),
    });
    for (const message of loaded.policies.messages) terminal.err(`${message}\n`);
    if (loaded.poll.message !== '') terminal.err(`Entra: ${loaded.poll.message}\n`);
    const color = wantsColor(terminal, terminal.isOutTerminal);
    const now = new Date(systemClock.now());
    const { poll } = loaded;
    terminal.out(renderPlan(plans, options.format, { color, now, verbose: options.verbose ?? false, poll }));
    return exitCode(plans, loaded.policies.errors > 0 || loaded.poll.message !== '');
  } finally {
    adapters.close();
  }
};
