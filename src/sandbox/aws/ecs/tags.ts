// Tags of ECS things: how they are read from requests and shown in answers, and the operations on them.

import type { Json, JsonObject } from '../../../domain/statement.ts';
import { clusterArn, clusterNameOf, parseTaskDefinition } from './arns.ts';
import { type EcsCall, type EcsOperations } from './call.ts';
import { invalidParameter, noCluster } from './ecs-errors.ts';
import type { Tags } from './ecs-store.ts';
import { objectList, optionalText, textList } from '../json-protocol.ts';

const quota = 50;

const checkTag = (key: string, value: string): void => {
  if (key === '' || key.length > 128 || value.length > 256) {
    throw invalidParameter('The tag key must have 1 to 128 characters, the tag value up to 256.');
  }
  if (/^aws:/i.test(key)) {
    throw invalidParameter('Tag keys beginning with aws: are reserved for internal use.');
  }
};

const checkQuota = (tags: Tags): Tags => {
  const own = Object.keys(tags).filter((key) => !key.startsWith('aws:'));
  if (own.length > quota) throw invalidParameter(`The number of tags exceeds the maximum of ${quota}.`);
  return tags;
};

/** The tags of a request, or none. */
export const tagsOf = (input: JsonObject): Tags => {
  const tags = objectList(input, 'tags').map((tag) => {
    const key = optionalText(tag, 'key') ?? '';
    const value = optionalText(tag, 'value') ?? '';
    checkTag(key, value);
    return [key, value] as const;
  });
  return checkQuota(Object.fromEntries(tags));
};

export const tagsJson = (tags: Tags): readonly Json[] =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));

/** The condition keys of the tags that a request brings. */
export const requestTagContext = (tags: Tags): Readonly<Record<string, readonly string[]>> =>
  Object.keys(tags).length === 0
    ? {}
    : {
        ...Object.fromEntries(
          Object.entries(tags).map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, [value]]),
        ),
        'aws:tagkeys': Object.keys(tags),
      };

/** Whoever creates something with tags needs the right to tag it too. */
export const authorizeTagsAtCreation = (
  call: EcsCall,
  operation: string,
  resource: string,
  tags: Tags,
): void => {
  if (Object.keys(tags).length === 0) return;
  const context = { ...requestTagContext(tags), 'ecs:createaction': [operation] };
  call.authorize({ action: 'ecs:TagResource', resource, context });
};

interface Tagged {
  tags: Tags;
}

const find = ({ region }: EcsCall, arn: string): Tagged | undefined => {
  const kind = /^arn:[^/]*:([a-z-]+)\//.exec(arn)?.[1];
  if (kind === 'service') {
    const service = region.services.get(arn);
    return service?.arn === arn && service.status !== 'INACTIVE' ? service : undefined;
  }
  if (kind === 'task') return [region.tasks.get(arn)].find((task) => task?.arn === arn);
  if (kind === 'cluster') {
    const cluster = region.clusters.get(clusterNameOf(arn));
    return cluster?.arn === arn && cluster.status === 'ACTIVE' ? cluster : undefined;
  }
  if (kind !== 'task-definition') return undefined;
  const wanted = parseTaskDefinition(region, arn);
  return region.families.get(wanted?.family ?? '')?.find((one) => one.revision === wanted?.revision);
};

/** The ARN that the request is about, with what it names if that exists. */
const subjectOf = (call: EcsCall): { readonly arn: string; readonly tagged: Tagged | undefined } => {
  const arn = optionalText(call.input, 'resourceArn') ?? '';
  if (!arn.startsWith('arn:')) throw invalidParameter('Invalid resource ARN');
  if (/:(service|task)\/[^/]+$/.test(arn)) {
    throw invalidParameter('Long arn format must be used for tagging operations');
  }
  return { arn, tagged: find(call, arn) };
};

const required = (call: EcsCall, arn: string, tagged: Tagged | undefined): Tagged => {
  if (tagged !== undefined) return tagged;
  if (arn.startsWith(clusterArn(call.region, ''))) throw noCluster();
  const kind = (/^arn:[^/]*:([a-z-]+)\//.exec(arn)?.[1] ?? 'resource').replace('-', ' ');
  throw invalidParameter(`The specified ${kind} is not found. Specify a valid ${kind} ARN and try again.`);
};

export const tagOperations: EcsOperations = {
  TagResource(call) {
    const { arn, tagged } = subjectOf(call);
    const tags = tagsOf(call.input);
    const context = requestTagContext(tags);
    call.authorize({ action: 'ecs:TagResource', resource: arn, tags: tagged?.tags, context });
    const found = required(call, arn, tagged);
    found.tags = checkQuota({ ...found.tags, ...tags });
    return {};
  },
  UntagResource(call) {
    const { arn, tagged } = subjectOf(call);
    const keys = textList(call.input, 'tagKeys');
    for (const key of keys) checkTag(key, '');
    const context = { 'aws:tagkeys': keys };
    call.authorize({ action: 'ecs:UntagResource', resource: arn, tags: tagged?.tags, context });
    const found = required(call, arn, tagged);
    found.tags = Object.fromEntries(Object.entries(found.tags).filter(([key]) => !keys.includes(key)));
    return {};
  },
  ListTagsForResource(call) {
    const { arn, tagged } = subjectOf(call);
    call.authorize({ action: 'ecs:ListTagsForResource', resource: arn, tags: tagged?.tags });
    return { tags: tagsJson(required(call, arn, tagged).tags) };
  },
};
