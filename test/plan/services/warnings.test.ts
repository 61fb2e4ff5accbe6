// What somebody should know of a bound service, though it holds nothing.

import { describe, expect, it } from 'vitest';
import { present } from '../../../src/domain/reading.ts';
import { type ServiceParts, definition, service, servicePlanOf } from './scene.ts';

const serving = (
  of: Parameters<typeof service>[0],
  revision: Parameters<typeof definition>[1] = {},
  binding: NonNullable<ServiceParts['binding']> = {},
): readonly string[] =>
  servicePlanOf({
    binding,
    ecs: { service: present(service(of)), definitions: [definition(7, revision)] },
  }).warnings;

describe('a service', () => {
  it('that is as it should be needs no warning', () => {
    expect(serving({})).toEqual([]);
  });

  it.each([
    [
      'in host mode',
      { networkMode: 'host' },
      /host\), so they can also get the credentials of the instance's role/,
    ],
    ['in bridge mode', { networkMode: 'bridge' }, /bridge\), so they can also get/],
    ['with the mode of the platform', { networkMode: undefined }, /bridge\), so they can also get/],
  ] as const)('on EC2 %s reaches the role of its instance', (_name, revision, sentence) => {
    const [warning, ...others] = serving({ launchType: 'EC2', platformVersion: undefined }, revision);
    expect(others).toEqual([]);
    expect(warning).toMatch(sentence);
    expect(warning).toMatch(/use awsvpc, or block the instance metadata for tasks/);
  });

  it('on EC2 with a network of its own does not, nor on Fargate', () => {
    expect(serving({ launchType: 'EC2' }, { networkMode: 'awsvpc' })).toEqual([]);
    expect(serving({ launchType: 'FARGATE' }, { networkMode: undefined })).toEqual([]);
  });

  it('by a capacity provider may be on EC2: its network mode decides', () => {
    expect(serving({ launchType: undefined }, { networkMode: 'host' })).toHaveLength(1);
    expect(serving({ launchType: undefined }, { networkMode: 'awsvpc' })).toEqual([]);
  });

  it('of which nothing runs does not prove its role', () => {
    expect(serving({ desiredCount: 0, runningCount: 0 }).join()).toMatch(
      /desired count is 0: nothing runs, so whether its tasks can start with the role is not known/,
    );
  });

  it('without a circuit breaker that rolls back tries for ever; only who deploys has to know', () => {
    expect(serving({ rollsBack: false }).join()).toMatch(/deploymentCircuitBreaker \{ enable, rollback \}/);
    expect(serving({ rollsBack: false }, {}, { rollout: 'notify' })).toEqual([]);
  });

  it('on which ECS Exec was left enabled, and nobody looks after it', () => {
    expect(serving({}, {}, { exec: false }).join()).toMatch(
      /ECS Exec is enabled on the service, and the binding/,
    );
    expect(serving({ enableExecuteCommand: false }, {}, { exec: false })).toEqual([]);
  });
});
