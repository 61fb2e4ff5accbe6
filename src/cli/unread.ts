// Whether a plan was made without knowing everything: the exit codes of `plan` and `run --once` say so.

import type { Plan } from '../domain/plan.ts';

/** true when a role could not be judged, or a change waits because something could not be read. */
export const hasUnread = (plan: Plan): boolean =>
  plan.roles.some(
    (role) => role.state === 'unknown' || role.held.some(({ hold }) => hold.reason === 'unreadable'),
  );
