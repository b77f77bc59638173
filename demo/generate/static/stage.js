// The Generate tab. Every field lives here, in the browser: the server draws what is asked for and sets no field.
// Gradio gives `element`, `props`, `trigger` and `watch`; `props.ready` is what ships with the page, `props.russian` the
// words of the page in Russian.
const $ = selector => element.querySelector(selector);
const $$ = selector => [...element.querySelectorAll(selector)];
pageTongue = navigator.language.toLowerCase().startsWith('ru') ? 'ru' : 'en';
const russian = pageTongue === 'ru' ? props.russian : {};
const t = (words, ...values) => (russian[words] ?? words).replace(/\{\d?\}/g, () => values.shift());
const MAX_SEED = 2 ** 53 - 17, NEW_SEEDS = 10000, KEPT = 30, SETTLED_MS = 1500, MOST_LETTERS = 1000, COUNTED_FROM = 800;
const prompt = $('#prompt'), seed = $('#seed'), fresh = $('#fresh'), model = $('#model'), versus = $('#versus');
const ranges = {frames: $('#frames'), seconds: $('#seconds'), count: $('#count')};
const defaults = {frames: 30, seconds: 1, count: 12, seed: 0};
const hero = new Player($('#hero')), beside = new Player($('#hero-other'));
const sent = new Map();  // what was asked for, by its number
const visit = Math.random().toString(36).slice(2);  // for the server, which forgets it
let {models, grammars} = props.ready, cells = [], shown = null, past = [], asked = 0, settle, waiting = false;
const newest = {hero: 0, wall: 0, other: 0};

const world = () => grammars[models.find(m => m.name === model.value)?.grammar];
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
  const found = {prompt: prompt.value.trim(), seed: seed.value === '' ? null : Number(seed.value)};
  for (const [name, e] of Object.entries(ranges)) found[name] = Number(e.value);
  return {...found, checkpoint: model.value || null, other: versus.value || null};
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

// --- The builder: radio groups and one menu; of stories `StoryBuilder`

const storyBuilder = new StoryBuilder($('#story'), setStory);

// In the place of the last clip of the prompt.
function setStory(story) {
  setPrompt(splitChain(stories(), prompt.value)[0] + sayStory(stories(), story, tongueOf(prompt.value)));
}

// A prompt in its normal form, in the language of the page.
const inOwnTongue = text => stories() ? storyInPageTongue(stories(), text) : inPageTongue(grammar(), text);

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
  const found = {};
  for (const radio of $$('#builder input:checked')) found[radio.name.slice(5)] = radio.value;
  return {...found, motion: $('#motion').value};
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
  const said = (begun.trim() ? begun : '') + word;
  setPrompt(readWhole(said) ? said : `${said} `);
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

// --- What the server draws

function clipName({prompt, seed}) {
  return `${inOwnTongue(prompt)}, ${t('seed {}', seed)}`;
}

function nameHero(clip) {
  shown = clip;
  $('#hero').setAttribute('aria-label', clipName(clip));
  $('#caption').textContent = `${inOwnTongue(clip.prompt)} · ${t('seed {}', clip.seed)}`;
  const starred = past.find(p => same(p, clip))?.star ?? false;
  $('[data-do=star]').setAttribute('aria-pressed', starred);
  markWall();
}

// How a word was read, with what else it could mean: choosing that writes the prompt anew.
function readingChip(word, answer) {
  const g = grammar(), {slot, meaning, kind: className} = word;
  if (!slot || !g) return make('span', {textContent: word.text, title: meaning, className});
  const feminine = isFeminine(g, answer.slots.shape, pageTongue);
  const values = [...(OPTIONAL.has(slot) ? [''] : []), ...(slot === 'motion' ? motionsOf(g) : g.slots[slot])];
  const options = values.map(value => make('option', {value, textContent: sayValue(g, value, pageTongue, feminine) || t('any')}));
  const choice = make('select', {onchange: () => {
    setPrompt(answer.before + writePrompt(g, {...answer.slots, [slot]: choice.value}, pageTongue));
  }}, ...options);
  choice.value = meaning;
  return make('label', {className}, `${word.typed} → `, choice);
}

async function takeHero(answer) {
  if (answer.id < newest.hero) return;
  newest.hero = answer.id;
  if (answer.id === asked || answer.sheet) say(answer.notes);
  $('#reading').replaceChildren(...(answer.words ?? []).map(word => readingChip(word, answer)));
  if (!answer.sheet) return;
  const image = await loadSheet(answer.sheet);
  if (answer.id < newest.hero) return;
  hero.show({image, frames: answer.frames, seconds: answer.seconds});
  const {frames, seconds, checkpoint} = sent.get(answer.id) ?? fields();
  nameHero({prompt: answer.prompt, seed: answer.seed, frames, seconds, checkpoint});
  showStrip();
  if (answer.asked === prompt.value.trim() && answer.slots && grammar() && !readWhole(prompt.value))
    setBuilder(answer.slots);
  if (answer.id === asked) trigger('vary');
  if (answer.id === asked && answer.whole) {
    setAddress();
    settle = setTimeout(remember, SETTLED_MS);
  }
}

