/**
 * Makes the form for a code block. If the program is run with the name of a
 * subtype, the form is sent as that multipart instead, and each read of it is
 * printed.
 */
export async function postForm(
  form: FormData | Response,
  headers: Record<string, string> = {},
): Promise<Request> {
  const subtype = Deno.args[0] ?? "form-data";
  const encoded = form instanceof Response ? form : new Response(form);
  const type = encoded.headers.get("content-type") ?? "";
  const bytes = new Uint8Array(await encoded.arrayBuffer());
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (Deno.args.length > 0) console.log("The body is read");
      controller.enqueue(bytes);
      controller.close();
    },
  }, { highWaterMark: 0 });
  return new Request("http://localhost/", {
    method: "POST",
    headers: { ...headers, "content-type": type.replace("form-data", subtype) },
    body,
  });
}
