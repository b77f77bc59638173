// What is asked for: every field lives here, in the browser; the server draws and sets no field. All scripts of the
// Generate tab are one function, to which Gradio gives `element`, `props`, `trigger` and `watch`; `props.ready` is what
// ships with the page, `props.russian` the words of the page in Russian.
const $ = selector => element.querySelector(selector);
const $$ = selector => [...element.querySelectorAll(selector)];
pageTongue = navigator.language.toLowerCase().startsWith('ru') ? 'ru' : 'en';
const russian = pageTongue === 'ru' ? props.russian : {};
const t = (words, ...values) => (russian[words] ?? words).replace(/\{\d?\}/g, () => values.shift());
const MAX_SEED = 2 ** 53 - 17, NEW_SEEDS = 10000, SETTLED_MS = 1500, MOST_LETTERS = 1000, COUNTED_FROM = 800;
const prompt = $('#prompt'), seed = $('#seed'), fresh = $('#fresh'), model = $('#model'), versus = $('#versus');
const ranges = {frames: $('#frames'), seconds: $('#seconds'), count: $('#count')};
const defaults = {frames: 30, seconds: 1, count: 12, seed: 0};
const hero = new Player($('#hero')), beside = new Player($('#hero-other'));
const sent = new Map();  // what was asked for, by its number
const visit = Math.random().toString(36).slice(2);  // for the server, which forgets it
let {models, grammars} = props.ready, cells = [], shown = null, asked = 0, settle, waiting = false;
const newest = {hero: 0, wall: 0, other: 0};

const chosen = () => models.find(m => m.name === model.value);
const world = () => grammars[chosen()?.grammar];
const grammar = () => world()?.slots ? world() : undefined;
const stories = () => world()?.relations ? world() : undefined;  // the grammar of a model of stories
const pick = list => list[Math.floor(Math.random() * list.length)];
const make = (tag, set = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), set);
  made.append(...children);
  return made;
};

// --- Words in the visitor's language

function translate(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const words = walker.currentNode.data.trim();
    if (russian[words]) walker.currentNode.data = walker.currentNode.data.replace(words, russian[words]);
  }
  for (const e of root.querySelectorAll('[aria-label], [placeholder], [title]'))
    for (const name of ['aria-label', 'placeholder', 'title'])
      if (russian[e.getAttribute(name)]) e.setAttribute(name, russian[e.getAttribute(name)]);
}

// Lines below the prompt; the prompt that one ends with is a button.
function say(notes) {
  $('#message').replaceChildren(...(notes ?? []).map(({text, kind, nearest}) => {
    const offered = nearest && text.endsWith(nearest);
    const line = make('p', {className: `notice ${kind}`, textContent: offered ? text.slice(0, -nearest.length) : text});
    if (offered) line.append(make('button', {type: 'button', textContent: nearest, onclick: () => setPrompt(nearest)}));
    return line;
  }));
}

// --- What is asked for

function fields() {
  const values = {prompt: prompt.value.trim(), seed: seed.value === '' ? null : Number(seed.value)};
  for (const [name, e] of Object.entries(ranges)) values[name] = Number(e.value);
  return {...values, checkpoint: model.value || null, other: versus.value || null};
}

function ask() {
  clearTimeout(settle);
  if (fresh.checked) seed.value = Math.floor(Math.random() * NEW_SEEDS);
  sent.set(++asked, fields());
  sent.delete(asked - 50);
  keepFields();
  drawNewest();
  props.value = {...fields(), id: asked, visit};
}

// From a route past Gradio's queue, one clip at a time: what is asked for meanwhile comes next.
async function drawNewest() {
  if (waiting) return;
  waiting = true;
  for (let id = 0; id !== asked;) {
    id = asked;
    const request = {method: 'POST', body: JSON.stringify({...sent.get(id), id, visit})};
    try {
      shownOr(takeHero)({id, ...await (await fetch('draw', request)).json()});
    } catch {
      say([{text: t('The server does not answer. Press Enter to ask again.'), kind: 'problem'}]);
    }
  }
  waiting = false;
}

function countLetters() {
  const letters = [...prompt.value].length;
  $('#letters').textContent = letters > COUNTED_FROM ? t('{} of {} characters', letters, MOST_LETTERS) : '';
}

function changed() {  // of the prompt, by whatever hand
  countLetters();
  showNext();
  readIntoBuilder();
  ask();
}

function setPrompt(text) {
  if (text === prompt.value) return;
  prompt.value = text;
  changed();
}

// What stands in the fields outlives a reload, which Gradio does by itself after a connection was lost.
function keepFields() {
  try {
    sessionStorage.setItem('t2v-fields', JSON.stringify({...fields(), fresh: fresh.checked}));
  } catch {}  // a browser may keep nothing
}

function keptFields() {
  if (performance.getEntriesByType('navigation')[0]?.type !== 'reload') return null;
  try {
    return JSON.parse(sessionStorage.getItem('t2v-fields'));
  } catch {
    return null;
  }
}

// A clip of a file or of the history, its prompt in the language of the page.
const inTongue = clip => clip.prompt === undefined ? clip : {...clip, prompt: inOwnTongue(clip.prompt)};

// Fields as a link, a file or the history says; for what a visitor has asked for by a click.
function setFields(clip) {
  if (clip.checkpoint && models.some(m => m.name === clip.checkpoint)) model.value = clip.checkpoint;
  offerUnseen();
  if (Number.isFinite(clip.seed)) seed.value = clip.seed;
  for (const name of Object.keys(ranges)) if (Number.isFinite(clip[name])) ranges[name].value = clip[name];
  if (clip.prompt !== undefined) prompt.value = clip.prompt;
  fresh.checked = Boolean(clip.fresh);
  showRanges();
  fillBuilder();
  changed();
}