async function takeWall(answer) {
  if (!answer.sheet || answer.id < newest.wall) return;
  newest.wall = answer.id;
  const image = await loadSheet(answer.sheet);
  if (answer.id === newest.wall) showWall({image, frames: answer.frames, seconds: answer.seconds}, answer.cells);
}

// The large clip in more pixels, where it is still the one that is shown.
async function takeFine(answer) {
  if (!answer.sheet || answer.id !== newest.hero) return;
  const image = await loadSheet(answer.sheet);
  if (answer.id !== newest.hero || answer.id !== asked) return;
  hero.show({image, frames: answer.frames, seconds: answer.seconds});
  showStrip();
}

async function takeOther(answer) {
  if (answer.id === undefined || answer.id < newest.other) return;
  newest.other = answer.id;
  $('#other').hidden = !answer.sheet;
  $('#hero-name').textContent = answer.sheet ? answer.mine : '';
  $('#other-name').textContent = answer.sheet ? answer.name : '';
  $('#compared').textContent = (answer.notes ?? []).map(n => n.text).join(' ');
  if (!answer.sheet) return;
  const image = await loadSheet(answer.sheet);
  if (answer.id !== newest.other) return;
  beside.show({image, frames: answer.frames, seconds: answer.seconds});
  $('#hero-other').setAttribute('aria-label', `${answer.name}: ${clipName(answer)}`);
}

function showWall(sheet, found) {
  const several = new Set(found.map(cell => cell.prompt)).size > 1;
  if ($('#wall').children.length !== found.length)
    $('#wall').replaceChildren(...found.map((cell, k) => make('button', {type: 'button', onclick: () => chooseCell(k)},
      make('canvas', {width: 128, height: 128, ariaHidden: 'true'}), make('span'))));
  cells = found;
  [...$('#wall').children].forEach((button, k) => {
    button.player ??= new Player(button.firstChild);
    button.player.show(sheet, k);
    button.title = clipName(cells[k]);
    button.lastChild.textContent = several ? inOwnTongue(cells[k].prompt) : t('seed {}', cells[k].seed);
  });
  markWall();
}

function markWall() {
  [...$('#wall').children].forEach((button, k) => {
    const current = shown && cells[k].prompt === shown.prompt && cells[k].seed === shown.seed;
    button.setAttribute('aria-pressed', Boolean(current));
  });
}

function chooseCell(k) {
  const {player} = $('#wall').children[k];
  hero.show(player.sheet, k);  // at once; the server's is larger
  fresh.checked = false;
  seed.value = cells[k].seed;
  prompt.value = inOwnTongue(cells[k].prompt);
  changed();
}

// --- The film strip: the frames of the clip, the current one lit

function showStrip() {
  const {sheet, side, row} = hero, strip = $('#strip'), most = 12;
  const count = Math.min(sheet.frames, most), step = sheet.frames / count;
  strip.replaceChildren(...Array.from({length: count}, (_, k) => {
    const canvas = make('canvas', {width: 96, height: 96, frame: Math.ceil(k * step)});  // the first that lights cell k
    canvas.getContext('2d').drawImage(sheet.image, canvas.frame * side, row * side, side, side, 0, 0, 96, 96);
    return canvas;
  }));
  strip.hidden = false;
  strip.setAttribute('aria-valuemax', sheet.frames);
  hero.onFrame = frame => {
    strip.setAttribute('aria-valuenow', frame + 1);
    [...strip.children].forEach((cell, k) => cell.classList.toggle('lit', k === Math.floor(frame / step)));
  };
  hero.onFrame(hero.drawn);
  $('#hero').dataset.px = side;
}

$('#strip').addEventListener('pointermove', event => {
  if (event.target.frame !== undefined) hero.held = event.target.frame;
});
$('#strip').addEventListener('pointerleave', () => { hero.held = null; });
$('#strip').addEventListener('keydown', event => {
  const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!by || !hero.sheet) return;
  event.preventDefault();
  hero.held = (hero.now() + by + hero.sheet.frames) % hero.sheet.frames;
});
$('#strip').addEventListener('blur', () => { hero.held = null; });

// --- Address, history, links

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

