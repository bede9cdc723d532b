/** An answer that says what went wrong, for programs and for people. */
export function problem(
  status: number,
  code: string,
  message: string,
  offset?: number,
): Response {
  return Response.json({ error: { code, message, offset } }, { status });
}
