// Whether a plan was made without knowing everything: the exit codes of `plan` and `run --once` say so.

import { type Plan, objectsOf } from '../domain/plan.ts';

/** true when a role or service could not be judged, or a change waits because something could not be read. */
export const hasUnread = (plan: Plan): boolean =>
  objectsOf(plan).some(
    ({ state, held }) => state === 'unknown' || held.some(({ hold }) => hold.reason === 'unreadable'),
  ) || plan.execReadiness.some(({ reason }) => reason === 'unreadable');
