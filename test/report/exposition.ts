// The text format of Prometheus, read strictly enough for tests.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const parseLabels = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );

export const parseExposition = (text: string): readonly Sample[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (match === null) throw new Error(`this is no sample: ${line}`);
      return { name: match[1] ?? '', labels: parseLabels(match[2] ?? ''), value: Number(match[3]) };
    });

/** Samples of one metric as `{label=value,…}` → value, labels sorted, and without those named in `but`. */
export const samplesOf = (
  text: string,
  name: string,
  but: readonly string[] = [],
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    parseExposition(text)
      .filter((sample) => sample.name === name)
      .map(({ labels, value }) => [
        Object.entries(labels)
          .filter(([label]) => !but.includes(label))
          .map(([label, of]) => `${label}=${of}`)
          .sort()
          .join(','),
        value,
      ]),
  );
