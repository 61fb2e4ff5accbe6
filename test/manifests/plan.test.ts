// The plan of a pull request, by the role that may only read, for a place where people must not be named.

import { afterEach, describe, expect, it } from 'vitest';
import { endAll, type Rig, startRig } from '../process/harness.ts';
import { deployedDemo, readerName } from './deployed-demo.ts';

afterEach(endAll);

const planOf = (rig: Rig, ...more: readonly string[]) =>
  rig.run(['plan', '--output', 'markdown', '--people', 'counts', '--spoke-role', readerName, ...more]);

describe('rolewarden plan in a pull request', () => {
  it('says how many gain and lose, names nobody, and asks for nothing that the reader may not have', async () => {
    const rig = await startRig({ world: deployedDemo(), bindings: true });
    const asked = new Set<string>();
    const refused: string[] = [];
    rig.sandbox.aws.onAsked(({ callerArn, request, isRefused }) => {
      if (callerArn.includes(':assumed-role/')) asked.add(callerArn.split('/')[1] ?? '');
      if (isRefused) refused.push(request.action);
    });
    const { code, stdout, stderr } = await planOf(rig);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(stdout).toContain('- `+` `3 ×` **gains access**');
    expect(stdout + stderr).not.toMatch(/contoso\.com|b1000000-/);
    expect([...asked]).toEqual([readerName]);
    expect(refused).toEqual([]);
    expect(rig.awsWrites()).toEqual([]);
  });

  it('ends with 1 where the reader is not there', async () => {
    const rig = await startRig();
    const { code, stdout } = await planOf(rig);
    expect(code).toBe(1);
    expect(stdout).toContain(`:role/${readerName}: check the role`);
  });

  it('is refused as JSON, which names everybody', async () => {
    const rig = await startRig();
    const { code, stdout, stderr } = await planOf(rig, '--output', 'json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('--people counts is for text and markdown');
  });
});
