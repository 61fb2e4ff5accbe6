// What an error says, in one line.

export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { name, message } = error;
  return (name === 'Error' || name === 'TypeError' ? message : `${name}: ${message}`).replaceAll(/\s+/g, ' ');
};
