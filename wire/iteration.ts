/**
 * Ends an iteration before its time.
 *
 * @param isPending Whether a `next()` has not settled yet. A generator takes
 * the call only behind the value that it is waiting for, which may never come:
 * then nobody waits for the generator either.
 */
export async function endIteration(
  iterator: Iterator<unknown> | AsyncIterator<unknown>,
  isPending: boolean,
): Promise<void> {
  const ended = callReturn(iterator);
  if (isPending) ended.catch(() => {});
  else await ended;
}

async function callReturn(
  iterator: Iterator<unknown> | AsyncIterator<unknown>,
): Promise<void> {
  await iterator.return?.();
}
