// Policies from a Git server while the controller runs: pushed, taken away with the server, and there again.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import {
  describeWithGit,
  type GitRepository,
  gitRepository,
  type Tree,
} from '../policy/git/git-repository.ts';
import { type GitServer, startGitServer } from '../policy/git/git-server.ts';
import { type Controller, type Line, type Rig, accounts, endAll, startRig, users } from './harness.ts';

const token = 'github_pat_0123456789secret';

interface Scene {
  readonly rig: Rig;
  readonly repository: GitRepository;
  readonly server: () => GitServer;
  /** Gives the commit. */
  readonly push: (change?: (files: Record<string, string>) => void) => string;
  readonly stopServer: () => Promise<void>;
  readonly restartServer: () => Promise<void>;
}

const open: { end: () => Promise<void> }[] = [];
afterEach(async () => {
  await endAll();
  for (const { end } of open.splice(0)) await end();
});

const start = async (): Promise<Scene> => {
  const repository = gitRepository();
  let server = await startGitServer(repository);
  const port = Number(new URL(server.url).port);
  const wanted = `Basic ${Buffer.from(`contoso:${token}`).toString('base64')}`;
  server.setAuthorization(wanted);
  open.push({
    end: async () => {
      await server.stop();
      repository.remove();
    },
  });
  const rig = await startRig({
    origin: `{ git: { url: ${server.url}, ref: main, path: production, auth: { token: { username: contoso } } }, interval: 1s }`,
    environment: { ROLEWARDEN_GIT_TOKEN: token },
  });
  const files: Record<string, string> = Object.fromEntries(
    readdirSync(rig.policies).map((name) => [name, readFileSync(join(rig.policies, name), 'utf8')]),
  );
  const push: Scene['push'] = (change) => {
    change?.(files);
    const tree: Tree = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [`production/${name}`, text]),
    );
    return repository.commit({ ...tree, 'README.md': 'Policies of production' });
  };
  return {
    rig,
    repository,
    server: () => server,
    push,
    stopServer: () => server.stop(),
    restartServer: async () => {
      server = await startGitServer({ ...repository, port });
      server.setAuthorization(wanted);
    },
  };
};

const state = (rig: Rig): string =>
  JSON.stringify([accounts.dev, accounts.prod].map((id) => rig.sandbox.aws.roles(id)));

const commitOf = async (controller: Controller): Promise<string | undefined> =>
  (await controller.status()).sources.policies.commit?.id;

/** Everything that the controller said, anywhere. */
const wordsOf = async (controller: Controller): Promise<string> =>
  [
    controller.stdout(),
    controller.stderr(),
    JSON.stringify([await controller.metrics(), await controller.status(), await controller.readiness()]),
  ].join('\n');

const expectNoSecret = (text: string): void => {
  for (const secret of [token, Buffer.from(`contoso:${token}`).toString('base64')])
    expect(text).not.toContain(secret);
};

