// The grammar in the browser: a prompt into its slots, slots into a prompt, and the words that may come next.
// `grammar` is what the server's `grammar_data` gives: {slots: {size: [...], ...}, diagonals: [...], speedless: [...],
// implied: 'red' or null, russian: {words: {small: ['маленький', 'маленькая'], ...}, feminine: ['star']}}. Slots hold
// English values in both languages.
const SLOTS = ['size', 'colour', 'shape', 'motion', 'speed'];
const OPTIONAL = new Set(['size', 'colour', 'speed']);
const FORGIVEN = new Set(['color', 'colour', 'colored', 'coloured']);
const CHAIN = /[,;.]\s*(?:and\s+)?then\s+|[,;.]\s*(?:[аи]\s+)?(?:затем|потом)\s+/gi;
const JOINT = {en: ', then ', ru: ', затем '};  // of a chain's clips
let pageTongue = 'en';  // of the page: `en` or `ru`

// The language that a text is written in; that of the page where it has no letters.
const tongueOf = text => /[а-яё]/i.test(text) ? 'ru' : /[a-z]/i.test(text) ? 'en' : pageTongue;
const plain = word => word.replaceAll('ё', 'е');
const wordsOf = text => plain(text.toLowerCase()).replace(/\b(counter|anti)[\s-]*clockwise\b/g, 'counter-clockwise')
  .split(/\s+/).filter(Boolean);

function motionsOf(grammar) {
  return [...grammar.slots.motion, ...grammar.diagonals.map(m => m.replace('moving ', 'moving diagonally '))];
}

// A value of a slot as it is named; in Russian words for a feminine shape end otherwise.
function sayValue(grammar, value, tongue = pageTongue, feminine = false) {
  return tongue === 'ru' && value ? grammar.russian?.words[value]?.[Number(feminine)] ?? value : value;
}

const isFeminine = (grammar, shape, tongue) => tongue === 'ru' && (grammar.russian?.feminine.includes(shape) ?? false);

// [value, its words] of all that a slot can be; of shapes, those of one gender.
function phrasesOf(grammar, slot, tongue, feminine) {
  const values = slot === 'motion' ? motionsOf(grammar) : grammar.slots[slot];
  return values.filter(value => slot !== 'shape' || isFeminine(grammar, value, tongue) === feminine)
    .map(value => [value, sayValue(grammar, value, tongue, feminine).split(' ')]);
}

// Walks the slots in their order. Calls `whole` with the slots of every reading of `words`, and `next` with each word
// that may follow or, where the last one is not finished, may end it.
function walk(grammar, words, tongue, unfinished, {whole = () => {}, next = () => {}}) {
  const step = (k, at, slots, feminine) => {
    if (k === SLOTS.length) return at === words.length && whole(slots);
    const slot = SLOTS[k];
    if (slot === 'speed' && grammar.speedless.includes(slots.motion)) return step(k + 1, at, slots, feminine);
    for (const [value, phrase] of phrasesOf(grammar, slot, tongue, feminine)) {
      let same = 0;
      while (same < phrase.length && at + same < words.length && plain(phrase[same]) === words[at + same]) same++;
      if (same === phrase.length) step(k + 1, at + same, {...slots, [slot]: value}, feminine);
      else if (at + same === words.length && !unfinished) next(phrase[same]);
      else if (at + same === words.length - 1 && unfinished && plain(phrase[same]).startsWith(words.at(-1))) next(phrase[same]);
    }
    if (OPTIONAL.has(slot)) step(k + 1, at, slots, feminine);
  };
  for (const feminine of tongue === 'ru' ? [false, true] : [false]) step(0, 0, {}, feminine);
}

function plainWords(grammar, text, tongue) {
  let words = wordsOf(text.replace(/\.\s*$/, ''));
  if (['a', 'an', 'the'].includes(words[0])) words = words.slice(1);
  words = words.filter(word => !FORGIVEN.has(word));
  const implied = [false, true].map(feminine => sayValue(grammar, grammar.implied, tongue, feminine));
  return grammar.implied && implied.includes(words[0]) ? words.slice(1) : words;
}

// The slots that a whole prompt names, or null.
function readPrompt(grammar, text, tongue = tongueOf(text)) {
  let slots = null;
  walk(grammar, plainWords(grammar, text, tongue), tongue, false, {whole: s => { slots ??= s; }});
  return slots;
}

// What may come next: [] when the prompt is whole or no prompt of the grammar begins like it.
function nextWords(grammar, text, tongue = tongueOf(text)) {
  const words = plainWords(grammar, text, tongue), unfinished = words.length > 0 && !/\s$/.test(text), following = new Set();
  walk(grammar, words, tongue, unfinished, {next: word => following.add(word)});
  if (unfinished && !following.size) walk(grammar, words, tongue, false, {next: word => following.add(word)});
  for (const word of following) if (unfinished && plain(word) === words.at(-1)) following.delete(word);
  return [...following];
}

// The slots that the beginning of a prompt names for sure.
function readBeginning(grammar, text, tongue = tongueOf(text)) {
  const words = plainWords(grammar, text, tongue), slots = {};
  for (const slot of ['size', 'colour', 'shape']) {
    const value = grammar.slots[slot].find(v => [false, true].some(f => plain(sayValue(grammar, v, tongue, f)) === words[0]));
    if (value) slots[slot] = value;
    if (value) words.shift();
  }
  return slots;
}

function writePrompt(grammar, slots, tongue = pageTongue) {
  const named = {...slots, shape: slots.shape || grammar.slots.shape[0], motion: slots.motion || grammar.slots.motion[0]};
  if (grammar.speedless.includes(named.motion)) delete named.speed;
  const feminine = isFeminine(grammar, named.shape, tongue);
  return SLOTS.map(slot => sayValue(grammar, named[slot], tongue, feminine)).filter(Boolean).join(' ');
}

// A prompt of several clips one after another, `..., then ...`: all but the last one, and the last one. It is cut where
// a prompt of its own begins: `moving up, then right` is one movement of one thing. `grammar` may be that of stories.
function splitChain(grammar, text) {
  if (!grammar) return ['', text];
  const [next, read] = grammar.relations ? [nextStoryWords, readStory] : [nextWords, readPrompt];
  const cut = [...text.matchAll(CHAIN)].map(match => match.index + match[0].length)
    .findLast(at => !text.slice(at).trim() || next(grammar, text.slice(at)).length || read(grammar, text.slice(at)));
  return cut === undefined ? ['', text] : [text.slice(0, cut), text.slice(cut)];
}

// A prompt of the grammar, or a chain of them, in the language of the page; any other text as it stands. `grammar` may
// be that of stories.
function inPageTongue(grammar, text) {
  if (!grammar) return text;
  const [read, write] = grammar.relations ? [readStory, sayStory] : [readPrompt, writePrompt];
  const [before, last] = splitChain(grammar, text), meaning = read(grammar, last);
  if (!meaning || tongueOf(last) === pageTongue) return text;
  const first = before.replace(/[,;.]\s*[^,;.]*$/, '');
  return (first ? `${inPageTongue(grammar, first)}${JOINT[pageTongue]}` : '') + write(grammar, meaning);
}
