// The address, links, and the last clips of this browser. These stand in its own storage, which all its pages share and
// each reads before it changes them: none undoes what another has kept, and a reload finds them before the first clip.
// (With `gr.BrowserState`, 6.31, each page writes its own copy whole: of two pages that add a clip one loses it.)
const PAST_KEY = 't2v-past', KEPT = 30;
let past = [];

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
  $('#done').textContent = words;
  setTimeout(() => { $('#done').textContent = ''; }, 3000);
}

const same = (a, b) => ['prompt', 'seed', 'checkpoint', 'frames', 'seconds'].every(name => a[name] === b[name]);

function readPast() {
  try {
    const stored = JSON.parse(localStorage.getItem(PAST_KEY));
    if (Array.isArray(stored)) return stored.filter(p => typeof p?.prompt === 'string' && typeof p?.thumb === 'string');
  } catch {}  // a browser may keep nothing
  return past;
}

function changePast(change) {
  past = change(readPast());
  try {
    localStorage.setItem(PAST_KEY, JSON.stringify(past));
  } catch {}
  showPast();
}

// The clip that is shown comes first; of those without a star the last ones stay.
function remember() {
  if (!shown) return;
  const thumb = make('canvas', {width: 64, height: 64}), {sheet, side, row} = hero;
  thumb.getContext('2d').drawImage(sheet.image, Math.floor(sheet.frames / 3) * side, row * side, side, side, 0, 0, 64, 64);
  changePast(before => {
    const star = before.find(p => same(p, shown))?.star ?? false, others = before.filter(p => !same(p, shown));
    const clips = [{...shown, thumb: thumb.toDataURL('image/webp', 0.7), star}, ...others];
    const old = new Set(clips.filter(p => !p.star).slice(KEPT));
    return clips.filter(p => !old.has(p));
  });
}

function turnStar() {
  if (!past.some(p => same(p, shown))) remember();
  changePast(before => before.map(p => same(p, shown) ? {...p, star: !p.star} : p));
}

function showPast() {
  $('#past').replaceChildren(...past.map(clip => make('button', {type: 'button', onclick: () => setFields(inTongue(clip)), title: clipName(clip)},
    make('img', {src: clip.thumb, alt: ''}), make('span', {textContent: `${clip.star ? '★ ' : ''}${inOwnTongue(clip.prompt)}`}))));
  $('#history').hidden = !past.length;
  showStar();
}

function showStar() {
  const starred = shown && past.some(p => p.star && same(p, shown));
  $('[data-do=star]').setAttribute('aria-pressed', Boolean(starred));
}

addEventListener('storage', event => {  // another page of this browser has changed it
  if (event.key !== PAST_KEY) return;
  past = readPast();
  showPast();
});
