// A file cut into its documents without a parser, for when the file is broken somewhere. `---` at the beginning of a line
// ends whatever was open before it, even a quote that somebody forgot to close [YAML 1.2.2, 9.1.2: c-forbidden].

export interface DocumentPart {
  readonly text: string;
  /** How many lines of the file stand above it. */
  readonly linesBefore: number;
}

export const partsOf = (text: string): readonly DocumentPart[] => {
  let linesBefore = 0;
  return text.split(/^(?=---(?:\s|$))/m).map((part) => {
    const before = linesBefore;
    linesBefore += part.split('\n').length - 1;
    return { text: part, linesBefore: before };
  });
};
