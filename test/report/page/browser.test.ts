// The pages in a browser: what somebody sees, hears and reaches with the keyboard.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ControllerEvent } from '../../../src/reconcile/sweep-report.ts';
import * as world from '../builders.ts';
import {
  type Visit,
  launchBrowser,
  noBrowser,
  openWindow,
  sidewaysPixels,
  structureProblems,
  weakContrasts,
} from './browser.ts';
import { type ServedPage, servePage } from './served-page.ts';
import { largeWorld, troubledWorld } from './troubled-world.ts';

const clock = { now: (): number => Date.now() };
const pollMs = 5_000;

let browser: Browser | undefined;
beforeAll(async () => {
  if (noBrowser === undefined) browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
});

const served: ServedPage[] = [];
const visits: Visit[] = [];
afterEach(async () => {
  for (const { context } of visits.splice(0)) await context.close();
  for (const { stop, defects } of served.splice(0)) {
    await stop();
    expect(defects).toEqual([]);
  }
});

const serve = async (...events: readonly ControllerEvent[]): Promise<ServedPage> => {
  const one = await servePage({ clock });
  served.push(one);
  one.observe(...events);
  return one;
};

const visit = async (url: string, options: BrowserContextOptions = {}): Promise<Visit> => {
  if (browser === undefined) throw new Error('the browser is not there');
  const one = await openWindow(browser, options);
  visits.push(one);
  await one.page.goto(url);
  return one;
};

/** With the clock of the window in the hands of the test. */
const visitInTime = async (url: string): Promise<Visit> => {
  const one = await visit('about:blank');
  await one.page.clock.install();
  await one.page.goto(url);
  return one;
};

/** Lets the page ask again, and waits for the answer. */
const nextPoll = async ({ page }: Visit): Promise<void> => {
  const answered = page.waitForResponse((response) => response.request().resourceType() === 'fetch');
  await page.clock.runFor(pollMs);
  await (await answered).finished();
};

/** Runs in the window: nothing stays folded. */
const unfold = `document.querySelectorAll('details').forEach((details) => { details.open = true; })`;

/** Asked from here: the page's own policy lets nobody evaluate text in it later on. */
const comesTrue = (page: Page, condition: string): Promise<void> =>
  expect.poll(() => page.evaluate(`Boolean(${condition})`), { timeout: 30_000 }).toBe(true);

const focused = (page: Page): Promise<string> =>
  page.evaluate(
    'document.activeElement.id || document.activeElement.textContent.trim() || document.activeElement.nodeName',
  );
const announced = (page: Page): Promise<string | null> => page.textContent('#announcer');
const shownPolicies = (page: Page): Promise<number> => page.locator('tr[data-find]:visible').count();

const views = [
  '/',
  '/policies/payments',
  '/policies/deploy',
  '/policies/calm',
  '/accounts/prod',
  '/accounts/lost',
  '/policies/nothing',
];

