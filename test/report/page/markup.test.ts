import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Part, joined, markup, sentence } from '../../../src/report/page/markup.ts';
import { textOf } from './served-page.ts';

const rtl = '\u202E';

describe('text in markup', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a tag', '<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    ['quotes', `"'`, '&quot;&#39;'],
    ['an escaped character', '&lt;', '&amp;lt;'],
    ['what turns the direction of writing', `a${rtl}b\u2066c\u200F`, 'a\uFFFDb\uFFFDc\uFFFD'],
    ['what has no width', 'a\u200Bb\uFEFFc\u00AD', 'a\uFFFDb\uFFFDc\uFFFD'],
    ['lines and control characters', 'a\r\nb\u0000\u001b[31m\u2028', 'a\uFFFD\uFFFDb\uFFFD\uFFFD[31m\uFFFD'],
    ['half a character', 'a\uD800b', 'a\uFFFDb'],
    ['letters of the world', 'Zoë Ångström 李 עברית 🙂', 'Zoë Ångström 李 עברית 🙂'],
  ];
  it.each(cases)('%s', (_name, text, expected) => {
    expect(markup`<p title="${text}">${text}</p>`.toString()).toBe(`<p title="${expected}">${expected}</p>`);
  });

  it('that is very long is cut, and says so', () => {
    const made = markup`${'x'.repeat(10_000)}`.toString();
    expect(made).toBe(`${'x'.repeat(1_000)}… (9,000 more characters)`);
  });

  it('is escaped in lists and after markup alike, and nothing stands for nothing', () => {
    const parts: readonly Part[] = ['<', markup`<b>${'<'}</b>`, undefined, null, false, 3, ['>']];
    expect(markup`${parts}`.toString()).toBe('&lt;<b>&lt;</b>3&gt;');
    expect(markup`${joined(['a', 'b'], markup`<br>`)}`.toString()).toBe('a<br>b');
  });

  it('never makes a tag or ends an attribute, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const made = markup`<p title="${text}">${text}</p>`.toString();
        expect(made.match(/[<>"]/g)?.join('')).toBe('<""><>');
        expect(made).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });

  it('in a sentence: what stands between backticks is a command, still escaped', () => {
    expect(sentence('run `ack <x>` now').toString()).toBe('run <code>ack &lt;x&gt;</code> now');
    expect(textOf(sentence('one ` only').toString())).toBe('one only ');
  });
});
