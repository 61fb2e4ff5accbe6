// What the pages say, without a browser.

import { afterEach, describe, expect, it } from 'vitest';
import { renderTrustGrants } from '../../../src/domain/render-trust-grants.ts';
import { type TrustGrant, grantKey } from '../../../src/domain/trust-grants.ts';
import type { ControllerEvent } from '../../../src/reconcile/sweep-report.ts';
import * as world from '../builders.ts';
import { type ServedPage, servePage, textOf } from './served-page.ts';

const running: ServedPage[] = [];
afterEach(async () => {
  for (const { stop, defects } of running.splice(0)) {
    await stop();
    expect(defects).toEqual([]);
  }
});

const start = async (...events: readonly ControllerEvent[]) => {
  const clock = world.manualClock();
  const served = await servePage({ clock });
  running.push(served);
  served.observe(...events);
  const get = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${served.url}${path}`, { headers });
    const html = await response.text();
    return { status: response.status, headers: response.headers, html, text: textOf(html) };
  };
  return { ...served, clock, get };
};

/** The text of the row of a table that contains something. */
const rowWith = (html: string, part: string): string =>
  [...html.matchAll(/<tr[^>]*>[^]*?<\/tr>/g)].map(([row]) => textOf(row)).find((row) => row.includes(part)) ??
  '';

const heldBy = (reason: Parameters<typeof world.held>[1], message?: string) =>
  world.role({ held: [world.held(world.grant('bob'), reason, message)] });

describe('the overview', () => {
  it('of nothing at all says what is missing', async () => {
    const { get } = await start();
    const { status, text } = await get('/');
    expect(status).toBe(200);
    expect(text).toContain('not ready');
    expect(text).toContain('No policy has been looked at yet.');
    expect(text).toContain('No account has been looked at yet.');
    expect(text).toMatch(/Policies +not read yet +never/);
  });

  it('says in one sentence how everything stands, and in the title how much needs somebody', async () => {
    const { get, observe } = await start(world.policies(), world.poll(), world.sweep([world.role()]));
    const calm = await get('/');
    expect(calm.text).toContain('1 policy: 1 ready; nothing needs a person');
    expect(calm.html).toContain('<title>contoso-main · Rolewarden</title>');
    observe(world.sweep([heldBy('breaker', 'too many')]));
    const { html, text } = await get('/');
    expect(text).toContain('1 policy: 1 held; 1 problem needs a person');
    expect(html).toContain('<title>(1) contoso-main · Rolewarden</title>');
  });

  it('says of a hold where, since when, of whom, and how it goes on', async () => {
    const asked = { scope: 'policy:prod/payments', subjects: [world.subOf('bob')] };
    const hold = {
      reason: 'breaker' as const,
      message:
        '5 of 8 people would lose access; if that is meant, `rolewarden ack policy:prod/payments` prints what to commit',
      untilMs: undefined,
      acknowledgeable: asked,
    };
    const role = world.role({ held: [{ change: world.revoke('alice'), hold }] });
    const { get, clock } = await start(world.sweep([role]));
    clock.advance(180_000);
    const { text } = await get('/');
    expect(text).toContain('breaker payments in prod · for 3m · 1 change held (revoke) of alice@contoso.com');
    expect(text).toContain(
      '5 of 8 people would lose access If it is meant: rolewarden ack policy:prod/payments Copy the command prints what to commit.',
    );
  });

  it('says when what waits may go on by itself', async () => {
    const hold = { reason: 'recentlyOut' as const, message: 'she was out', untilMs: world.startMs + 600_000 };
    const { get } = await start(world.sweep([world.role({ held: [{ change: world.grant('bob'), hold }] })]));
    expect((await get('/')).text).toContain('Goes on by itself, in 10m at the earliest.');
  });

  it('has each policy in a row: state, reason, accounts, people, drift with its age, ends and denied', async () => {
    const denies = world.deniesOf(world.putOut('zoe'));
    const role = world.role({
      held: [world.held(world.grant('bob'), 'observeOnly')],
      admitted: () => [world.activated('alice', world.startMs + world.hourMs), world.admit('bob')],
      denies,
    });
    const { get, clock } = await start(
      world.sweep([role]),
      world.sweep([world.role({ admitted: () => [] })], { account: 'dev' }),
    );
    clock.advance(240_000);
    expect(rowWith((await get('/')).html, 'payments')).toMatch(
      /payments +held +observeOnly for 4m +dev , +prod \(held\) +2 +1 +oldest +4m ago +in 56m +1/,
    );
  });

  it('of many accounts names those that are not as they should be', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const { get } = await start(
      ...names.map((account) =>
        world.sweep([account === 'c' ? heldBy('breaker') : world.role()], { account }),
      ),
    );
    expect(rowWith((await get('/')).html, 'payments')).toMatch(/c +\(held\); 5 ready/);
  });

  it('shows what the address asks for, and says how much that is', async () => {
    const other = world.role({ name: 'other', owner: world.policyOwner('other') });
    const { get } = await start(world.sweep([heldBy('breaker'), other]));
    const shown = async (query: string): Promise<readonly string[]> => {
      const { html, text } = await get(query);
      const rows = [...html.matchAll(/<tr id="policy-([^"]+)"([^>]*)>/g)];
      const names = rows.filter(([, , rest = '']) => !/ hidden\b/.test(rest)).map(([, name = '']) => name);
      expect(text).toContain(`${names.length} of 2 policies shown`);
      return names;
    };
    expect(await shown('/')).toEqual(['other', 'payments']);
    expect(await shown('/?state=held')).toEqual(['payments']);
    expect(await shown('/?state=person&q=PAY')).toEqual(['payments']);
    expect(await shown('/?q=breaker')).toEqual(['payments']);
    expect(await shown('/?state=failed')).toEqual([]);
  });

  it('tells accounts with their sweeps, sources with their messages, services and lockouts', async () => {
    const { get, clock } = await start(
      world.policies({
        errors: 1,
        isComplete: false,
        messages: ['policies/a.yaml:3:1: bad'],
        commit: { id: 'abcdef0123456789', parents: [], committedAtMs: world.startMs - world.hourMs },
        lockouts: [world.lockout('oncall-2')],
      }),
      world.poll({ message: 'group x is throttled', groups: { present: 3, absent: 1, unreadable: 2 } }),
      world.sweep([world.role()]),
      world.servicesSweep({
        services: [world.service()],
        execReadiness: [world.execReadiness('noTasks', { messages: ['start `some` tasks'] })],
        sideDoors: [world.sideDoor()],
      }),
    );
    clock.advance(300_000);
    const { html, text } = await get('/');
    expect(rowWith(html, '111122223333')).toMatch(/prod +111122223333 +ok +4m ago +1 ready +0 +ok +4m ago/);
    expect(text).toMatch(
      /Policies +invalid +5m ago +1 policy for 1 account, 1 lockout in force, revision rev-1 , commit abcdef012345 of 65m ago , 1 error policies\/a.yaml:3:1: bad/,
    );
    expect(text).toMatch(
      /Entra +not all read +5m ago +3 groups, 0 service principals, 2 unreadable, 1 group not in the directory group x is throttled/,
    );
    expect(rowWith(html, 'would not open')).toMatch(/would not open +noTasks +for 5m +start +some +tasks/);
    expect(text).toContain('1 other way');
    expect(rowWith(html, 'INC-77')).toContain(world.subOf('oncall-2'));
  });
});

describe('a policy', () => {
  const trust = (...names: readonly string[]) => world.trustOf(...names);
  const page = async (...events: readonly ControllerEvent[]) =>
    (await start(...events)).get('/policies/payments');

  it('says who may enter, until when and why', async () => {
    const role = world.role({
      admitted: () => [world.activated('alice', world.startMs + world.hourMs), world.admit('bob')],
      groupNames: { [world.groupId]: 'Payments On-call' },
      breakGlass: new Set([world.subOf('bob')]),
    });
    const { html } = await page(world.sweep([role]));
    expect(rowWith(html, 'alice')).toMatch(
      /alice@contoso.com \S+ +in +2026-11-23 04:00 UTC +\( ?in 60m ?\) +via group "Payments On-call"; activated: "payments are stuck", ticket INC-42 \(ServiceNow\), request c0000000/,
    );
    expect(rowWith(html, 'bob')).toMatch(
      /bob@contoso.com \S+ +break-glass +in +no end +via group "Payments On-call"/,
    );
  });

  it('says who waits, who is still in, and who could not be let in', async () => {
    const failed = world.applying(world.grant('carol'));
    const role = world.role({
      ...failed,
      admitted: () => ['alice', 'bob', 'carol'].map((name) => world.admit(name)),
      held: [world.held(world.grant('bob'), 'recentlyOut'), world.held(world.revoke('zoe'), 'breaker')],
      names: new Map([[world.subOf('zoe'), 'zoe@contoso.com']]),
    });
    const outcomes = failed.writes.map((write) =>
      world.outcome(write, {
        result: 'failed',
        errorKind: 'denied',
        message: 'allow `iam:UpdateAssumeRolePolicy`',
      }),
    );
    const { html, text } = await page(world.sweep([role], { outcomes }));
    expect(rowWith(html, 'alice')).toMatch(/ in +no end/);
    expect(rowWith(html, 'bob')).toMatch(/waits +recentlyOut/);
    expect(rowWith(html, 'zoe@')).toMatch(/still in +breaker +should be out +is in no group of the policy/);
    expect(rowWith(html, 'carol')).toMatch(/not written +WriteFailed/);
    expect(text).toMatch(/WriteFailed for 0s allow iam:UpdateAssumeRolePolicy/);
    expect(text).toMatch(/not written +grant carol@contoso.com/);
  });

  it('whose role could not be looked at does not say that anybody is in', async () => {
    const { html, text } = await page(world.sweep([world.unknownRole('half seen')]));
    expect(rowWith(html, 'alice')).toMatch(/not known/);
    expect(text).toContain('Not known: the role could not be looked at.');
  });

  it('in which Entra admits says so', async () => {
    const anyone: TrustGrant = {
      kind: 'anyone',
      provider: world.provider,
      audience: world.audience,
      untilMs: undefined,
    };
    const document = renderTrustGrants({ grants: new Map([[grantKey(anyone), anyone]]), foreignDenies: [] }, [
      world.provider,
    ]);
    const { text } = await page(
      world.sweep([world.role({ admitted: () => [], trustInSync: () => document })]),
    );
    expect(text).toContain('Whoever has the app role in Entra may enter');
    expect(text).toContain('Nobody by name.');
  });

  it('shows the trust policy beside the wanted one, with the names of people behind their ids', async () => {
    const role = world.role({
      admitted: () => [world.admit('alice'), world.admit('bob')],
      held: [world.held(world.grant('bob'), 'trustFull'), world.held(world.revoke('zoe'), 'breaker')],
      names: new Map([[world.subOf('zoe'), 'zoe@contoso.com']]),
      trust: { before: trust('zoe', 'alice'), wanted: trust('alice', 'bob') },
    });
    const { html, text } = await page(world.sweep([role]));
    expect(text).toContain('As it stands in AWS As the policy wants it');
    const row = (name: string): string =>
      rowWith(html.slice(html.indexOf('class="diff"')), world.subOf(name));
    expect(row('zoe')).toMatch(new RegExp(`− +only here: +"${world.subOf('zoe')}" zoe@contoso.com`));
    expect(row('bob')).toContain(`+ only here: "${world.subOf('bob')}" bob@contoso.com`);
    expect(row('alice')).not.toContain('only here');
    expect(text).toContain('1 line would go, 1 line would come');
  });

  it('finds no difference in the order of lists and statements', async () => {
    const two = JSON.parse(trust('alice', 'zoe')) as {
      Statement: { Condition: { StringEquals: Record<string, string[]> } }[];
    };
    two.Statement[0]?.Condition.StringEquals['saml:sub']?.reverse();
    const role = world.role({
      held: [world.held(world.grant('bob'), 'trustFull')],
      trust: { before: JSON.stringify(two), wanted: trust('alice', 'zoe', 'bob') },
    });
    expect((await page(world.sweep([role]))).text).toContain('0 lines would go, 1 line would come');
  });

  it('shows what the last sweep wrote as what stands', async () => {
    const role = world.role({
      ...world.applying(world.grant('alice')),
      trust: { before: trust('zoe'), wanted: trust('alice') },
    });
    expect((await page(world.sweep([role]))).text).toContain('The trust policy is as the policy wants it');
  });

  it('shows the trust policy where nothing differs, folded', async () => {
    const { html } = await page(world.sweep([world.role({ trustInSync: () => trust('alice') })]));
    expect(html).toContain('<summary>The trust policy is as the policy wants it</summary>');
    expect(textOf(html)).toContain(`"${world.subOf('alice')}" alice@contoso.com`);
  });

  it('shows permissions that differ', async () => {
    const put = world.change(
      {
        kind: 'putPermissions',
        before: undefined,
        after: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}',
      },
      { effect: 'widens' },
    );
    const { text } = await page(world.sweep([world.role({ held: [world.held(put, 'observeOnly')] })]));
    expect(text).toContain('permissions: there is none yet');
    expect(text).toContain('+ only here: "s3:Get*"');
  });

  it('says whose sessions are denied, and for whom everybody signs in again', async () => {
    const denies = world.deniesOf(world.putOut('zoe'), { kind: 'signOutEveryone', atMs: world.startMs });
    const { html, text } = await page(
      world.sweep([world.role({ denies, names: new Map([[world.subOf('zoe'), 'zoe@contoso.com']]) })]),
    );
    expect(rowWith(html, 'zoe@')).toMatch(
      /all sessions +2026-11-24 03:15 UTC \( ?in 24h ?\) +she left, as Entra proves/,
    );
    expect(text).toContain('Everybody signs in again whose session began before');
  });

  it('says of each service whether shells open, and what to do', async () => {
    const { html } = await page(
      world.sweep([world.role()]),
      world.servicesSweep({
        execReadiness: [
          world.execReadiness('noTaskRole', { messages: ['give it a task role'] }),
          world.execReadiness('Ready', { place: { ...world.place, service: 'web' }, policies: ['other'] }),
        ],
      }),
    );
    expect(rowWith(html, 'eu-west-1/payments')).toMatch(
      /api +eu-west-1\/payments +would not open +noTaskRole +for 0s give it a task role/,
    );
    expect(html).not.toContain('>web ');
  });

  it('tells what the journal had of it lately, the same of several people as one', async () => {
    const other = world.applying(
      world.grant('zoe', { id: 'other', name: 'other', owner: world.policyOwner('other') }),
    );
    const { html } = await page(
      world.sweep([
        {
          ...world.applying(world.grant('alice'), world.grant('bob')),
          admitted: () => [world.admit('alice'), world.admit('bob')],
        },
        other,
      ]),
      world.sweep([heldBy('breaker', 'too many'), other]),
    );
    const journal = textOf(html.slice(html.indexOf('<h2 id="journal"'), html.indexOf('<footer')));
    expect(journal).toMatch(
      /2026-11-23 03:00:01 +prod +write +updateTrust +payments-exec +done .* prod +change +grant +bob@contoso.com, alice@contoso.com +done +is a member of /,
    );
    expect(journal).toMatch(/prod +held +grant +\S+ +held +breaker: too many; /);
    expect(journal).not.toContain('zoe');
  });

  it('tells its figures, and the value for Entra to be copied', async () => {
    const { text } = await page(
      world.sweep([
        world.role({ closesAtMs: world.startMs + world.dayMs, lastUsedAtMs: world.startMs - world.hourMs }),
      ]),
    );
    expect(text).toContain('512 of 2,048 characters (25 %)');
    expect(text).toMatch(/Last used +60m ago/);
    expect(text).toMatch(/Policy ends +2026-11-24 03:00 UTC +\( ?in 24h ?\)/);
    expect(text).toContain(`arn:aws:iam::111122223333:role/rolewarden/payments-exec,${world.provider}`);
  });

  it('that there is not is said to be none, with a way on', async () => {
    const { get } = await start(world.sweep([world.role()]));
    const { status, text } = await get('/policies/paymnets%3Cb%3E');
    expect(status).toBe(404);
    expect(text).toContain('No policy is called paymnets<b>');
  });
});

describe('a replica', () => {
  it('on standby says so, who works, and nothing of what others look after as if it were not there', async () => {
    const { get } = await start(world.policies(), world.leases(), world.accounts());
    const { text } = await get('/');
    expect(text).toContain('this replica looks after no account; nothing needs a person');
    expect(text).toContain(
      'Replica ip-10-0-0-1.aa : on standby; the accounts are looked after by ip-10-0-0-2.bb',
    );
    expect(text).toContain('is read by the replicas that look after accounts');
    expect(text).not.toMatch(/looked at yet|never|0 policies/);
    expect((await get('/policies/payments')).text).toContain('or another replica looks after it');
  });

  it('that works says what it holds, and what is wrong with the leases', async () => {
    const shards = [{ shard: 0, holder: 'ip-10-0-0-1.aa', fence: 8, renewedMsAgo: 1_000 }];
    const { get } = await start(
      world.policies(),
      world.leases({ shards, problem: 'the lease table cannot be read: grant dynamodb:Scan' }),
      world.accounts('prod'),
      world.sweep([world.role()]),
    );
    const { text } = await get('/');
    expect(text).toContain('holds 1 of 1 shard and looks after 1 of 1 account; 2 replicas');
    expect(text).toContain('the lease table cannot be read: grant dynamodb:Scan');
    expect(text).toContain('payments');
  });

  it('that is alone says nothing of replicas', async () => {
    const { get } = await start(world.policies(), world.sweep([world.role()]));
    expect((await get('/')).text).not.toMatch(/replica/i);
  });
});

describe('an account', () => {
  it('has its sweeps, policies and services', async () => {
    const { get, clock } = await start(
      world.unreadableSweep([world.unknownRole('access denied: allow sts:AssumeRole')]),
      world.servicesSweep({ services: [world.service()] }),
    );
    clock.advance(300_000);
    const { status, html, text } = await get('/accounts/prod');
    expect(status).toBe(200);
    expect(text).toMatch(/unreadable +\S+ ago access denied: allow sts:AssumeRole last success never/);
    expect(rowWith(html, 'payments-exec')).toMatch(/payments +payments-exec +unknown +Unknown/);
    expect(text).toContain('api eu-west-1/payments');
  });

  it('has the open shells of people who are out, with whose they are and why they stay', async () => {
    const shells = { ended: [], held: [world.heldShell('zoe')], unattributed: 2, problem: undefined };
    const out = world.role({
      names: new Map([[world.subOf('zoe'), 'zoe@contoso.com']]),
      denies: world.deniesOf(world.putOut('zoe')),
    });
    const { get } = await start(world.sweep([out], { shells }));
    const { html, text } = await get('/accounts/prod');
    expect(rowWith(html, 'zoe@contoso.com')).toMatch(
      /payments-exec +eu-west-1\/payments +task +a{32} .*observeOnly +the mode is observe/,
    );
    expect(text).toContain('Of 2 more nobody can tell whose they are');
    expect((await get('/')).text).toContain('Open shells of people who are out');
  });

  it('that there is not is said to be none', async () => {
    const { get } = await start();
    expect((await get('/accounts/prod')).status).toBe(404);
  });
});

describe('what a page carries', () => {
  it('is kept by nobody; its parts for ever, under names that change with them', async () => {
    const { get } = await start();
    const page = await get('/');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i);
    const paths = [...page.html.matchAll(/(?:href|src)="(\/assets\/page\.[0-9a-f]{16}\.(?:css|js))"/g)];
    expect(paths).toHaveLength(2);
    for (const [, path = ''] of paths) {
      const part = await get(path);
      expect(part.status).toBe(200);
      expect(part.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
      expect(part.headers.get('x-content-type-options')).toBe('nosniff');
      expect(part.headers.get('content-type')).toMatch(/^text\/(css|javascript); charset=utf-8$/);
    }
  });

  it('loads nothing from elsewhere, and has no script or style in it', async () => {
    const { get } = await start(world.policies(), world.poll(), world.sweep([heldBy('breaker')]));
    for (const path of ['/', '/policies/payments', '/accounts/prod']) {
      const { html } = await get(path);
      expect(html).not.toMatch(/\b(?:https?:)?\/\/|\son\w+=|\sstyle=|<style|javascript:/i);
      expect(html.match(/<script/g)).toHaveLength(1);
    }
  });

  it('is not sent again while nothing but time has passed', async () => {
    const { get, clock, observe } = await start(world.sweep([heldBy('breaker')]));
    for (const path of ['/', '/?state=held', '/policies/payments', '/accounts/prod']) {
      const tag = (await get(path)).headers.get('etag') ?? '';
      expect(tag).toMatch(/^"\S+"$/);
      clock.advance(3_000);
      const again = await get(path, { 'If-None-Match': tag });
      expect([path, again.status, again.html]).toEqual([path, 304, '']);
      observe(world.sweep([world.role()]));
      expect((await get(path, { 'If-None-Match': tag })).status).toBe(200);
      observe(world.sweep([heldBy('breaker')]));
    }
  });

  it('is never another page: a hash of one is not good for the other', async () => {
    const { get } = await start(world.sweep([world.role()]));
    const tag = (await get('/')).headers.get('etag') ?? '';
    expect((await get('/?state=held', { 'If-None-Match': tag })).status).toBe(200);
  });
});

describe('hostile names', () => {
  const evil = `"><img src=x onerror=alert(1)>'\u202E&`;
  it('stay text, on every page and in every field', async () => {
    const role = world.role({
      name: evil,
      owner: world.policyOwner(evil),
      source: { file: evil, line: 1 },
      admitted: () => [
        {
          ...world.activated('alice', world.startMs + world.hourMs),
          label: evil,
          activation: { ...world.activation, justification: evil },
        },
      ],
      held: [world.held(world.grant('bob', { name: evil, why: evil }), 'breaker', evil)],
      groupNames: { [world.groupId]: evil },
      warnings: [evil, `${evil} signs in again`],
      appRoleValue: evil,
    });
    const { get } = await start(
      world.policies({
        messages: [evil],
        errors: 1,
        revision: evil,
        lockouts: [world.lockout('x', { reason: evil })],
      }),
      world.poll({ message: evil }),
      world.sweep([role]),
      world.servicesSweep({
        services: [world.service({ held: [world.held(world.bindChange(), 'mutableTags', evil)] })],
        execReadiness: [world.execReadiness('noTasks', { messages: [evil], policies: [evil] })],
        sideDoors: [world.sideDoor({ message: evil })],
      }),
    );
    for (const path of [
      '/',
      `/policies/${encodeURIComponent(evil)}`,
      '/accounts/prod',
      `/?q=${encodeURIComponent(evil)}`,
    ]) {
      const { html, text } = await get(path);
      expect(html).not.toMatch(/<img|onerror=alert\(1\)>|\u202E/);
      expect(text).toContain(`"><img src=x onerror=alert(1)>'\uFFFD&`);
    }
  });
});
