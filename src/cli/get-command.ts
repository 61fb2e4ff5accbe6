// `rolewarden get`: the status of a running controller, asked over its API.

import { AppError } from '../domain/errors.ts';
import { knowsOnlyPart } from '../report/render-replica.ts';
import { renderStatus } from '../report/render-status.ts';
import type { StatusDocument } from '../report/status.ts';
import { askController } from './ask-controller.ts';
import { counted } from '../report/words.ts';
import { type Terminal, wantsColor } from './output.ts';
import { systemClock } from './wiring.ts';

export interface GetOptions {
  readonly url: string;
  readonly output: 'text' | 'json';
  readonly wide?: boolean;
}

const timeLimitMs = 10_000;

/** What the status says of one policy or binding; a policy's shells among it. */
const only = (name: string, whole: StatusDocument): StatusDocument => {
  const policies = whole.policies.filter((one) => one.name === name);
  const services = whole.services.filter(
    ({ binding, exec }) => binding?.name === name || exec?.policies.includes(name) === true,
  );
  if (policies.length + services.length > 0) return { ...whole, policies, services };
  const known = [
    ...whole.policies.map((one) => one.name),
    ...whole.services.flatMap(({ binding }) => binding?.name ?? []),
  ].join(', ');
  const elsewhere = knowsOnlyPart(whole)
    ? `, and looks after only ${whole.replica?.accounts.length} of ${counted(whole.sources.policies.accounts, 'account')}: ask the other replicas too`
    : '';
  throw new AppError(
    'invalid',
    `no policy or binding is called ${name}; the controller knows ${known === '' ? 'none' : known}${elsewhere}`,
  );
};

/** 0 when a controller answered, whatever it said. */
export const getCommand = async (
  name: string | undefined,
  options: GetOptions,
  terminal: Terminal,
): Promise<number> => {
  const whole = await askController<StatusDocument>(
    { base: options.url, path: '/api/v1/status', timeLimitMs },
    terminal,
  );
  const status = name === undefined ? whole : only(name, whole);
  const color = wantsColor(terminal, terminal.isOutTerminal);
  const now = new Date(systemClock.now());
  terminal.out(renderStatus(status, options.output, { color, now, wide: options.wide ?? false }));
  return 0;
};
