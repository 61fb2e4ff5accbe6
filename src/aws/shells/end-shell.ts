// Ending a session. That AWS accepts it proves nothing, as it accepts it for sessions that never were; so it is looked at
// until it is gone. [aws.md §6]

import { AppError } from '../../domain/errors.ts';
import type { ShellSession } from '../../domain/ports.ts';
import type { Sleep } from '../sleep.ts';
import { openSessions } from './open-sessions.ts';
import { hasEnded } from './session-facts.ts';
import type { SsmRegion } from './ssm-region.ts';

/** Between one look and the next; after the last, the next sweep tries again. */
const pausesMs = [500, 1_000, 2_000];

const named = ({ id }: ShellSession): string => `session ${id}`;

const terminate = async (
  { sdk, calls, pace }: SsmRegion,
  session: ShellSession,
  signal: AbortSignal,
): Promise<void> => {
  const context = { action: 'ssm:TerminateSession', resource: named(session) };
  try {
    await calls.write(context, signal, (client, options) => {
      const command = new sdk.TerminateSessionCommand({ SessionId: session.id });
      return client.send(pace.paced('TerminateSession', command, signal), options);
    });
  } catch (error) {
    if (error instanceof AppError && error.code === 'DoesNotExistException') return;
    throw error;
  }
};

const isOpen = async (region: SsmRegion, { id }: ShellSession, signal: AbortSignal): Promise<boolean> => {
  const found = await openSessions(region, [{ key: 'SessionId', value: id }], signal);
  return found.some((session) => session.SessionId === id && !hasEnded(session));
};

/** For one that is shown as open although AWS has accepted to end it. */
export const stillOpen = (session: ShellSession): AppError =>
  new AppError(
    'transient',
    `${named(session)} of ${session.ownerArn || 'an unknown owner'} is still open in ${session.region} after ssm:TerminateSession: it is tried again in the next sweep; stop its task to be sure`,
    { resource: named(session), code: 'StillOpen' },
  );

export const endShell = async (
  region: SsmRegion,
  session: ShellSession,
  sleep: Sleep,
  signal: AbortSignal,
): Promise<void> => {
  await terminate(region, session, signal);
  for (const pauseMs of pausesMs) {
    if (!(await isOpen(region, session, signal))) return;
    await sleep(pauseMs, signal);
  }
  if (await isOpen(region, session, signal)) throw stillOpen(session);
};
