// Stories in the browser: a prompt into a story and back, the words that may come next, and the builder's fields.
// A story is {things: ['red circle', 'mouse'], motions: [one of each thing], relation: '' or 'chasing', count: 1 to 3,
// ground: '' or 'grass'}. `g` is what the server's `story_data` gives: {things: {cat: 'cats', ...}, coloured: ['circle',
// ...], colours: [...], numbers: ['two', 'three'], motions: [...], relations: [...], grounds: {grass: 'on grass', ...}}.
const ARTICLES = new Set(['a', 'an', 'the', 'one']);

const kindOf = thing => thing.split(' ').at(-1);
const pluralOf = (g, thing) => thing.replace(/\S+$/, kind => g.things[kind]);
const thingsOf = g => Object.keys(g.things).flatMap(kind =>
  g.coloured.includes(kind) ? [kind, ...g.colours.map(colour => `${colour} ${kind}`)] : [kind]);

function sayStory(g, {things: [first, second], motions, relation, count, ground}) {
  const said = relation ? [first, relation, second]
    : count > 1 ? [g.numbers[count - 2], pluralOf(g, first), motions[0]]
    : second ? [first, motions[0], 'and', second, motions[1]] : [first, motions[0]];
  return [...said, g.grounds[ground]].filter(Boolean).join(' ');
}

// --- Reading: the grammar as places, each with all that may follow there: [words, what they add, the place after them]

const grounds = g => Object.entries(g.grounds).map(([ground, words]) => [words, {ground}, 'end']);
const others = (g, {things: [first]}, place) =>
  thingsOf(g).filter(thing => thing !== first).map(thing => [thing, {things: [first, thing]}, place]);
const PLACES = {
  first: g => thingsOf(g).flatMap(thing => [[thing, {things: [thing]}, 'does'],
    ...g.numbers.map((number, k) => [`${number} ${pluralOf(g, thing)}`, {things: [thing], count: k + 2}, 'counted'])]),
  does: g => [...g.motions.map(motion => [motion, {motions: [motion]}, 'joined']),
    ...g.relations.map(relation => [relation, {relation}, 'other'])],
  counted: g => g.motions.map(motion => [motion, {motions: [motion]}, 'ground']),
  joined: g => [['and', {}, 'second'], ...grounds(g)],
  second: (g, story) => others(g, story, 'moves'),
  moves: (g, {motions}) => g.motions.map(motion => [motion, {motions: [...motions, motion]}, 'ground']),
  other: (g, story) => others(g, story, 'ground'),
  ground: grounds,
  end: () => [],
};
const WHOLE = new Set(['joined', 'ground', 'end']), THING_PLACES = new Set(['first', 'second', 'other']);

// Calls `found` with every story that `words` are, and `next` as `walk` of grammar.js does.
function walkStory(g, words, unfinished, {found = () => {}, next = () => {}}) {
  const step = (place, at, story) => {
    if (at === words.length && WHOLE.has(place)) found(story);
    if (THING_PLACES.has(place) && ARTICLES.has(words[at])) at++;
    for (const [phrase, more, after] of PLACES[place](g, story)) {
      const said = phrase.split(' ');
      let same = 0;
      while (same < said.length && at + same < words.length && said[same] === words[at + same]) same++;
      if (same === said.length) step(after, at + same, {...story, ...more});
      else if (at + same === words.length && !unfinished) next(said[same]);
      else if (at + same === words.length - 1 && unfinished && said[same].startsWith(words.at(-1))) next(said[same]);
    }
  };
  step('first', 0, {things: [], motions: [], relation: '', count: 1, ground: ''});
}

const wordsOfStory = text => wordsOf(text.replace(/\.\s*$/, ''));

// The story that a prompt in its normal form tells, or null.
function readStory(g, text) {
  let story = null;
  walkStory(g, wordsOfStory(text), false, {found: one => { story ??= one; }});
  return story;
}

// What may come next, also after a prompt that is whole already: another thing, or a ground.
function nextStoryWords(g, text) {
  const words = wordsOfStory(text), unfinished = words.length > 0 && !/\s$/.test(text), next = new Set();
  walkStory(g, words, unfinished, {next: word => next.add(word)});
  if (unfinished) next.delete(words.at(-1));
  if (unfinished && (!next.size || readStory(g, text))) walkStory(g, words, false, {next: word => next.add(word)});
  return [...next];
}

// --- Composing

const anotherThan = (g, thing) => ['mouse', 'cat', ...thingsOf(g)].find(other => other in g.things && other !== thing);

function swapped(story) {
  return {...story, things: [...story.things].reverse(), motions: [...story.motions].reverse()};
}

