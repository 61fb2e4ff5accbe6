// How people get in: what admits them, and what the trust policy of the role says.

import { minuteOf } from '../../domain/moment.ts';
import { type Change, subjectOf } from '../../domain/change.ts';
import type { Link } from '../../domain/explanation.ts';
import type { HeldChange } from '../../domain/plan.ts';
import { heldText, info, ok, stops, unknown } from './link.ts';
import type { Scene } from './scene.ts';
import { isMember } from './ways-in.ts';

export const admissionLink = ({ policy, ways, isFuture }: Scene): Link => {
  const members = ways.filter((way) => isMember(way, isFuture));
  const isNested = members.length > 0 && members.every((way) => way.isDirect === false);
  const nested = isNested
    ? '. She is a member through a group inside, and Entra gives app roles to direct members only: assign it to that group, or to her'
    : '';
  return info(
    'admission',
    policy.role.admission === 'appRole'
      ? `appRole: the trust policy names nobody; whoever Entra assigns the app role may enter, and what is assigned is not read here${nested}`
      : `members: the trust policy names each one; Entra asks for the app role besides, and what is assigned there is not read here${nested}`,
  );
};

const isOfTrust = ({ detail }: Change): boolean => detail.kind === 'grant' || detail.kind === 'revoke';

/** Of the changes that are hers, or everybody's, the one that speaks for her. */
const decisive = <T>(
  all: readonly T[],
  changeOf: (one: T) => Change,
  sub: string | undefined,
): T | undefined => {
  const rank = (change: Change): number => {
    if (isOfTrust(change) && sub !== undefined && subjectOf(change) === sub) return 0;
    if (change.detail.kind === 'createRole') return 1;
    if (isOfTrust(change) && subjectOf(change) === undefined) return 2;
    return 3;
  };
  return all
    .map((one) => ({ one, rank: rank(changeOf(one)) }))
    .filter((ranked) => ranked.rank < 3)
    .sort((a, b) => a.rank - b.rank)[0]?.one;
};

interface Pending {
  /** Why AWS is not as the policy wants. */
  readonly sentence: string;
  readonly fix: string;
}

const ofHeld = (held: HeldChange): Pending => ({ sentence: heldText(held), fix: held.hold.message });

const nextSweep = (what: string): Pending => ({
  sentence: 'the next sweep writes it',
  fix: `let the controller run (\`rolewarden run\`): its next sweep ${what}`,
});

/** Why the trust policy says otherwise than the policy wants; undefined: nothing is known of it. */
const pendingOf = ({ planned, sub }: Scene, what: string): Pending | undefined => {
  const held = decisive(planned?.held ?? [], ({ change }) => change, sub);
  if (held !== undefined) return ofHeld(held);
  if (decisive(planned?.apply ?? [], (change) => change, sub) !== undefined) return nextSweep(what);
  return planned?.unknownBecause === undefined
    ? undefined
    : { sentence: planned.unknownBecause, fix: planned.unknownBecause };
};

const refused = (scene: Scene): Link => {
  const { entry, role, wish, isFuture } = scene;
  const ended =
    entry.endedAtMs === undefined
      ? ''
      : `; the statement that named her ended at ${minuteOf(entry.endedAtMs)}`;
  const says =
    role.state === 'absent' ? entry.because : `the trust policy refuses her: ${entry.because}${ended}`;
  const pending = pendingOf(scene, 'lets her in');
  if (wish.is === 'in')
    return stops(
      'trust',
      `${says}. The policy wants her in${pending === undefined ? '' : `; ${pending.sentence}`}`,
      pending?.fix ?? entry.because,
    );
  // What holds a newcomer of whom something is unknown.
  const doubt = scene.planned?.held.find(
    ({ change }) => scene.sub !== undefined && subjectOf(change) === scene.sub,
  );
  const wished =
    wish.is === 'unknown' ? '' : isFuture ? ', as the policy wants then' : ', as the policy wants';
  return stops(
    'trust',
    `${says}${doubt === undefined ? wished : `; ${heldText(doubt)}`}`,
    doubt?.hold.message,
  );
};

export const trustLink = (scene: Scene): Link => {
  const { entry, wish, policy, isFuture } = scene;
  if (entry.decision === 'unknown') return unknown('trust', entry.because, entry.because);
  if (entry.decision === 'denied') return refused(scene);
  const until = entry.untilMs === undefined ? '' : ` until ${minuteOf(entry.untilMs)}`;
  const then = isFuture ? ', with what is written until then' : '';
  const says = `the trust policy lets her in${until}: ${entry.because}${then}`;
  const isByAssignment = policy.role.admission === 'appRole';
  if (wish.is === 'in' || isByAssignment) return ok('trust', says);
  if (wish.is === 'unknown')
    return ok(
      'trust',
      `${says}. It stays so, while it is not known whether the policy wants her in: ${wish.because}`,
    );
  const pending = pendingOf(scene, 'puts her out');
  const why = pending === undefined ? '' : `; ${pending.sentence}`;
  return { ...ok('trust', `${says}. The policy does not want her in${why}`), fix: pending?.fix };
};
