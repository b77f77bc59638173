// The builder, radio groups and one menu (of stories `StoryBuilder`), and the words that may come next.

const storyBuilder = new StoryBuilder($('#story'), setStory);

// In the place of the last clip of the prompt.
function setStory(story) {
  setPrompt(splitChain(stories(), prompt.value)[0] + sayStory(stories(), story, tongueOf(prompt.value)));
}

// A prompt in its normal form, in the language of the page.
const inOwnTongue = text => inPageTongue(stories() ?? grammar(), text);

function fillBuilder() {
  const g = grammar();
  $('#builder').hidden = !g;
  $('#story').hidden = !stories();
  if (stories()) storyBuilder.fill(stories());
  if (!g) return;
  for (const slot of SLOTS) {
    const at = $(`[data-slot=${slot}]`), optional = OPTIONAL.has(slot);
    const words = slot === 'motion' ? motionsOf(g) : g.slots[slot];
    (at.tagName === 'SELECT' ? at.parentElement : at).hidden = words.length < 2;
    if (at.dataset.words === words.join()) continue;
    at.dataset.words = words.join();
    const label = word => sayValue(g, word) || t('any');
    if (at.tagName === 'SELECT') {
      at.replaceChildren(make('option', {value: '', hidden: true}), ...words.map(word => make('option', {value: word, textContent: label(word)})));
      continue;
    }
    for (const label of at.querySelectorAll('label')) label.remove();
    for (const word of optional ? ['', ...words] : words) {
      const radio = make('input', {type: 'radio', name: `slot-${slot}`, value: word, checked: optional && !word});
      at.append(make('label', {}, radio, make('span', {textContent: label(word)})));
    }
  }
}

function builderSlots() {
  const slots = {};
  for (const radio of $$('#builder input:checked')) slots[radio.name.slice(5)] = radio.value;
  return {...slots, motion: $('#motion').value};
}

function setBuilder(slots) {
  for (const radio of $$('#builder input')) radio.checked = radio.value === (slots[radio.name.slice(5)] ?? '');
  $('#motion').value = slots.motion ?? '';
}

// The slots or the story of a whole prompt; of a chain, of its last part.
function readWhole(text) {
  const tail = splitChain(world(), text)[1];
  if (stories()) return readStory(stories(), tail);
  return grammar() ? readPrompt(grammar(), tail) : null;
}

function readIntoBuilder() {
  const story = stories() && readWhole(prompt.value);
  if (story) storyBuilder.show(story);
  if (!grammar()) return;
  const tail = splitChain(grammar(), prompt.value)[1];
  setBuilder(readPrompt(grammar(), tail) ?? readBeginning(grammar(), tail));
}

$('#builder').addEventListener('change', () => {
  prompt.value = splitChain(grammar(), prompt.value)[0] + writePrompt(grammar(), builderSlots(), tongueOf(prompt.value));
  changed();
});

// --- Next words

function showNext() {
  const g = grammar(), tail = splitChain(world(), prompt.value)[1];
  const words = g ? nextWords(g, tail) : stories() ? nextStoryWords(stories(), tail)
    : (models.find(m => m.name === model.value)?.words ?? []);
  const chips = words.map(word => make('button', {type: 'button', textContent: word, onclick: () => take(word)}));
  if (readWhole(prompt.value)) chips.push(make('button', {type: 'button', textContent: t('then'), onclick: addClip}));
  $('#next').replaceChildren(...(chips.length ? [make('span', {className: 'faint', textContent: t('Next:')}), ...chips] : []));
}

// Another clip after this one.
function addClip() {
  setPrompt(`${prompt.value.trim()}${JOINT[tongueOf(prompt.value)]}`);
  prompt.focus();
}

function take(word) {
  const text = prompt.value.replace(/\s+/g, ' '), last = text.split(' ').at(-1);
  const begun = word.startsWith(last.toLowerCase()) && word !== last ? text.slice(0, text.length - last.length) : text.trimEnd() + ' ';
  const whole = (begun.trim() ? begun : '') + word;
  setPrompt(readWhole(whole) ? whole : `${whole} `);
  prompt.focus();
}

prompt.addEventListener('keydown', event => {
  if (event.key === 'Enter') ask();
  const first = $('#next button'), tail = splitChain(grammar(), prompt.value)[1];
  if (event.key !== 'Tab' || event.shiftKey || !first || !tail.trim() || readWhole(prompt.value)) return;
  event.preventDefault();
  first.click();
});
prompt.addEventListener('input', changed);
