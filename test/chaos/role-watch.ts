// Watches the roles in AWS: every change is either somebody's edit, which is noted, or a write of the controller, which every
// invariant is asked about.

import type { SandboxRole } from '../../src/sandbox/aws/aws-cloud.ts';
import { type Access, accessOf } from './access.ts';
import type { Clouds } from './clouds.ts';
import { writeInvariants } from './invariants/of-writes.ts';
import type { RoleRead, Witnesses } from './invariants/write-invariant.ts';
import type { Place } from './model.ts';
import { accountIds, accountNameOf } from './scene.ts';
import type { Crossing } from './wire.ts';

export interface RoleWatch {
  /** A request of the controller, which may have looked at a role. */
  noteCrossing(crossing: Crossing): void;
  /** A new process has looked at nothing yet. */
  forgetLooks(): void;
}

export interface RoleWatchOptions extends Pick<Witnesses, 'model' | 'records'> {
  readonly clouds: Clouds;
  /** The time in the clouds, and that of the records. */
  readonly now: () => number;
  readonly recordedNow: () => number;
  /** Whether what is changed just now is changed by somebody else. */
  readonly isByHand: () => boolean;
  /** What the controller's sweep of this place rests on; undefined: there is none. */
  readonly witnesses: (place: Place) => Witnesses | undefined;
  readonly violate: (message: string) => void;
}

const keyOf = ({ account, roleName }: Place): string => `${account}/${roleName}`;

export const watchRoles = (options: RoleWatchOptions): RoleWatch => {
  const { clouds, model, records, violate } = options;
  /** Every role as it was after the last change. */
  const known = new Map<string, { readonly role: SandboxRole | undefined }>();
  const looks = new Map<string, RoleRead>();
  const roleAt = ({ account, roleName }: Place): SandboxRole | undefined =>
    clouds.aws.roles(accountIds[account]).find(({ name }) => name === roleName);
  const accessAt = (place: Place): Access => accessOf(roleAt(place), place.account, options.now());

  clouds.aws.onMutation(({ accountId, operation, resource: roleName }) => {
    if (roleName === undefined) return;
    const place = { account: accountNameOf(accountId), roleName };
    const last = known.get(keyOf(place));
    // Time may have taken access away since it was last looked at.
    const before = accessOf(last?.role, place.account, options.now());
    const [after, role] = [accessAt(place), roleAt(place)];
    known.set(keyOf(place), { role });
    const moment = model.tick();
    if (options.isByHand()) {
      records.noteEdit(place, { moment, atMs: options.recordedNow(), before, after });
      return;
    }
    const what = `${operation} on ${roleName} in ${place.account}`;
    const witnesses = options.witnesses(place);
    if (witnesses === undefined) {
      violate(`${what} without any sweep`);
      return;
    }
    const read = looks.get(keyOf(place));
    const write = { operation, place, before, after, read, role, roleBefore: last?.role };
    for (const { name, check } of writeInvariants) {
      const broken = check(write, witnesses);
      if (broken !== undefined) violate(`${name}: ${what} ${broken}`);
    }
  });

  return {
    noteCrossing: ({ what, accountId }) => {
      const [, part, roleName] = /^iam GetRole(Policy)? (\S+)$/.exec(what) ?? [];
      if (roleName === undefined || accountId === undefined) return;
      const place = { account: accountNameOf(accountId), roleName };
      const moment = model.tick();
      const headMoment = part === undefined ? moment : (looks.get(keyOf(place))?.headMoment ?? moment);
      looks.set(keyOf(place), { moment, headMoment, access: accessAt(place) });
    },
    forgetLooks: () => looks.clear(),
  };
};
