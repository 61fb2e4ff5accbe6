// `rolewarden get`: the status of a running controller, asked over its API.

import { AppError } from '../domain/errors.ts';
import { renderStatus } from '../report/render-status.ts';
import type { StatusDocument } from '../report/status.ts';
import { type Terminal, wantsColor } from './output.ts';
import { systemClock } from './wiring.ts';

export interface GetOptions {
  readonly url: string;
  readonly format: 'text' | 'json';
  readonly wide?: boolean;
}

const timeLimitMs = 10_000;

const fetchStatus = async (base: string, terminal: Terminal): Promise<StatusDocument> => {
  const url = new URL('/api/v1/status', base);
  const advice =
    'is `rolewarden run` running, and does --url name its api address (spec.api of the ControllerConfig)?';
  const response = await fetch(url, {
    signal: AbortSignal.any([terminal.stopped, AbortSignal.timeout(timeLimitMs)]),
  }).catch((cause: unknown) => {
    throw new AppError('transient', `no controller answers at ${url.href}; ${advice}`, { cause });
  });
  if (!response.ok) throw new AppError('invalid', `${url.href} answered ${response.status}; ${advice}`);
  return (await response.json()) as StatusDocument;
};

/** 0 when a controller answered, whatever it said. */
export const getCommand = async (
  policy: string | undefined,
  options: GetOptions,
  terminal: Terminal,
): Promise<number> => {
  const whole = await fetchStatus(options.url, terminal);
  const policies =
    policy === undefined ? whole.policies : whole.policies.filter((one) => one.name === policy);
  if (policy !== undefined && policies.length === 0) {
    const known = whole.policies.map((one) => one.name).join(', ');
    throw new AppError(
      'invalid',
      `no policy is called ${policy}; the controller knows ${known === '' ? 'none' : known}`,
    );
  }
  const color = wantsColor(terminal, terminal.isOutTerminal);
  const now = new Date(systemClock.now());
  terminal.out(
    renderStatus({ ...whole, policies }, options.format, { color, now, wide: options.wide ?? false }),
  );
  return 0;
};
