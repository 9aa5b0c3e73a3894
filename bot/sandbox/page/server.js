// Talking to the sandbox: what happens comes as server-sent events, what is done goes as POSTs.

/** Fails with an error whose `words` are the sandbox's, or that has none where the sandbox does not answer. */
export async function post(path, body = {}) {
  const response = await fetch(`/page/${path}`, {
    method: "POST",
    // A header that another site cannot send: the sandbox does nothing without it.
    headers: { "Content-Type": "application/json", "X-Sandbox": "page" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.error), { words: answer.error });
  return answer;
}

export async function state() {
  return (await fetch("/page/state")).json();
}

/** Calls `opened` at each connection (also after a break, when all may have changed) and `happened` for each event. */
export function watch({ opened, happened, broken }) {
  const source = new EventSource("/page/events");
  source.onopen = opened;
  source.onerror = broken;
  source.onmessage = (message) => happened(JSON.parse(message.data));
}
