"""The events that Gradio's server sends to a visit: none is lost where one stream of events ends.

Upstream: Gradio's client (6.31) opens a stream of events for each burst of answers. Where a request was accepted while
    the server was closing that stream, the client waits for its answer in vain until the visitor's next request; no
    issue (https://github.com/gradio-app/gradio/issues/10342 is a sister of it, mended).
Test: `test_no_answer_is_lost_where_one_stream_of_events_ends`.
It can go when the client asks again for a stream as long as it waits for events.

Tried in the server: an id among the session's pending events that never completes keeps its stream open. But then each
tab of a browser holds two connections to the page, of the six that a browser has for one host (HTTP/1.1): the third tab
stood still, where now five work.
"""

import logging

import gradio
from packaging.specifiers import SpecifierSet

KNOWN = SpecifierSet(">=6.31,<7")  # versions of Gradio with the stream that the script reads
log = logging.getLogger(__name__)


def one_stream(version: str = gradio.__version__) -> str:
    """The script for the page's head; nothing for a Gradio that it was not written for."""
    if version in KNOWN:
        return ONE_STREAM
    log.warning("Gradio %s is not known to lose answers: it runs without the page's patch of its events", version)
    return ""


ONE_STREAM = """<script>
// To Gradio's client one stream of events for the whole visit, of as many of the server's as it takes.
(() => {
  const ask = window.fetch, waiting = new Set(), early = new Set(), bytes = new TextEncoder();
  let stream;  // the client's newest: its request, whether the server is being read for it, and where to put events

  function pass(event, to) {  // returns whether it is the last one of the server's stream
    const {msg, event_id} = JSON.parse(event.slice('data: '.length));
    if (msg === 'close_stream') return true;
    if (msg === 'process_completed') waiting.delete(event_id) || early.add(event_id);
    if (msg === 'unexpected_error' && !event_id) waiting.clear();  // it is for all that wait
    to.enqueue(bytes.encode(event + '\\n\\n'));
  }

  async function read(into) {
    if (!into || into.reading || into.request.signal.aborted) return;
    into.reading = true;
    try {
      const answer = await ask(into.request.clone());
      if (!answer.ok) throw new Error(answer.status);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let ended = false;
      for (let text = '', part; !(part = await reader.read()).done;) {
        const events = (text + part.value).split('\\n\\n');
        text = events.pop();
        for (const event of events) ended = pass(event, into.to) || ended;
      }
      if (!ended) throw new Error('cut off');
    } catch {
      if (into !== stream || into.request.signal.aborted) return;  // the client has given it up
      waiting.clear();
      pass('data: {"msg": "broken_connection", "message": "Connection errored out."}', into.to);
    } finally {
      into.reading = false;
    }
    if (waiting.size) read(into);
  }

  window.fetch = async (address, options) => {
    const url = String(address?.url ?? address);
    if (url.includes('/queue/data')) {
      const opened = stream = {request: new Request(address, options)};
      const body = new ReadableStream({start: to => { opened.to = to; }});
      read(opened);
      return new Response(body, {headers: {'content-type': 'text/event-stream'}});
    }
    const answer = await ask(address, options);
    if (url.includes('/queue/join') && answer.ok) {
      const {event_id} = await answer.clone().json();
      if (!early.delete(event_id)) {
        waiting.add(event_id);
        read(stream);
      }
    }
    return answer;
  };
})();
</script>"""
