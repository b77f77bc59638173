"""The events that Gradio's server sends to a visit, none of which may be lost."""

ONE_STREAM = """<script>
// To Gradio's client one stream of events for the whole visit, of as many of the server's as it takes. By itself it
// opens one for each burst of answers, and where a request was accepted while the server was closing that one (gradio
// 6.31), the answer came with the visitor's next request alone.
(() => {
  const ask = window.fetch, waiting = new Set(), early = new Set(), bytes = new TextEncoder();
  let request, stream, reading = false;

  function pass(event) {
    const {msg, event_id} = JSON.parse(event.slice('data: '.length));
    if (msg === 'process_completed') waiting.delete(event_id) || early.add(event_id);
    if (msg !== 'close_stream') stream?.enqueue(bytes.encode(event + '\\n\\n'));
  }

  async function read() {
    if (reading || !stream) return;
    reading = true;
    try {
      const answer = await ask(request.clone());
      if (!answer.ok) throw new Error(answer.status);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let said = '', part; !(part = await reader.read()).done;) {
        const events = (said + part.value).split('\\n\\n');
        said = events.pop();
        events.forEach(pass);
      }
    } catch {
      waiting.clear();  // an event without an id is for all that wait
      pass('data: {"msg": "broken_connection", "message": "Connection errored out."}');
    } finally {
      reading = false;
    }
    if (waiting.size) read();
  }

  window.fetch = async (address, options) => {
    const url = String(address?.url ?? address);
    if (url.includes('/queue/data')) {
      request = new Request(address, options);
      const body = new ReadableStream({start: made => { stream = made; }, cancel: () => { stream = undefined; }});
      read();
      return new Response(body, {headers: {'content-type': 'text/event-stream'}});
    }
    const answer = await ask(address, options);
    if (url.includes('/queue/join') && answer.ok) {
      const {event_id} = await answer.clone().json();
      early.delete(event_id) || waiting.add(event_id);
      read();
    }
    return answer;
  };
})();
</script>"""
