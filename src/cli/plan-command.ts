// `rolewarden plan`: what `run` would do now, in people first. Changes nothing.

import { AppError } from '../domain/errors.ts';
import { type Plan, hasUnread, isEmptyPlan } from '../domain/plan.ts';
import type { OpenAccount } from '../domain/ports.ts';
import { planOnce } from '../reconcile/run-once.ts';
import { withoutPeople } from '../report/people-free.ts';
import { renderPlan } from '../report/render-plan.ts';
import { type Terminal, wantsColor } from './output.ts';
import { planOfController } from './plan-of-controller.ts';
import { withProgress } from './progress.ts';
import { openAdapters, requireConfig, systemClock } from './wiring.ts';

export type PlanFormat = 'text' | 'json' | 'markdown';

export interface PlanOptions {
  readonly config: string;
  readonly output: PlanFormat;
  readonly account?: readonly string[];
  readonly verbose?: boolean;
  readonly people?: 'names' | 'counts';
  /** The role of this name is entered in the place of each account's spoke role. */
  readonly spokeRole?: string;
  /** Asks the controller there in the place of the live sources. */
  readonly url?: string;
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

interface Planned {
  /** What goes to stdout. */
  readonly text: string;
  /** What has to be known besides, a line each. */
  readonly notes: readonly string[];
  readonly exitCode: number;
}

const fromLiveSources = async (options: PlanOptions, terminal: Terminal): Promise<Planned> => {
  const { people = 'names', spokeRole } = options;
  const config = await requireConfig(options.config, terminal);
  const adapters = openAdapters(config, terminal);
  try {
    const { loaded, plans } = await withProgress(terminal, 'Reading', (onProgress) =>
      planOnce({
        ...adapters,
        openAccount:
          spokeRole === undefined ? adapters.openAccount : throughRole(adapters.openAccount, spokeRole),
        config,
        signal: terminal.stopped,
        onProgress,
        ...(options.account === undefined ? {} : { accounts: options.account }),
      }),
    );
    const { policies, poll } = loaded;
    const color = wantsColor(terminal, terminal.isOutTerminal);
    const now = new Date(systemClock.now());
    return {
      text: renderPlan(plans, options.output, {
        color,
        now,
        verbose: options.verbose ?? false,
        poll,
        people,
      }),
      notes: [...policies.messages, ...(poll.message === '' ? [] : [`Entra: ${poll.message}`])],
      exitCode: exitCode(plans, policies.errors > 0 || poll.message !== ''),
    };
  } finally {
    adapters.close();
  }
};

/** @throws AppError `invalid` for options of which one makes no sense beside the other. */
const checkTogether = ({ people, output, url, spokeRole }: PlanOptions): void => {
  if (people === 'counts' && output === 'json') {
    const message =
      '--people counts is for text and markdown, as JSON names everybody: leave one of the two out';
    throw new AppError('invalid', message, { resource: '--people' });
  }
  if (url !== undefined && spokeRole !== undefined) {
    const message =
      '--spoke-role (or ROLEWARDEN_SPOKE_ROLE) is for a plan that is made here; the controller at --url looks with roles of its own: leave one of the two out';
    throw new AppError('invalid', message, { resource: '--spoke-role' });
  }
};

export const planCommand = async (options: PlanOptions, terminal: Terminal): Promise<number> => {
  checkTogether(options);
  const { url, people } = options;
  const planned =
    url === undefined
      ? await fromLiveSources(options, terminal)
      : await planOfController({ ...options, url }, terminal);
  for (const note of planned.notes) terminal.err(`${people === 'counts' ? withoutPeople(note) : note}\n`);
  terminal.out(planned.text);
  return planned.exitCode;
};
