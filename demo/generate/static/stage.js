// The Generate tab's buttons and settings, what comes to it from elsewhere, and its first look.

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
    if (!g) return setPrompt(pick(chosen()?.words ?? ['']));
    const slots = {};
    for (const slot of SLOTS) slots[slot] = pick([...(OPTIONAL.has(slot) ? [''] : []), ...(slot === 'motion' ? motionsOf(g) : g.slots[slot])]);
    setPrompt(writePrompt(g, slots));
  },
  unseen() {
    const others = unseen().filter(p => inOwnTongue(p) !== prompt.value);
    if (others.length) setPrompt(inOwnTongue(pick(others)));
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
  'copy-link': () => copy(link({...fields(), checkpoint: model.value}).href, t('Link copied')),
  'copy-prompt': () => copy(prompt.value.trim(), t('Prompt copied')),
  star: () => shown && turnStar(),
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
  const {frames, seconds} = fields(), [slowest, fastest] = props.ready.fps;  // the server keeps the time, not the number
  const least = Math.ceil(slowest * seconds), most = Math.floor(fastest * seconds);
  $('#pace').textContent = frames > most ? t('{} are drawn: at most {} a second.', most, fastest)
    : frames < least ? t('{} are drawn: at least {} a second.', least, slowest) : '';
}

// Prompts that the chosen model was never shown; of one that began in another world it is not known.
const unseen = () => chosen()?.first_world ? [] : world()?.unseen ?? [];

function offerUnseen() {
  $('[data-do=unseen]').hidden = !unseen().length;
}

function fillModels() {
  const options = list => list.map(m => make('option', {value: m.name, textContent: m.label}));
  const [mine, other] = [model.value, versus.value], known = name => models.some(m => m.name === name);
  model.replaceChildren(...options(models));
  model.value = known(mine) ? mine : models[0]?.name ?? '';
  versus.replaceChildren(make('option', {value: '', textContent: t('none')}), ...options(models));
  versus.value = known(other) ? other : '';
  $('[data-do=tutorial]').hidden = !known('baseline');
  offerUnseen();
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
  past = readPast();
  showPast();
  showPlaying();
  props.value ??= {...fields(), id: asked};
  if (!props.ready.cells) return clip || ask();
  const sheets = [loadSheet(props.ready.wall), loadSheet(props.ready.hero)], {frames, seconds, cells: wallCells} = props.ready;
  const image = await sheets[0];
  if (newest.wall) return;
  showWall({image, frames, seconds}, wallCells);
  if (newest.hero || clip) return;
  hero.show({image, frames, seconds}, 0);
  nameHero({...wallCells[0], frames, seconds, checkpoint: models[0]?.name});
  showStrip();
  const large = await sheets[1];
  if (newest.hero || hero.sheet.image !== image) return;  // something else was chosen
  hero.show({image: large, frames, seconds});
  showStrip();
}
open();
if (matchMedia('(pointer: fine)').matches && !document.activeElement?.closest?.('input')) prompt.select();
