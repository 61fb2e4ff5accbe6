// `rolewarden ack`: what to commit so that a large change that waits for a person's word goes on. It changes nothing itself.

import {
  type Acknowledgeable,
  acknowledgementAnnotation,
  renderAcknowledgement,
} from '../domain/acknowledgement.ts';
import { AppError } from '../domain/errors.ts';
import { isoSeconds } from '../domain/moment.ts';
import { type Plan, objectsOf } from '../domain/plan.ts';
import { compareText } from '../domain/statement.ts';
import { planOnce } from '../reconcile/run-once.ts';
import { visible } from '../report/terminal.ts';
import { type Terminal } from './output.ts';
import { withProgress } from './progress.ts';
import { openAdapters, requireConfig, systemClock } from './wiring.ts';

export interface AckOptions {
  readonly config: string;
  /** How long the acknowledgement is to be valid, milliseconds. */
  readonly for: number;
  readonly output: 'text' | 'json';
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
        ...admitted().map(({ sub, label }) => [sub, label] as const),
      ]),
  );

const isOfNewcomers = ({ scope }: Acknowledgeable): boolean => scope.startsWith('newcomers:');

const nameIn = (names: ReadonlyMap<string, string>, sub: string): string => names.get(sub) ?? sub;

/** The YAML for these scopes, with the people in comments for whoever reviews it; by name where `names` has it. */
export const renderAck = (
  asked: readonly Acknowledgeable[],
  names: ReadonlyMap<string, string>,
  untilMs: number,
): string => {
  const commentOn = (sub: string): string => {
    const name = nameIn(names, sub);
    return visible(name === sub ? `#   ${sub}` : `#   ${sub} ${name}`);
  };
  const lines = asked.map(({ scope, subjects }) => renderAcknowledgement(scope, subjects, untilMs));
  const comments = asked.flatMap((one) => [
    `# ${one.scope}: ${one.subjects.length} people ${isOfNewcomers(one) ? 'gain access' : 'lose access'}`,
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

/** The same for programs: one entry for each scope. Values of several go into one annotation, a line each. */
export const renderAckJson = (
  asked: readonly Acknowledgeable[],
  names: ReadonlyMap<string, string>,
  untilMs: number,
): string => {
  const entries = asked.map((one) => ({
    scope: one.scope,
    effect: isOfNewcomers(one) ? 'gainAccess' : 'loseAccess',
    annotation: acknowledgementAnnotation,
    value: renderAcknowledgement(one.scope, one.subjects, untilMs),
    until: isoSeconds(Math.floor(untilMs / 1_000) * 1_000),
    count: one.subjects.length,
    people: one.subjects.map((sub) => ({ sub, name: nameIn(names, sub) })),
  }));
  return `${JSON.stringify(entries, null, 2)}\n`;
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
    const { loaded, plans } = await withProgress(terminal, 'Reading', (onProgress) =>
      planOnce({ ...adapters, config, signal: terminal.stopped, onProgress }),
    );
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
    const untilMs = systemClock.now() + options.for;
    if (asked.length === 0) terminal.err('nothing waits for an acknowledgement\n');
    if (options.output === 'json') terminal.out(renderAckJson(asked, namesOf(plans), untilMs));
    else if (asked.length > 0) terminal.out(renderAck(asked, namesOf(plans), untilMs));
    return loaded.poll.message === '' && loaded.policies.errors === 0 ? 0 : 1;
  } finally {
    adapters.close();
  }
};
