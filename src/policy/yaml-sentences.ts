// What a YAML parser's complaint means to someone who did not write a YAML parser.

import type { YAMLParseError } from 'yaml';

const sentences: Readonly<Partial<Record<YAMLParseError['code'], string>>> = {
  BAD_ALIAS: 'a value that begins with * must be in quotes, such as "*"',
  BAD_DQ_ESCAPE: 'a backslash in double quotes begins an escape that YAML does not know; use single quotes',
  BAD_INDENT: 'the indentation does not fit, or a bracket is not closed; line it up with its neighbours',
  BLOCK_AS_IMPLICIT_KEY:
    'there is a second colon in this line; put the value in quotes, or begin the nested field on a new line',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing here',
  MULTILINE_IMPLICIT_KEY:
    'a colon is missing after the field name, or the lines before are not indented alike',
  NON_STRING_KEY: 'a list or a set of fields cannot be a field name; write plain text before the colon',
  TAB_AS_INDENT: 'the line is indented with a tab; use spaces',
};

/** A sentence for one syntax error; `text` is the whole file. */
export const syntaxSentence = (error: YAMLParseError, text: string): string => {
  const character = text[error.pos[0]] ?? '';
  if (character === '*') return sentences.BAD_ALIAS ?? '';
  if (error.code === 'BAD_SCALAR_START') {
    return `a value cannot begin with ${character}; put it in quotes`;
  }
  return (
    sentences[error.code] ??
    `this is not valid YAML here (${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}); check the indentation and the quotes around`
  );
};