function link(clip) {
  const url = new URL(location);
  url.searchParams.set('prompt', clip.prompt);
  for (const name of ['seed', 'frames', 'seconds'])
    if (clip[name] === defaults[name]) url.searchParams.delete(name);
    else url.searchParams.set(name, clip[name]);
  if (clip.checkpoint === models[0]?.name) url.searchParams.delete('checkpoint');
  else url.searchParams.set('checkpoint', clip.checkpoint);
  return url;
}

function setAddress() {
  if (new URL(location).searchParams.has('chapter')) return;
  history.replaceState(history.state, '', link({...fields(), checkpoint: model.value}));
}

const same = (a, b) => ['prompt', 'seed', 'checkpoint', 'frames', 'seconds'].every(name => a[name] === b[name]);

function remember() {
  if (!shown) return;
  const thumb = make('canvas', {width: 64, height: 64}), {sheet, side, row} = hero;
  thumb.getContext('2d').drawImage(sheet.image, Math.floor(sheet.frames / 3) * side, row * side, side, side, 0, 0, 64, 64);
  const before = past.find(p => same(p, shown));
  past = [{...shown, thumb: thumb.toDataURL('image/webp', 0.7), star: before?.star ?? false}, ...past.filter(p => p !== before)];
  const loose = past.filter(p => !p.star).slice(KEPT);
  past = past.filter(p => !loose.includes(p)).slice(0, 2 * KEPT);
  keepPast();
}

function keepPast() {
  showPast();
  trigger('remember');
}

function showPast() {
  $('#past').replaceChildren(...past.map(clip => make('button', {type: 'button', onclick: () => setFields(inTongue(clip)), title: clipName(clip)},
    make('img', {src: clip.thumb, alt: ''}), make('span', {textContent: `${clip.star ? '★ ' : ''}${inOwnTongue(clip.prompt)}`}))));
  $('#history').hidden = !past.length;
}

// A clip of a file or of the history, its prompt in the language of the page.
const inTongue = clip => clip.prompt === undefined ? clip : {...clip, prompt: inOwnTongue(clip.prompt)};

// Fields as a link, a file or the history says; for what a visitor has asked for by a click.
function setFields(clip) {
  if (clip.checkpoint && models.some(m => m.name === clip.checkpoint)) model.value = clip.checkpoint;
  if (Number.isFinite(clip.seed)) seed.value = clip.seed;
  for (const name of Object.keys(ranges)) if (Number.isFinite(clip[name])) ranges[name].value = clip[name];
  if (clip.prompt !== undefined) prompt.value = clip.prompt;
  fresh.checked = Boolean(clip.fresh);
  showRanges();
  fillBuilder();
  changed();
}

async function copy(text, words) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // on a page without https
    const area = make('textarea', {value: text});
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  $('#done').textContent = t(words);
  setTimeout(() => { $('#done').textContent = ''; }, 3000);
}

// --- Buttons

function turnSeed(by) {
  seed.value = Math.min(Math.max((Number(seed.value) || 0) + by, 0), MAX_SEED);
  fresh.checked = false;
  ask();
}

const deeds = {
  surprise() {
    const g = grammar();
    if (stories()) return setPrompt(sayStory(stories(), anyStory(stories())));
    if (!g) return setPrompt(pick(models.find(m => m.name === model.value)?.words ?? ['']));
    const slots = {};
    for (const slot of SLOTS) slots[slot] = pick([...(OPTIONAL.has(slot) ? [''] : []), ...(slot === 'motion' ? motionsOf(g) : g.slots[slot])]);
    setPrompt(writePrompt(g, slots));
  },
  unseen() {
    const found = (world()?.unseen ?? []).filter(p => inOwnTongue(p) !== prompt.value);
    if (found.length) setPrompt(inOwnTongue(pick(found)));
  },
  swap() {
    setStory(swapped(storyBuilder.story));
  },
  reseed() {
    seed.value = Math.floor(Math.random() * NEW_SEEDS);
    ask();
  },
  play(button) {
    playing = !playing;
    showPlaying();
  },
  fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else $('#clip').requestFullscreen();
  },
  tutorial(button) {
    versus.value = versus.value === 'baseline' ? '' : 'baseline';
    compared();
  },
  'copy-link': () => copy(link({...fields(), checkpoint: model.value}).href, 'Link copied'),
  'copy-prompt': () => copy(prompt.value.trim(), 'Prompt copied'),
  star(button) {
    if (!shown) return;
    if (!past.some(p => same(p, shown))) remember();
    const clip = past.find(p => same(p, shown));
    clip.star = !clip.star;
    button.setAttribute('aria-pressed', clip.star);
    keepPast();
  },
};

function showPlaying() {
  const button = $('[data-do=play]');
  button.textContent = playing ? t('Pause') : t('Play');
  button.setAttribute('aria-pressed', !playing);
}

function compared() {
  $('[data-do=tutorial]').setAttribute('aria-pressed', versus.value === 'baseline');
  ask();
}

