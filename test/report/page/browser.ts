// Chromium as Debian has it, driven by playwright-core, which brings no browser of its own.

import { existsSync } from 'node:fs';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  chromium,
} from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Why tests with a browser are skipped; undefined: there is one. */
export const noBrowser = existsSync(executablePath)
  ? undefined
  : `Chromium is not installed (${executablePath}; apt-get install chromium)`;

export const launchBrowser = (): Promise<Browser> =>
  // Tests may run as root, for whom Chromium's sandbox does not start; what it shows is ours.
  chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Whatever the browser complained about: console, exceptions, the content security policy, requests that failed. */
  readonly complaints: readonly string[];
}

/** A window of its own. */
export const openWindow = async (browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'info') complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (request.resourceType() === 'image') complaints.push(`image: ${request.url().slice(0, 100)}`);
  });
  if (options.javaScriptEnabled !== false)
    await page.addInitScript(
      `document.addEventListener('securitypolicyviolation', (event) => console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI))`,
    );
  return { page, context, complaints };
};

/**
 * Text whose contrast to what is behind it is less than 4.5 : 1 (WCAG 2.2, 1.4.3), with the colours. For backgrounds of one
 * colour, which is all that the pages have.
 */
export const weakContrasts = (page: Page): Promise<readonly string[]> =>
  page.evaluate(`(() => {
    const parse = (text) => {
      const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
      return { r, g, b, a };
    };
    const part = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const light = ({ r, g, b }) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    const behind = (element) => {
      for (let at = element; at !== null; at = at.parentElement) {
        const color = parse(getComputedStyle(at).backgroundColor);
        if (color.a === 1) return color;
        if (color.a !== 0) throw new Error('a background that shines through: ' + at.outerHTML.slice(0, 100));
      }
      return { r: 255, g: 255, b: 255 };
    };
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let texts = 0;
    while (walker.nextNode()) {
      const { parentElement: element, data } = walker.currentNode;
      if (data.trim() === '' || element.checkVisibility() === false) continue;
      texts += 1;
      const [front, back] = [parse(getComputedStyle(element).color), behind(element)];
      const [high, low] = [light(front), light(back)].sort((a, b) => b - a);
      const ratio = (high + 0.05) / (low + 0.05);
      if (ratio < 4.5) found.add(ratio.toFixed(2) + ' ' + element.className + ' ' + JSON.stringify([front, back]));
    }
    if (texts < 5) throw new Error('hardly any text was found');
    return [...found];
  })()`);

/** How many pixels the page is wider than its window. */
export const sidewaysPixels = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** What a listener has to get along with: each thing that is wrong in a sentence. */
export const structureProblems = (page: Page): Promise<readonly string[]> =>
  page.evaluate(`(() => {
    const problems = [];
    const all = (selector) => [...document.querySelectorAll(selector)];
    if (document.documentElement.lang !== 'en') problems.push('no language');
    for (const landmark of ['header', 'main', 'footer'])
      if (all(landmark).length !== 1) problems.push(all(landmark).length + ' ' + landmark);
    if (all('h1').length !== 1) problems.push(all('h1').length + ' h1');
    let before = 0;
    for (const heading of all('h1, h2, h3, h4')) {
      const level = Number(heading.nodeName[1]);
      if (level > before + 1) problems.push('after h' + before + ' comes h' + level + ' ' + heading.textContent);
      if (heading.textContent.trim() === '') problems.push('an empty heading');
      before = level;
    }
    const ids = all('[id]').map(({ id }) => id);
    for (const id of ids) if (ids.filter((one) => one === id).length > 1) problems.push('two with the id ' + id);
    for (const element of all('[aria-labelledby]'))
      if (document.getElementById(element.getAttribute('aria-labelledby')) === null)
        problems.push('no label ' + element.getAttribute('aria-labelledby'));
    for (const nav of all('nav')) if (!nav.hasAttribute('aria-label')) problems.push('a nav without a name');
    for (const table of all('table')) {
      if (!table.hasAttribute('aria-labelledby')) problems.push('a table without a name');
      if ([...table.querySelectorAll('th')].some((head) => !['col', 'row'].includes(head.scope)))
        problems.push('a header without a scope');
      const columns = table.querySelectorAll('thead th').length;
      for (const row of table.querySelectorAll('tbody tr'))
        if (row.children.length !== columns) problems.push('a row of ' + row.children.length + ' in ' + columns);
    }
    for (const element of all('a, button, input, summary')) {
      const name = element.getAttribute('aria-label') ?? (element.labels?.[0] ?? element).textContent;
      if (name.trim() === '') problems.push('without a name: ' + element.outerHTML.slice(0, 80));
    }
    for (const state of all('.state')) if (state.textContent.trim() === '') problems.push('a state without a word');
    return problems;
  })()`);
