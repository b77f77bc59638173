// The grammar in the browser: a prompt into its slots, slots into a prompt, and the words that may come next.
// `grammar` is what the server's `grammar_data` gives: {slots: {size: [...], ...}, diagonals: [...], speedless: [...],
// implied: 'red' or null}.
const SLOTS = ['size', 'colour', 'shape', 'motion', 'speed'];
const OPTIONAL = new Set(['size', 'colour', 'speed']);
const FORGIVEN = new Set(['color', 'colour', 'colored', 'coloured']);

const wordsOf = text => text.toLowerCase().replace(/\b(counter|anti)[\s-]*clockwise\b/g, 'counter-clockwise')
  .split(/\s+/).filter(Boolean);

function motionsOf(grammar) {
  return [...grammar.slots.motion, ...grammar.diagonals.map(m => m.replace('moving ', 'moving diagonally '))];
}

function phrasesOf(grammar, slot) {
  return (slot === 'motion' ? motionsOf(grammar) : grammar.slots[slot]).map(phrase => phrase.split(' '));
}

// Walks the slots in their order. Calls `found` with the slots of every reading of `words`, and `next` with each word
// that may follow or, where the last one is not finished, may end it.
function walk(grammar, words, unfinished, {found = () => {}, next = () => {}}) {
  const step = (k, at, slots) => {
    if (k === SLOTS.length) return at === words.length && found(slots);
    const slot = SLOTS[k];
    if (slot === 'speed' && grammar.speedless.includes(slots.motion)) return step(k + 1, at, slots);
    for (const phrase of phrasesOf(grammar, slot)) {
      let same = 0;
      while (same < phrase.length && at + same < words.length && phrase[same] === words[at + same]) same++;
      if (same === phrase.length) step(k + 1, at + same, {...slots, [slot]: phrase.join(' ')});
      else if (at + same === words.length && !unfinished) next(phrase[same]);
      else if (at + same === words.length - 1 && unfinished && phrase[same].startsWith(words.at(-1))) next(phrase[same]);
    }
    if (OPTIONAL.has(slot)) step(k + 1, at, slots);
  };
  step(0, 0, {});
}

function plainWords(grammar, text) {
  let words = wordsOf(text.replace(/\.\s*$/, ''));
  if (['a', 'an', 'the'].includes(words[0])) words = words.slice(1);
  words = words.filter((word, k) => !FORGIVEN.has(word));
  return words[0] === grammar.implied ? words.slice(1) : words;
}

// The slots that a whole prompt names, or null.
function readPrompt(grammar, text) {
  let slots = null;
  walk(grammar, plainWords(grammar, text), false, {found: s => { slots ??= s; }});
  return slots;
}

// What may come next: [] when the prompt is whole or no prompt of the grammar begins like it.
function nextWords(grammar, text) {
  const words = plainWords(grammar, text), unfinished = words.length > 0 && !/\s$/.test(text), found = new Set();
  walk(grammar, words, unfinished, {next: word => found.add(word)});
  if (unfinished && !found.size) walk(grammar, words, false, {next: word => found.add(word)});
  found.delete(unfinished ? words.at(-1) : '');
  return [...found];
}

// The slots that the beginning of a prompt names for sure.
function readBeginning(grammar, text) {
  const words = plainWords(grammar, text), slots = {};
  for (const slot of ['size', 'colour', 'shape']) if (grammar.slots[slot].includes(words[0])) slots[slot] = words.shift();
  return slots;
}

function writePrompt(grammar, slots) {
  const said = {...slots, shape: slots.shape || grammar.slots.shape[0], motion: slots.motion || grammar.slots.motion[0]};
  if (grammar.speedless.includes(said.motion)) delete said.speed;
  return SLOTS.map(slot => said[slot]).filter(Boolean).join(' ');
}

// A prompt of several clips one after another, `..., then ...`: all but the last one, and the last one.
function splitChain(text) {
  const at = text.toLowerCase().lastIndexOf(', then ');
  return at < 0 ? ['', text] : [text.slice(0, at + 7), text.slice(at + 7)];
}
