// Permissions that hang on what runs in ECS: they follow it, and stay as they stand while it cannot be read.

import { describe, expect, it } from 'vitest';
import type { ObservedEcs } from '../../src/domain/ecs.ts';
import { AppError } from '../../src/domain/errors.ts';
import { accessPolicyName } from '../../src/domain/role.ts';
import { unreadable } from '../../src/domain/reading.ts';
import { type JsonObject, parseDocument } from '../../src/domain/statement.ts';
import { accessPolicy, servicePlace } from '../builders.ts';
import { type Parts, applied, desiredWith, fiveInGroup, onlyRole, planOf, roleInSync } from './scenario.ts';
import { container, definition, ecsOf } from './services/scene.ts';

const down: ObservedEcs = ecsOf({ cluster: unreadable(new AppError('transient', 'ECS answered 503')) });
const logging = (...names: readonly string[]): ObservedEcs =>
  ecsOf({
    definitions: [
      definition(7, {
        containers: names.map((name) => container({ logGroup: { region: 'eu-west-1', name } })),
      }),
    ],
  });

const raw = { Sid: 'Raw', Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::a/*' } as const;
const policyWith = (...statements: readonly object[]) =>
  accessPolicy({
    ecs: [{ ...servicePlace, services: ['api'], containers: [], allow: ['logs'] }],
    statements: statements as readonly Record<string, unknown>[],
  });
const policy = policyWith(raw);

/** The role as the controller left it when this ran. */
const roleWhile = (
  ecs: ObservedEcs,
  change?: (statements: readonly JsonObject[]) => readonly JsonObject[],
) => {
  const roles = desiredWith(fiveInGroup, { policies: [policy], ecs }).map((role) => roleInSync(role));
  if (change === undefined) return roles;
  return roles.map((role) => ({
    ...role,
    inlinePolicies: role.inlinePolicies.map(({ name, document }) => {
      const parsed = parseDocument(document);
      const statements = change(parsed.ok ? parsed.statements : []);
      return { name, document: JSON.stringify({ Version: '2012-10-17', Statement: statements }) };
    }),
  }));
};

const decided = (parts: Parts) => onlyRole(planOf({ policies: [policy], ...parts }));
const written = (parts: Parts): readonly JsonObject[] => {
  const [write] = decided(parts).writes;
  if (write?.op !== 'putInlinePolicy' || write.policyName !== accessPolicyName) return [];
  const parsed = parseDocument(write.after);
  return parsed.ok ? parsed.statements : [];
};
const sids = (statements: readonly JsonObject[]) => statements.map(({ Sid: sid }) => sid);

describe('log groups in the permissions', () => {
  it('follow what runs', () => {
    const roles = () => roleWhile(logging('/a'));
    expect(decided({ ecs: logging('/a'), roles }).state).toBe('inSync');
    expect(applied(decided({ ecs: logging('/a', '/b'), roles }))).toEqual(['putPermissions mixed']);
    expect(JSON.stringify(written({ ecs: logging('/b'), roles }))).toMatch(/log-group:\/b:/);
    expect(applied(decided({ ecs: logging(), roles }))).toEqual(['putPermissions narrows']);
    expect(applied(decided({ ecs: logging('/a'), roles: () => roleWhile(logging()) }))).toEqual([
      'putPermissions widens',
    ]);
  });

  it('stay while ECS cannot be read, and nobody says that they are right', () => {
    for (const then of [logging('/a'), logging()]) {
      const role = decided({ ecs: down, roles: () => roleWhile(then) });
      expect(role).toMatchObject({ state: 'unknown', apply: [], held: [], writes: [] });
      expect(role.unknownBecause).toMatch(
        /cluster payments in eu-west-1 could not be read: ECS answered 503/,
      );
    }
  });

  it('stay when other permissions change meanwhile', () => {
    const policies = [policyWith(raw, { Sid: 'More', Effect: 'Allow', Action: 'sqs:*', Resource: '*' })];
    const parts = { policies, ecs: down, roles: () => roleWhile(logging('/a')) };
    expect(sids(written(parts))).toEqual(['Rolewarden1Raw', 'Rolewarden2More', 'Rolewarden3LogGroups']);
    expect(applied(decided(parts))).toEqual(['putPermissions widens']);
  });

  it('are not there for a role that is made meanwhile', () => {
    expect(decided({ ecs: down, roles: () => [] }).state).toBe('apply');
  });

  it('are not what somebody else added meanwhile in their likeness', () => {
    const everything = { Sid: 'Rolewarden7LogGroups', Effect: 'Allow', Action: '*', Resource: '*' };
    const parts = { ecs: down, roles: () => roleWhile(logging('/a'), (own) => [...own, everything]) };
    expect(applied(decided(parts))).toEqual(['putPermissions narrows']);
    expect(sids(written(parts))).toEqual(['Rolewarden1Raw', 'Rolewarden2LogGroups']);
  });
});