element.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (button?.dataset.do) deeds[button.dataset.do](button);
  if (button?.dataset.save && shown) {
    props.value = {...fields(), id: asked, shown, ending: button.dataset.save};
    trigger('save');
  }
});

document.addEventListener('fullscreenchange', () => {
  const large = document.fullscreenElement === $('#clip');
  for (const canvas of [$('#hero'), $('#hero-other')]) canvas.width = canvas.height = large ? 1024 : 384;
  for (const player of [hero, beside]) player.drawn = -1;
});
document.addEventListener('keydown', event => {
  if (document.fullscreenElement !== $('#clip')) return;
  const by = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
  if (by) turnSeed(by);
});

// --- Settings

function showRanges() {
  for (const e of Object.values(ranges)) e.nextElementSibling.textContent = e.value;
}

function fillModels() {
  const options = list => list.map(m => make('option', {value: m.name, textContent: m.label}));
  const [mine, other] = [model.value, versus.value], known = name => models.some(m => m.name === name);
  model.replaceChildren(...options(models));
  model.value = known(mine) ? mine : models[0]?.name ?? '';
  versus.replaceChildren(make('option', {value: '', textContent: t('none')}), ...options(models));
  versus.value = known(other) ? other : '';
  $('[data-do=tutorial]').hidden = !known('baseline');
  $('[data-do=unseen]').hidden = !world()?.unseen?.length;
}

for (const e of Object.values(ranges)) e.addEventListener('input', () => { showRanges(); ask(); });
seed.addEventListener('input', () => { fresh.checked = false; ask(); });
model.addEventListener('change', () => { fillModels(); fillBuilder(); changed(); });
versus.addEventListener('change', compared);

// --- What comes from the server

// A picture that cannot be shown says why; nothing is lost without a word.
const shownOr = take => answer => take(answer).catch(error => {
  console.error(error);
  say([{text: t('This clip cannot be shown: {}', error.message), kind: 'problem'}]);
});

window.studio = {
  takeWall: shownOr(takeWall), takeOther: shownOr(takeOther), takeFine: shownOr(takeFine),
  takeCatalogue(answer) {  // which models there are now
    if (!answer?.models) return;
    const before = world();
    ({models, grammars} = answer);
    fillModels();
    fillBuilder();
    if (!before && world()) return changed();
    readIntoBuilder();  // a model of a link may be of another world than was thought
    showNext();
  },
  takeCommand(answer) {  // what a visitor has asked for elsewhere: a file was opened, a run is to be tried
    if (!answer?.set) return;
    if (answer.models) this.takeCatalogue(answer);
    setFields(inTongue(answer.set));
  },
  past: () => past,
  setPast(found) {
    if (Array.isArray(found) && !past.length) past = found.filter(p => typeof p?.prompt === 'string' && typeof p?.thumb === 'string');
    showPast();
  },
};

// --- The first look: nothing here waits for the server

function linkedFields() {
  const query = new URL(location).searchParams;
  if (!query.has('prompt') || query.has('chapter')) return null;
  const clip = {prompt: query.get('prompt').slice(0, 2 * MOST_LETTERS), checkpoint: query.get('checkpoint')};
  for (const name of ['seed', 'frames', 'seconds']) if (query.has(name)) clip[name] = Number(query.get(name));
  return clip;
}

async function open() {
  translate(element);
  fillModels();
  showRanges();
  const clip = keptFields() ?? linkedFields();
  if (clip) {
    if (clip.checkpoint && !models.some(m => m.name === clip.checkpoint)) {  // the catalogue may know it
      models = [...models, {name: clip.checkpoint, label: clip.checkpoint, grammar: models[0]?.grammar}];
      fillModels();
    }
    setFields(clip);
  } else {
    fillBuilder();
    prompt.value = inOwnTongue(prompt.value);
    readIntoBuilder();
    showNext();
  }
  showPast();
  showPlaying();
  props.value ??= {...fields(), id: asked};
  if (!props.ready.cells) return clip || ask();
  const sheets = [loadSheet(props.ready.wall), loadSheet(props.ready.hero)], {frames, seconds, cells: found} = props.ready;
  const image = await sheets[0];
  if (newest.wall) return;
  showWall({image, frames, seconds}, found);
  if (newest.hero || clip) return;
  hero.show({image, frames, seconds}, 0);
  nameHero({...found[0], frames, seconds, checkpoint: models[0]?.name});
  showStrip();
  const large = await sheets[1];
  if (newest.hero || hero.sheet.image !== image) return;  // something else was chosen
  hero.show({image: large, frames, seconds});
  showStrip();
}
open();
if (matchMedia('(pointer: fine)').matches && !document.activeElement?.closest?.('input')) prompt.select();
