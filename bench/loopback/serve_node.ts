import { createServer, type IncomingMessage } from "node:http";
import process from "node:process";
import { makeHandler } from "./handlers.ts";

const handler = await makeHandler(process.argv[2]);

async function answer(message: IncomingMessage): Promise<string> {
  return String(await handler.onMessage(message));
}

const server = createServer((message, response) => {
  answer(message).then(
    (text) => response.end(text),
    (error) => response.writeHead(500).end(String(error)),
  );
});

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`Listening on http://127.0.0.1:${port}/`);
});
