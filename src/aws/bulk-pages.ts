// The SDK's XML reader puts every text together character by character, each with an object of its own: for the pages of
// the bulk read that is most of a sweep's time and memory. So the roles are taken out of these pages before the SDK reads
// them, only with what a sweep needs, and put into what it read. Pages that are not as expected are left to the SDK.

import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { IAMClient } from '@aws-sdk/client-iam';
import { type Shape, type Taken, takeElement } from './plain-xml.ts';

interface Roles {
  /** The element that holds the roles, and the field of the SDK's output. */
  readonly name: 'RoleDetailList' | 'Roles';
  readonly shape: Shape;
}

const fields = (more: Readonly<Record<string, Shape>>, ...texts: readonly string[]): Shape => ({
  fields: { ...Object.fromEntries(texts.map((name) => [name, 'text'])), ...more },
});

/** The commands of the bulk read. */
const rolesOf: Readonly<Record<string, Roles>> = {
  GetAccountAuthorizationDetailsCommand: {
    name: 'RoleDetailList',
    shape: {
      list: fields(
        {
          Tags: { list: fields({}, 'Key', 'Value') },
          PermissionsBoundary: fields({}, 'PermissionsBoundaryArn'),
          RoleLastUsed: fields({}, 'LastUsedDate'),
          RolePolicyList: { list: fields({}, 'PolicyName', 'PolicyDocument') },
          AttachedManagedPolicies: { list: fields({}, 'PolicyArn') },
        },
        'RoleName',
        'RoleId',
        'Path',
        'Arn',
        // As text, where the SDK's own reader makes a Date of it, as of the one of the last use.
        'CreateDate',
        'AssumeRolePolicyDocument',
      ),
    },
  },
  ListRolesCommand: {
    name: 'Roles',
    shape: { list: fields({ MaxSessionDuration: 'number' }, 'RoleName', 'RoleId', 'Description') },
  },
};

interface HttpAnswer {
  statusCode: number;
  body: Readable | Uint8Array;
}

const isStreaming = (response: unknown): response is HttpAnswer & { readonly body: Readable } =>
  typeof response === 'object' &&
  response !== null &&
  'statusCode' in response &&
  'body' in response &&
  response.body instanceof Readable;

export const readRolesApart = (client: IAMClient): void => {
  const taken = new WeakMap<object, Taken>();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const { response } = result;
      const roles = rolesOf[context.commandName ?? ''];
      if (roles === undefined || !isStreaming(response) || response.statusCode !== 200) return result;
      // A broken connection throws out of what reads; it may also be told once more, when nobody listens.
      response.body.on('error', () => {});
      const xml = await text(response.body);
      const found = takeElement(xml, roles.name, roles.shape);
      if (found !== undefined) taken.set(context, found);
      (response as HttpAnswer).body = Buffer.from(found?.rest ?? xml, 'utf8');
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'rolewardenTakeRolesOut' },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const found = taken.get(context);
      taken.delete(context);
      const roles = rolesOf[context.commandName ?? ''];
      if (found !== undefined && roles !== undefined && result.output !== undefined)
        Object.assign(result.output, { [roles.name]: found.value });
      return result;
    },
    { step: 'deserialize', priority: 'high', name: 'rolewardenPutRolesBack' },
  );
  // It copies whole answers for a log that nobody keeps.
  client.middlewareStack.remove('loggerMiddleware');
};
