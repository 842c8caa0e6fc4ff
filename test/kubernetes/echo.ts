import { createServer } from "node:http";

/** What the pods of `fixtures/echo` run: answers with its word. */
const { WORD = "", ADDRESS = "", READY = "" } = process.env;
const server = createServer((request, response) => {
  response.statusCode = request.url === "/ready" && READY !== "true" ? 503 : 200;
  response.end(WORD);
});
server.listen(8080, ADDRESS, () => process.stdout.write(`says ${WORD}\n`));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
