/** A response that describes an error, for programs and for people. */
export function problem(
  status: number,
  code: string,
  message: string,
  offset?: number,
): Response {
  return Response.json({ error: { code, message, offset } }, { status });
}
