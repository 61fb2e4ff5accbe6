// `rolewarden ack`: what to commit so that a large change that waits for a person's word goes on. It changes nothing itself.

import {
  type Acknowledgeable,
  acknowledgementAnnotation,
  renderAcknowledgement,
} from '../domain/acknowledgement.ts';
import { AppError } from '../domain/errors.ts';
import { type Plan, objectsOf } from '../domain/plan.ts';
import { compareText } from '../domain/statement.ts';
import { planOnce } from '../reconcile/run-once.ts';
import { visible } from '../report/terminal.ts';
import { type Terminal } from './output.ts';
import { openAdapters, requireConfig, systemClock } from './wiring.ts';

export interface AckOptions {
  readonly config: string;
  /** How long the acknowledgement is to be valid, milliseconds. */
  readonly for: number;
}

/** What waits, each scope once, sorted. */
export const waiting = (plans: readonly Plan[]): readonly Acknowledgeable[] => {
  const byScope = new Map<string, Acknowledgeable>();
  for (const plan of plans)
    for (const object of objectsOf(plan))
      for (const { hold } of object.held)
        if (hold.acknowledgeable !== undefined) byScope.set(hold.acknowledgeable.scope, hold.acknowledgeable);
  return [...byScope.values()].sort((a, b) => compareText(a.scope, b.scope));
};

/** What people are called whom roles with something to acknowledge name, by sub. */
export const namesOf = (plans: readonly Plan[]): ReadonlyMap<string, string> =>
  new Map(
    plans
      .flatMap(({ roles }) => roles)
      .filter(({ held }) => held.some(({ hold }) => hold.acknowledgeable !== undefined))
      .flatMap(({ names, admitted }) => [
        ...names,
        ...admitted.map(({ sub, label }) => [sub, label] as const),
      ]),
  );

const effectOf = ({ scope }: Acknowledgeable): string =>
  scope.startsWith('newcomers:') ? 'gain access' : 'lose access';

/** The YAML for these scopes, with the people in comments for whoever reviews it; by name where `names` has it. */
export const renderAck = (
  asked: readonly Acknowledgeable[],
  names: ReadonlyMap<string, string>,
  untilMs: number,
): string => {
  const commentOn = (sub: string): string => {
    const name = names.get(sub) ?? sub;
    return visible(name === sub ? `#   ${sub}` : `#   ${sub} ${name}`);
  };
  const lines = asked.map(({ scope, subjects }) => renderAcknowledgement(scope, subjects, untilMs));
  const comments = asked.flatMap((one) => [
    `# ${one.scope}: ${one.subjects.length} people ${effectOf(one)}`,
    ...one.subjects.map(commentOn),
  ]);
  return `${[
    '# Commit this on any Rolewarden object; its other annotations stay.',
    ...comments,
    'metadata:',
    '  annotations:',
    `    ${acknowledgementAnnotation}: |`,
    ...lines.map((line) => `      ${line}`),
  ].join('\n')}\n`;
};

/** 0: there was something to print, or nothing waits; 1: something could not be read and nothing of that is known. */
export const ackCommand = async (
  scopes: readonly string[],
  options: AckOptions,
  terminal: Terminal,
): Promise<number> => {
  const config = await requireConfig(options.config, terminal);
  const adapters = openAdapters(config, terminal);
  try {
    if (terminal.isErrTerminal) terminal.err('Reading policies, Entra groups and AWS accounts …\n');
    const { loaded, plans } = await planOnce({ ...adapters, config, signal: terminal.stopped });
    const all = waiting(plans);
    const unknown = scopes.filter((scope) => !all.some((one) => one.scope === scope));
    if (unknown.length > 0) {
      const known = all.map(({ scope }) => scope).join(', ');
      throw new AppError(
        'invalid',
        `nothing waits for an acknowledgement of ${unknown.join(', ')}; ${known === '' ? 'nothing waits at all' : `what waits: ${known}`}`,
      );
    }
    const asked = scopes.length === 0 ? all : all.filter(({ scope }) => scopes.includes(scope));
    if (asked.length === 0) terminal.err('nothing waits for an acknowledgement\n');
    else terminal.out(renderAck(asked, namesOf(plans), systemClock.now() + options.for));
    return loaded.poll.message === '' && loaded.policies.errors === 0 ? 0 : 1;
  } finally {
    adapters.close();
  }
};