describe.skipIf(noBrowser !== undefined)(
  `the page in Chromium${noBrowser === undefined ? '' : `: ${noBrowser}`}`,
  () => {
    const now = Date.now();

    describe.each(['light', 'dark'] as const)('in the %s', (colorScheme) => {
      it.each(views)(
        '%s is readable, well-formed, and the browser has nothing to complain about',
        async (path) => {
          const { url } = await serve(...troubledWorld(now));
          const { page, complaints } = await visit(`${url}${path}`, { colorScheme });
          expect(await page.title()).toContain('Rolewarden');
          await page.evaluate(unfold);
          expect(await weakContrasts(page)).toEqual([]);
          expect(await structureProblems(page)).toEqual([]);
          const ground: string = await page.evaluate(
            'getComputedStyle(document.documentElement).backgroundColor',
          );
          expect(ground).toBe(colorScheme === 'dark' ? 'rgb(16, 20, 24)' : 'rgb(255, 255, 255)');
          // The one thing to complain about: what is not there is answered as such.
          const expected = path === '/policies/nothing' ? [expect.stringContaining('404')] : [];
          expect(complaints).toEqual(expected);
        },
      );
    });

    const sizes: readonly (readonly [string, BrowserContextOptions])[] = [
      ['360 pixels wide', { viewport: { width: 360, height: 740 } }],
      ['enlarged to 200 %', { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }],
    ];
    it.each(sizes)('%s, no page scrolls sideways, folded or unfolded', async (_name, options) => {
      const { url } = await serve(...troubledWorld(now));
      const { page } = await visit(url, options);
      for (const path of views) {
        await page.goto(`${url}${path}`);
        expect([path, await sidewaysPixels(page)]).toEqual([path, 0]);
        await page.evaluate(unfold);
        expect([path, await sidewaysPixels(page)]).toEqual([path, 0]);
      }
    });

    it('moves nothing, whether somebody asked for that or not', async () => {
      const { url } = await serve(...troubledWorld(now));
      for (const reducedMotion of ['reduce', 'no-preference'] as const) {
        const { page } = await visit(url, { reducedMotion });
        const moving = await page.evaluate(`[...document.querySelectorAll('*')].filter((element) => {
        const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(element);
        return animationName !== 'none' || transitionDuration !== '0s' || scrollBehavior !== 'auto';
      }).length + document.getAnimations().length`);
        expect(moving).toBe(0);
      }
    });

    it('works without the script: it loads itself anew, and states are links', async () => {
      const { url } = await serve(...largeWorld(20, ['prod'], now));
      const { page } = await visit(url, { javaScriptEnabled: false });
      expect(await page.locator('meta[http-equiv=refresh]').getAttribute('content')).toBe('30');
      expect(await page.locator('form, button').filter({ visible: true }).count()).toBe(0);
      await page.getByRole('link', { name: /^Held/ }).click();
      expect(new URL(page.url()).search).toBe('?state=held');
      expect(await shownPolicies(page)).toBe(2);
      expect(await page.textContent('#shown')).toBe('2 of 20 policies shown');
      await page.getByRole('link', { name: 'policy-010', exact: true }).click();
      expect(await page.textContent('h1')).toContain('policy-010');
    });

    describe('with 500 policies in three accounts', () => {
      const large = () => serve(...largeWorld(500, ['dev', 'prod', 'staging'], now));

      it('narrows them down by text and by state, and keeps that in the address', async () => {
        const { url } = await large();
        const { page, complaints } = await visit(url);
        expect(await shownPolicies(page)).toBe(500);
        await page.getByRole('searchbox').fill('POLICY-12');
        expect(await shownPolicies(page)).toBe(10);
        expect(await page.textContent('#shown')).toBe('10 of 500 policies shown');
        await page.getByRole('link', { name: /^Needs a person/ }).click();
        expect(await shownPolicies(page)).toBe(1);
        expect(new URL(page.url()).search).toBe('?q=POLICY-12&state=person');
        await page.reload();
        expect(await page.getByRole('searchbox').inputValue()).toBe('policy-12');
        expect(await shownPolicies(page)).toBe(1);
        await page.getByRole('link', { name: 'policy-120', exact: true }).first().click();
        await page.goBack();
        expect(await shownPolicies(page)).toBe(1);
        await page.getByRole('searchbox').fill('');
        await page.getByRole('link', { name: /^All/ }).click();
        expect(new URL(page.url()).search).toBe('');
        expect(await shownPolicies(page)).toBe(500);
        expect(complaints).toEqual([]);
      });

      it('is used with nothing but the keyboard', async () => {
        const { url } = await large();
        const { page } = await visit(url);
        const { keyboard } = page;
        await keyboard.press('Tab');
        expect(await focused(page)).toBe('Skip to the content');
        expect(
          await page
            .locator('.skip')
            .boundingBox()
            .then((box) => box?.y),
        ).toBeGreaterThanOrEqual(0);
        await keyboard.press('Enter');
        expect(await focused(page)).toBe('main');
        const tabTo = async (name: string, limit: number): Promise<void> => {
          for (let count = 0; count < limit; count += 1) {
            await keyboard.press('Tab');
            if ((await focused(page)) === name) return;
          }
          throw new Error(`${name} is not among the next ${limit}`);
        };
        await tabTo('Policies', 8);
        await keyboard.press('Enter');
        await tabTo('filter-text', 3);
        await keyboard.type('policy-490');
        expect(await shownPolicies(page)).toBe(1);
        await tabTo('Held 50', 6);
        await keyboard.press('Enter');
        expect(await focused(page)).toBe('Held 50');
        await tabTo('policy-490', 4);
        const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
        expect(outline).toBe('solid');
        await keyboard.press('Enter');
        await page.waitForURL('**/policies/policy-490');
        expect(await page.textContent('h1')).toContain('policy-490');
      });

      it('stays where somebody is while it is renewed: focus, filter, scrolling and what is unfolded', async () => {
        const { url, observe } = await large();
        const one = await visitInTime(url);
        const { page } = one;
        await page.getByRole('searchbox').fill('policy-4');
        await page.locator('details summary').first().click();
        const link = page.getByRole('link', { name: 'policy-450', exact: true }).last();
        await link.focus();
        await page.evaluate('scrollBy(0, 40)');
        const placeOfFocus = (): Promise<number> =>
          page.evaluate('Math.round(document.activeElement.getBoundingClientRect().top)');
        const place = await placeOfFocus();
        await page.evaluate(
          `document.activeElement.addEventListener('focus', () => { window.wasFocusedAnew = true; })`,
        );
        observe(...largeWorld(500, ['dev', 'prod', 'staging'], now + 60_000, 405));
        await nextPoll(one);
        await comesTrue(page, `document.querySelectorAll('tr[data-find]').length === 95`);
        expect(await focused(page)).toBe('policy-450');
        expect(await page.evaluate('window.wasFocusedAnew')).toBeUndefined();
        expect(await placeOfFocus()).toBe(place);
        expect(await page.getByRole('searchbox').inputValue()).toBe('policy-4');
        expect(await shownPolicies(page)).toBe(95);
        expect(await page.textContent('#shown')).toBe('95 of 95 policies shown');
        expect(await page.locator('details').first().getAttribute('open')).not.toBeNull();
        await page.keyboard.press('Tab');
        await page.keyboard.press('Shift+Tab');
        expect(await focused(page)).toBe('policy-450');
      });
    });

    describe('live', () => {
      const calm = world.role({ trustInSync: () => world.trustOf('alice') });
      const trouble = world.role({ held: [world.held(world.grant('bob'), 'breaker', 'too many')] });
      const sweep = (role: typeof calm, laterMs = 0) => world.sweep([role], { atMs: now + laterMs });

      it('shows what changed without being loaded anew, and says so once; a mere sweep it does not say', async () => {
        const { url, observe } = await serve(world.policies(), world.poll(), sweep(calm));
        const one = await visitInTime(url);
        const { page } = one;
        await page.evaluate('window.isTheSame = true');
        observe(sweep(calm, 60_000));
        await nextPoll(one);
        await comesTrue(
          page,
          `document.querySelector('#account-prod time').dateTime > '${new Date(now + 30_000).toISOString()}'`,
        );
        expect(await announced(page)).toBe('');
        observe(sweep(trouble, 120_000));
        await nextPoll(one);
        await comesTrue(page, `document.title.startsWith('(1) ')`);
        expect(await announced(page)).toBe('1 policy: 1 held; 1 problem needs a person');
        expect(await page.locator('.problem').textContent()).toContain('too many');
        observe(sweep(calm, 180_000));
        await nextPoll(one);
        await comesTrue(page, `!document.title.startsWith('(1) ')`);
        expect(await page.locator('.problem').count()).toBe(0);
        expect(await page.evaluate('window.isTheSame')).toBe(true);
        expect(one.complaints).toEqual([]);
      });

      it('shows a policy that changes, and one that goes', async () => {
        const { url, observe } = await serve(sweep(calm));
        const one = await visitInTime(`${url}/policies/payments`);
        const { page } = one;
        observe(sweep(trouble));
        await nextPoll(one);
        await comesTrue(page, `document.title.startsWith('(held) ')`);
        expect(await announced(page)).toBe('payments: prod held (breaker)');
        observe(world.sweep([], { atMs: now }));
        await nextPoll(one);
        await comesTrue(
          page,
          `document.querySelector('h1').textContent.includes('No policy is called payments')`,
        );
      });

      it('counts times up by itself, as the server does', async () => {
        const { url } = await serve(sweep(calm));
        const html = await (await fetch(url)).text();
        const one = await visitInTime(url);
        const swept = one.page.locator('#account-prod time').first();
        const told = [...html.matchAll(/<tr id="account-prod">.*?data-relative="">([^<]*)/gs)].map(
          ([, text]) => text,
        );
        expect([told[0], 's ago']).toEqual([expect.stringMatching(/^(in )?\d+s/), 's ago']);
        await one.page.evaluate(`window.fetch = () => new Promise(() => undefined)`);
        await one.page.clock.runFor(3 * 60_000);
        expect(await swept.textContent()).toMatch(/^([2-9]|\d\d)m ago$/);
        await one.page.clock.runFor(3 * 3_600_000);
        expect(await swept.textContent()).toBe('3h ago');
      });

      it('says that it is not live any more, and that it is again', async () => {
        const first = await servePage({ clock });
        first.observe(sweep(calm));
        const one = await visitInTime(first.url);
        const { page } = one;
        expect(await page.textContent('#live')).toContain('Live');
        await first.stop();
        await page.clock.runFor(pollMs);
        await comesTrue(page, `document.querySelector('#live').textContent.startsWith('Not live')`);
        expect(await announced(page)).toMatch(/^Not live: no answer since \d\d:\d\d:\d\d UTC$/);
        expect(await page.textContent('h1')).toBe('Overview');
        const again = await servePage({ clock, port: Number(new URL(first.url).port) });
        served.push(again);
        again.observe(sweep(trouble));
        await nextPoll(one);
        await comesTrue(page, `document.querySelector('#live').textContent.startsWith('Live')`);
        expect(await page.locator('.problem').count()).toBe(1);
      });

      it('can be paused', async () => {
        const { url, observe } = await serve(sweep(calm));
        const one = await visitInTime(url);
        const { page } = one;
        const pause = page.getByRole('button', { name: 'Pause live updates' });
        await pause.click();
        expect(await pause.getAttribute('aria-pressed')).toBe('true');
        observe(sweep(trouble));
        let asked = 0;
        page.on('request', () => {
          asked += 1;
        });
        await page.clock.runFor(4 * pollMs);
        expect([asked, await page.locator('.problem').count()]).toEqual([0, 0]);
        await pause.click();
        await comesTrue(page, `document.querySelectorAll('.problem').length === 1`);
      });

      it('hands out the command that lets a held change go on', async () => {
        const asked = { scope: 'policy:prod/payments', subjects: [world.subOf('bob')] };
        const hold = { ...world.held(world.grant('bob'), 'breaker').hold, acknowledgeable: asked };
        const { url } = await serve(sweep(world.role({ held: [{ change: world.grant('bob'), hold }] })));
        const { page } = await visit(url, { permissions: ['clipboard-read', 'clipboard-write'] });
        await page.getByRole('button', { name: 'Copy the command' }).first().click();
        await comesTrue(page, `document.querySelector('#announcer').textContent === 'copied'`);
        expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
          'rolewarden ack policy:prod/payments',
        );
      });
    });

    describe('with a token', () => {
      const token = 'c0ffee00c0ffee00c0ffee00c0ffee00';
      it('lets the browser ask for it, and stays live with it', async () => {
        const one = await servePage({ clock, token });
        served.push(one);
        one.observe(world.sweep([world.role()], { atMs: now }));
        const { page, complaints } = await visit(`${one.url}/policies/payments`, {
          httpCredentials: { username: 'anybody', password: token },
        });
        await page.clock.install();
        await page.reload();
        const answer = page.waitForResponse((response) => response.request().resourceType() === 'fetch');
        await page.clock.runFor(pollMs);
        expect([200, 304]).toContain((await answer).status());
        expect(await page.textContent('#live')).toContain('Live');
        expect(complaints).toEqual([]);
      });
    });

    describe('hostile names', () => {
      const nasty: readonly (readonly [string, string, string])[] = [
        ['a tag', '<img src=x onerror="window.broken = 1">', '<img src=x onerror="window.broken = 1">'],
        ['a script', '</script><script>window.broken = 1</script>', '<script>window.broken = 1</script>'],
        [
          'the end of an attribute',
          `" onmouseover="window.broken = 1" '`,
          `" onmouseover="window.broken = 1" '`,
        ],
        ['a turned direction', 'name\u202Egpj.exe\u2066', 'name\uFFFDgpj.exe\uFFFD'],
        ['lines', 'one\r\ntwo\u2028three', 'one\uFFFD\uFFFDtwo\uFFFDthree'],
        ['10,000 characters', 'W'.repeat(10_000), 'W'.repeat(900)],
        ['a comment and a style', '<!--<style>*{display:none}', '<!--<style>*{display:none}'],
      ];
      it.each(nasty)('%s stays text on every page', async (_name, evil, expected) => {
        // Its place in the text is that of the plain name, so that policies still differ.
        const { url } = await serve(...troubledWorld(now, (plain) => `${plain} ${evil}`));
        const policy = `/policies/${encodeURIComponent(`payments ${evil}`)}`;
        // So long an address no server takes.
        const paths = [
          '/',
          '/accounts/prod',
          ...(evil.length > 1_000 ? [] : [policy, `${policy}?q=${encodeURIComponent(evil)}`]),
        ];
        const { page, complaints } = await visit(url, { viewport: { width: 360, height: 740 } });
        for (const path of paths) {
          await page.goto(`${url}${path}`);
          await page.evaluate(unfold);
          expect(await page.evaluate('window.broken')).toBeUndefined();
          expect(
            await page
              .locator('main img, main script, main style, main [onmouseover], main [onerror]')
              .count(),
          ).toBe(0);
          expect(await page.locator('main').innerText()).toContain(expected);
          expect([path, await sidewaysPixels(page)]).toEqual([path, 0]);
          expect(await structureProblems(page)).toEqual([]);
        }
        expect(complaints).toEqual([]);
      });

      it('in the filter stay text as well', async () => {
        const { url } = await serve(...troubledWorld(now));
        const evil = '"><img src=x onerror="window.broken = 1">';
        const { page, complaints } = await visit(
          `${url}/?q=${encodeURIComponent(evil)}&state=${encodeURIComponent(evil)}`,
        );
        expect(await page.getByRole('searchbox').inputValue()).toBe(evil);
        expect(await page.evaluate('window.broken')).toBeUndefined();
        expect(await shownPolicies(page)).toBe(0);
        expect(complaints).toEqual([]);
      });

      it('which the script takes over stay text as well', async () => {
        const { url, observe } = await serve(...troubledWorld(now));
        const one = await visitInTime(url);
        observe(...troubledWorld(now, (plain) => `${plain} <img src=x onerror="window.broken = 1">`));
        await nextPoll(one);
        await comesTrue(one.page, `document.querySelector('main').innerText.includes('<img src=x')`);
        expect(await one.page.evaluate('window.broken')).toBeUndefined();
        expect(await one.page.locator('main img').count()).toBe(0);
        expect(one.complaints).toEqual([]);
      });
    });
  },
);
