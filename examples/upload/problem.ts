/** An answer that says what went wrong, for programs and for people. */
export function problem(
  status: number,
  code: string,
  message: string,
): Response {
  return Response.json({ error: { code, message } }, { status });
}
