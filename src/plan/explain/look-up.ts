// What a look-up of the person alone said, where the groups do not tell.

import type { UserStanding } from '../../domain/directory.ts';
import type { Scene } from './scene.ts';

/** undefined: not looked up, or not to be had. */
export const standingOf = ({ userStanding }: Pick<Scene, 'userStanding'>): UserStanding['is'] | undefined =>
  userStanding?.state === 'present' ? userStanding.value.is : undefined;

/** Whether Entra says that there is no such user: then there is nothing to be said of her groups. */
export const isGone = (scene: Scene): boolean =>
  scene.found.person === undefined && ['deleted', 'notFound'].includes(standingOf(scene) ?? '');
