/** The server on Node: `node --expose-gc tests/soak/serve_node.ts <folder>`. */
import { createServer } from "node:http";
import process from "node:process";
import { UploadService } from "./upload_service.ts";

const service = new UploadService(process.argv[2] ?? "");

const server = createServer(async (request, response) => {
  const path = request.url ?? "";
  const { status, body } = await service.answer(path, request, () => request);
  response.writeHead(status).end(body);
});

// A client that reuses a connection while the server closes it would count a
// failed upload.
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`Listening on http://127.0.0.1:${port}/`);
});
