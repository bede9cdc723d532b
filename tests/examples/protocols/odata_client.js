/**
 * Apache Olingo's client for JavaScript, which reads and writes batches:
 * `node odata_client.js URL` sends the batch on stdin, and prints the answers.
 */
import odatajs from "odatajs";
import { text } from "node:stream/consumers";
import process from "node:process";

/** Replaces the client's own, which needs a browser. */
const httpClient = {
  request({ requestUri, method, headers, body }, success, error) {
    fetch(requestUri, { method, headers, body }).then(async (response) => {
      success({
        requestUri,
        statusCode: response.status,
        statusText: response.statusText,
        headers: Object.fromEntries(
          [...response.headers].map(([name, value]) => [
            name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()),
            value,
          ]),
        ),
        body: await response.text(),
      });
    }).catch(error);
    return { abort() {} };
  },
};

const request = {
  requestUri: `${process.argv[2]}$batch`,
  method: "POST",
  headers: { "OData-Version": "4.0" },
  data: JSON.parse(await text(process.stdin)),
};
const { batchHandler } = odatajs.oData.batch;
const fail = (error) => {
  console.error(error);
  process.exitCode = 1;
};
odatajs.oData.request(
  request,
  ({ __batchResponses }) => console.log(JSON.stringify(__batchResponses)),
  fail,
  batchHandler,
  httpClient,
);