describeWithGit('policies in Git', () => {
  it('are followed, stay while the server is away, and are missed by whoever starts meanwhile', async () => {
    const { rig, push, stopServer, restartServer } = await start();
    const first = push();
    const controller = await rig.startCalm();
    expect(await rig.isAdmitted(users.onCall1)).toBe(true);
    expect(await commitOf(controller)).toBe(first);
    expect(await controller.metric('rolewarden_policies_info', { commit: first })).toBe(1);
    const written = await controller.journalLine(({ event, policy }) => event === 'write' && policy !== null);
    expect(written).toMatchObject({ policyCommit: first });
    expect((written['source'] as Line)['file']).toMatch(/^production\/\w+/);

    const second = push((files) => {
      files['payments-debug.yaml'] = (files['payments-debug.yaml'] ?? '').replace(
        'maxSession: 1h',
        'maxSession: 2h',
      );
    });
    const roleOf = () => rig.sandbox.aws.roles(accounts.dev).find(({ name }) => name === 'payments-debug');
    await controller.until('the pushed change is made', () => roleOf()?.maxSessionSeconds === 7_200);
    expect(await commitOf(controller)).toBe(second);
    expect(await controller.metric('rolewarden_policies_info', { commit: first })).toBeUndefined();
    await controller.sweeps(2);

    await stopServer();
    await controller.until('the server is missed', async () =>
      (await controller.status()).sources.policies.messages.some((message) =>
        message.includes('the server cannot be reached'),
      ),
    );
    rig.sandbox.aws.requests.clear();
    const before = state(rig);
    await controller.sweeps(2);
    expect(rig.awsWrites()).toEqual([]);
    expect(state(rig)).toBe(before);
    await controller.until('the age shows', async () => {
      const age = await controller.metric('rolewarden_source_staleness_seconds', { source: 'policies' });
      return (age ?? 0) > 3;
    });
    expect(await controller.metric('rolewarden_unreadable', { source: 'policies' })).toBe(1);
    expect(await controller.metric('rolewarden_policies_info', { commit: second })).toBe(1);
    rig.sandbox.aws.editRole(accounts.dev, 'payments-debug', (role) => {
      role.trustDocument = role.trustDocument.replace(users.onCall1, `${users.onCall1}","${users.platform2}`);
    });
    await controller.until('a hand edit is repaired', async () => !(await rig.isAdmitted(users.platform2)));
    expectNoSecret(await wordsOf(controller));

    controller.kill('SIGKILL');
    await controller.ended;
    rig.sandbox.aws.requests.clear();
    const calm = state(rig);
    const next = await rig.start();
    await next.until('it says that there are none', () =>
      next
        .log()
        .some(({ msg }) =>
          /policies cannot be loaded, and there are none from before, so nothing is done: .* cannot be reached/.test(
            String(msg),
          ),
        ),
    );
    const { status, reasons } = await next.readiness();
    expect([status, reasons[0]]).toEqual([
      503,
      expect.stringMatching(
        /^the policies could not be loaded: no policies can be read from .* \(branch main\)/,
      ),
    ]);
    const shown = await rig.run(['get', '--url', next.apiUrl]);
    expect(shown.stdout).toContain('cannot be loaded, and there are none from before: nothing is done');
    const plan = await rig.run(['plan']);
    expect(plan.code).toBe(1);
    expect(plan.stderr).toMatch(/no policies can be read from .*: the server cannot be reached/);
    expect(rig.sandbox.aws.requests.list()).toEqual([]);
    expect(state(rig)).toBe(calm);

    await restartServer();
    await next.until('it has policies', async () => (await next.readiness()).ready);
    expect(await commitOf(next)).toBe(second);
    expectNoSecret(await wordsOf(next));
    expectNoSecret(plan.stdout + plan.stderr + shown.stdout);
  });

  it('serve every command, and a token that is missing is named', async () => {
    const { rig, push, server } = await start();
    push((files) => {
      files['platform.yaml'] = (files['platform.yaml'] ?? '').replace('mode: observe', 'mode: enforce');
    });
    const once = await rig.run(['run', '--once']);
    expect(once.code, once.stderr).toBe(0);
    const plan = await rig.run(['plan']);
    expect(plan.code, plan.stdout + plan.stderr).toBe(0);
    const explained = await rig.run([
      'explain',
      '--who',
      'oncall-1@contoso.com',
      '--policy',
      'payments-debug',
      '--account',
      'dev',
    ]);
    expect(explained.code, explained.stderr).toBe(0);
    expect(explained.stdout).toContain('payments-debug (production/payments-debug.yaml:3)');
    const ack = await rig.run(['ack']);
    expect(ack).toMatchObject({ code: 0, stderr: 'nothing waits for an acknowledgement\n' });
    const without = await rig.run(['plan'], { ROLEWARDEN_GIT_TOKEN: '' });
    expect(without.code).toBe(1);
    expect(without.stderr).toContain('ROLEWARDEN_GIT_TOKEN is not set: set it to a token');
    const wrong = await rig.run(['plan'], { ROLEWARDEN_GIT_TOKEN: `${token}-of-yesterday` });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('the server does not accept the credential (401)');
    expectNoSecret(
      [once, plan, explained, ack, without, wrong].map((one) => one.stdout + one.stderr).join(''),
    );
    expect(server().served.filter(({ status }) => status === 401)).toHaveLength(1);
  });

  it('that a ControllerConfig lies beside do not change the one in force', async () => {
    const { rig, push } = await start();
    push((files) => {
      files['config.yaml'] = readFileSync(rig.config, 'utf8').replace('instance: demo', 'instance: foreign');
    });
    const controller = await rig.startCalm();
    const { instance, sources } = await controller.status();
    expect([instance, sources.policies.errors]).toEqual(['demo', 0]);
    const owners = rig.sandbox.aws
      .roles(accounts.dev)
      .filter(({ path }) => path === '/rolewarden/')
      .map(({ tags }) => tags['rolewarden:instance']);
    expect(new Set(owners)).toEqual(new Set(['demo']));
  });
});
