// Who may enter a role: whom the policy names and whom it does not name any more, until when and why; and who is denied.

import { minuteOf } from '../../domain/moment.ts';
import type {
  DeniedStatus,
  DeniesStatus,
  HeldStatus,
  RoleStatus,
  SubjectStatus,
  UnwrittenStatus,
} from '../status-document.ts';
import { withoutName } from '../labels.ts';
import { thousands } from '../words.ts';
import { type Markup, type Part, markup, sentence } from './markup.ts';
import { type Row, moment, none, personName, state, table } from './parts.ts';

/** Held or unwritten changes of one person. */
type Waiting = ReadonlyMap<string, readonly (HeldStatus | UnwrittenStatus)[]>;

const waitingIn = ({ held, unwritten }: RoleStatus): Waiting => {
  const found = new Map<string, (HeldStatus | UnwrittenStatus)[]>();
  for (const one of [...held, ...unwritten])
    if (one.subject !== null) found.set(one.subject, [...(found.get(one.subject) ?? []), one]);
  return found;
};

const reasonOf = (change: HeldStatus | UnwrittenStatus): string =>
  'reason' in change ? change.reason : 'WriteFailed';

const isHeld = (change: HeldStatus | UnwrittenStatus): change is HeldStatus => 'reason' in change;

/** How a person whom the policy names stands to the trust policy. */
const standing = ({ sub }: SubjectStatus, waiting: Waiting, role: RoleStatus): Markup => {
  const changes = waiting.get(sub) ?? [];
  const grant = changes.find(({ kind }) => kind === 'grant');
  if (grant !== undefined)
    return markup`${state(isHeld(grant) ? 'waits' : 'not written', isHeld(grant) ? 'held' : 'failed')} <code>${reasonOf(grant)}</code>`;
  const [other] = changes;
  if (other !== undefined)
    return markup`${state('in', 'ready')} <span class="soft">a change waits</span> <code>${reasonOf(other)}</code>`;
  return role.state === 'unknown' ? state('not known', 'unknown') : state('in', 'ready');
};

const untilText = (until: string | null, nowMs: number): Part =>
  until === null ? none('no end') : moment(until, nowMs);

const named = (one: SubjectStatus, waiting: Waiting, role: RoleStatus, nowMs: number): Row => {
  const { label, sub, kind, until, why, isBreakGlass } = one;
  return {
    cells: [
      [
        personName(label, sub),
        kind === 'servicePrincipal' && markup` <span class="badge">service principal</span>`,
        isBreakGlass && markup` <strong class="badge">break-glass</strong>`,
      ],
      standing(one, waiting, role),
      untilText(until, nowMs),
      why,
    ],
  };
};

/**
 * Whom the policy does not name, or not any more, and of whom something waits: she is still in, or not let in yet.
 */
const other = (change: HeldStatus | UnwrittenStatus): Row => {
  const { subject, label, kind, why } = change;
  const sub = subject ?? '';
  const isLeaving = kind === 'revoke';
  return {
    cells: [
      personName(label, sub),
      markup`${state(isLeaving ? 'still in' : 'waits', isHeld(change) ? 'held' : 'failed')} <code>${reasonOf(change)}</code>`,
      isLeaving ? none('should be out') : undefined,
      sentence(withoutName(why, sub, label ?? sub)),
    ],
  };
};

export const peopleTable = (heading: string, role: RoleStatus, nowMs: number): Part => {
  const waiting = waitingIn(role);
  const { admitted } = role;
  const names = new Set(admitted.map(({ sub }) => sub));
  const others = [...waiting].filter(([sub]) => !names.has(sub)).flatMap(([, [first]]) => first ?? []);
  if (admitted.length + others.length === 0) return markup`<p>Nobody by name.</p>`;
  return table(
    heading,
    [
      { title: 'Who', look: 'name' },
      { title: 'State', look: 'name' },
      { title: 'Until', look: 'name' },
      { title: 'Why', look: 'text' },
    ],
    [...others.map(other), ...admitted.map((one) => named(one, waiting, role, nowMs))],
  );
};

const hows: Readonly<Record<string, string>> = {
  removed: 'she was taken out of the policy',
  left: 'she left, as Entra proves',
  ended: 'her time was over, or she is locked out',
};

const denied = ({ label, sub, until, since, sessionsBefore, how }: DeniedStatus, nowMs: number): Row => ({
  cells: [
    personName(label, sub),
    sessionsBefore === null
      ? 'all sessions'
      : ['sessions from before ', moment(sessionsBefore, nowMs), ', since she came back'],
    moment(until, nowMs),
    `${hows[how] ?? how}; put out by ${minuteOf(Date.parse(since))}`,
  ],
});

export const deniesTable = (heading: string, denies: DeniesStatus, nowMs: number): Part => {
  const { chars, quotaChars, people, everybody } = denies;
  return [
    everybody !== null &&
      markup`<p><strong>Everybody signs in again</strong> whose session began before ${moment(everybody.sessionsBefore, nowMs)}; that is denied until ${moment(everybody.until, nowMs)}.</p>`,
    people.length > 0 &&
      table(
        heading,
        [
          { title: 'Who', look: 'name' },
          { title: 'What is denied', look: 'name' },
          { title: 'Until', look: 'name' },
          { title: 'Because', look: 'text' },
        ],
        people.map((one) => denied(one, nowMs)),
      ),
    markup`<p class="soft">${people.length === 0 && everybody === null && 'Ends only. '}${thousands(chars)} of ${thousands(quotaChars)} characters that are kept for denies.</p>`,
  ];
};
