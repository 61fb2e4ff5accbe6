// What this adapter refuses to ask of ECS, whatever it is asked for: the last check before a request.

import { isShortArn, type ServicePlace } from '../domain/ecs.ts';
import { AppError } from '../domain/errors.ts';
import type { Account } from '../domain/policy.ts';

/** [ECS API reference: letters, digits, underscores, hyphens] */
const resourceName = /^[\w-]{1,255}$/;

const named = (place: ServicePlace): string => `service ${place.cluster}/${place.service}`;

export const checkRegion = (account: Account, region: string): void => {
  if (account.regions.includes(region)) return;
  throw new AppError(
    'invalid',
    `${region} is not among the regions of account ${account.meta.name}: add it to the account's regions, or correct it`,
    { code: 'ForeignRegion', resource: `region ${region}` },
  );
};

/** An empty cluster would be the one called `default`. */
export const checkPlace = (account: Account, place: ServicePlace): void => {
  checkRegion(account, place.region);
  for (const name of [place.cluster, place.service]) {
    if (resourceName.test(name)) continue;
    throw new AppError(
      'invalid',
      `${JSON.stringify(name.slice(0, 80))} is not a name of a cluster or service that ECS allows: use 1 to 255 letters, digits, _ and -`,
      { code: 'InvalidName' },
    );
  }
};

export const checkMayWrite = (account: Account): void => {
  if (account.ecsWrites) return;
  throw new AppError(
    'denied',
    `nothing is changed in the ECS of account ${account.meta.name}: allow it with ecsWrites: true in its Account`,
    { code: 'EcsWritesNotAllowed', resource: `account ${account.meta.name}` },
  );
};

/** A bare family would be its newest revision, which may be somebody's half-finished work. */
export const checkRevision = (account: Account, region: string, arn: string): void => {
  const { partition, accountId } = account;
  const start = `arn:${partition}:ecs:${region}:${accountId}:task-definition/`;
  if (arn.startsWith(start) && /^[\w-]{1,255}:\d{1,9}$/.test(arn.slice(start.length))) return;
  throw new AppError(
    'invalid',
    `${JSON.stringify(arn.slice(0, 200))} is not the ARN of a revision in ${region} of account ${account.meta.name}: name it in full, as ${start}family:revision`,
    { code: 'InvalidRevision', resource: `region ${region}` },
  );
};

/** Only the service that is named is tagged; by an ARN without its cluster, ECS tags nothing. */
export const checkServiceArn = (account: Account, place: ServicePlace, arn: string): void => {
  if (isShortArn(arn)) {
    throw new AppError(
      'invalid',
      `${named(place)} has an ARN of the short form (${arn}), and ECS tags nothing by it: make the service anew, so that it gets a long one`,
      { code: 'ShortArn', resource: named(place) },
    );
  }
  const { partition, accountId } = account;
  const own = `arn:${partition}:ecs:${place.region}:${accountId}:service/${place.cluster}/${place.service}`;
  if (arn === own) return;
  throw new AppError('invalid', `${arn} is not the ARN of ${named(place)}: tag ${own}`, {
    code: 'ForeignArn',
    resource: named(place),
  });
};