// The story with one part changed, and whatever else must change for it to stay one.
function changeStory(g, story, part, value) {
  const {things: [first, second], motions, relation} = story, motion = motions[0] ?? g.motions[0];
  const alone = {...story, things: [first], motions: [motion], relation: ''};
  if (part === 'ground') return {...story, ground: value};
  if (part === 'count') return value > 1 ? {...alone, count: value} : {...story, count: 1};
  if (part === 'first') return {...story, things: second ? [value, second === value ? first : second] : [value]};
  if (part === 'moves') return {...story, motions: [motion, value]};
  if (part === 'does' && g.relations.includes(value))
    return {...story, things: [first, second ?? anotherThan(g, first)], motions: [], relation: value, count: 1};
  if (part === 'does') return {...story, relation: '', motions: second ? [value, motions[1] ?? value] : [value]};
  if (!value) return alone;
  if (value === first && !second) return {...alone, count: 2};
  const things = [value === first ? second : first, value];
  return {...story, things, count: 1, motions: relation ? [] : [motion, motions[1] ?? motion]};
}

// Any story of the grammar, of each form as often.
function anyStory(g) {
  const any = list => list[Math.floor(Math.random() * list.length)], form = any(['one', 'two', 'relation', 'count']);
  const first = any(thingsOf(g)), second = any(thingsOf(g).filter(thing => kindOf(thing) !== kindOf(first)));
  const paired = form === 'two' || form === 'relation', motions = [any(g.motions), any(g.motions)];
  return {
    things: paired ? [first, second] : [first],
    motions: form === 'relation' ? [] : motions.slice(0, paired ? 2 : 1),
    relation: form === 'relation' ? any(g.relations) : '',
    count: form === 'count' ? any([2, 3]) : 1,
    ground: any(['', ...Object.keys(g.grounds)]),
  };
}

// --- The fields: `root` is the element that holds them, `told` is called with each story that a visitor composes

class StoryBuilder {
  constructor(root, told) {
    this.root = root;
    root.addEventListener('change', event => {
      const {part} = event.target.closest('[data-part]').dataset;
      if (part === 'example') return told(readStory(this.g, event.target.value));
      const value = part === 'first' || part === 'second' ? this.thing(part, event.target) : event.target.value;
      told(changeStory(this.g, this.story, part, part === 'count' ? Number(value) : value));
    });
  }

  at(part) {
    return this.root.querySelector(`[data-part=${part}]`);
  }

  // The thing that the two menus of a part name.
  thing(part, changed) {
    const [colour, kind] = this.at(part).querySelectorAll('select');
    if (changed === kind && !this.g.coloured.includes(kind.value)) return kind.value;
    return [colour.value, kind.value].filter(Boolean).join(' ');
  }

  fill(g) {
    if (JSON.stringify(this.g) === JSON.stringify(g)) return;
    this.g = g;
    const options = words => words.map(word => make('option', {value: word, textContent: word}));
    const none = textContent => make('option', {value: '', textContent});
    const radios = (part, values) => {
      for (const old of this.at(part).querySelectorAll('label')) old.remove();
      for (const value of values)
        this.at(part).append(make('label', {}, make('input', {type: 'radio', name: `story-${part}`, value}),
          make('span', {textContent: value || t('any')})));
    };
    radios('count', [1, ...g.numbers.map((_number, k) => k + 2)]);
    radios('ground', ['', ...Object.keys(g.grounds)]);
    for (const part of ['first', 'second']) {
      const [colour, kind] = this.at(part).querySelectorAll('select');
      colour.replaceChildren(none(t('any colour')), ...options(g.colours));
      kind.replaceChildren(...(part === 'second' ? [none(t('none'))] : []), ...options(Object.keys(g.things)));
    }
    this.at('does').replaceChildren(make('optgroup', {label: t('by itself')}, ...options(g.motions)),
      make('optgroup', {label: t('with the second')}, ...options(g.relations)));
    this.at('moves').replaceChildren(...options(g.motions));
    this.at('example').replaceChildren(make('option', {value: '', hidden: true, textContent: t('Examples')}), ...options(g.examples));
    this.show(this.story ?? readStory(g, g.examples[0]));
  }

  show(story) {
    this.story = story;
    for (const part of ['count', 'ground'])
      for (const radio of this.at(part).querySelectorAll('input')) radio.checked = radio.value === String(story[part]);
    for (const [part, thing] of [['first', story.things[0]], ['second', story.things[1] ?? '']]) {
      const [colour, kind] = this.at(part).querySelectorAll('select');
      kind.value = kindOf(thing);
      colour.hidden = !this.g.coloured.includes(kind.value);
      colour.value = thing.includes(' ') ? thing.split(' ')[0] : '';
    }
    this.at('does').value = story.relation || story.motions[0];
    this.at('moves').value = story.motions[1] ?? '';
    this.at('moves').parentElement.hidden = story.motions.length < 2;
    this.root.querySelector('[data-do=swap]').hidden = story.things.length < 2;
    this.at('example').value = '';
  }
}
