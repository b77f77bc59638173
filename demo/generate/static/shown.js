// What the server has drawn: the large clip, how its words were read, variations, another model's clip, the film strip.

function clipName({prompt, seed}) {
  return `${inOwnTongue(prompt)}, ${t('seed {}', seed)}`;
}

function nameHero(clip) {
  shown = clip;
  $('#hero').setAttribute('aria-label', clipName(clip));
  $('#caption').textContent = `${inOwnTongue(clip.prompt)} · ${t('seed {}', clip.seed)}`;
  showStar();
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

function showWall(sheet, wallCells) {
  const several = new Set(wallCells.map(cell => cell.prompt)).size > 1;
  if ($('#wall').children.length !== wallCells.length)
    $('#wall').replaceChildren(...wallCells.map((cell, k) => make('button', {type: 'button', onclick: () => chooseCell(k)},
      make('canvas', {width: 128, height: 128, ariaHidden: 'true'}), make('span'))));
  cells = wallCells;
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
