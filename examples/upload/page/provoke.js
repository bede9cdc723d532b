// Sends requests that the server refuses, and shows its responses.

const FORM = "multipart/form-data; boundary=example";
const field = (name, value, end = "--example--\r\n") =>
  `--example\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n${end}`;

const REQUESTS = {
  413: { type: FORM, body: field("note", "x".repeat(70_000)) },
  415: {
    type: "multipart/mixed; boundary=example",
    body: "--example\r\n\r\nx\r\n--example--\r\n",
  },
  431: { type: FORM, body: field("n".repeat(20_000), "x") },
  truncated: {
    type: FORM,
    body: field("note", "the rest of this was lost", ""),
  },
};

const byId = (id) => document.getElementById(id);

/** Makes each button send its request. */
export function startProvoking() {
  for (const button of document.querySelectorAll("#provoke button")) {
    button.addEventListener("click", () => provoke(button.value));
  }
}

async function provoke(name) {
  const { type, body } = REQUESTS[name];
  let answer;
  try {
    const response = await fetch("upload", {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    answer = { status: response.status, ...(await response.json()).error };
  } catch {
    answer = { message: "The server could not be reached." };
  }
  for (const key of ["status", "code", "offset", "message"]) {
    const value = answer[key] ?? "none";
    byId(`provoked-${key}`).textContent = key === "offset"
      ? value.toLocaleString("en")
      : value;
  }
  byId("provoked").hidden = false;
  document.dispatchEvent(new Event("upload-ended"));
}
