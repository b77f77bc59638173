// Stories in the browser: a prompt into a story and back, the words that may come next, and the builder's fields.
// A story is {things: ['red circle', 'mouse'], motions: [one of each thing], relation: '' or 'chasing', count: 1 to 3,
// ground: '' or 'grass'}. `g` is what the server's `story_data` gives: {things: {cat: 'cats', ...}, coloured: ['circle',
// ...], colours: [...], numbers: ['two', 'three'], motions: [...], relations: [...], grounds: {grass: 'on grass', ...},
// russian: how each is said in Russian, a thing in every form that a story needs}. A story holds English in both languages.
const ARTICLES = new Set(['a', 'an', 'the', 'one']);

const nounOf = thing => thing.split(' ').at(-1);
const pluralOf = (g, thing) => thing.replace(/\S+$/, noun => g.things[noun]);
const thingsOf = g => Object.keys(g.things).flatMap(noun =>
  g.coloured.includes(noun) ? [noun, ...g.colours.map(colour => `${colour} ${noun}`)] : [noun]);

// How the parts of a story are said. `form` of a thing is a case, or the number of which it is said; `many` move.
const sayThing = (g, thing, tongue, form = 'nominative') => tongue === 'ru' ? g.russian.things[thing][form]
  : g.numbers.includes(form) ? `${form} ${pluralOf(g, thing)}` : thing;
const sayMotion = (g, motion, tongue, many = false) => tongue === 'ru' ? g.russian.motions[motion][Number(many)] : motion;
const sayRelation = (g, relation, tongue) => tongue === 'ru' ? g.russian.relations[relation][0] : relation;
const formAfter = (g, relation, tongue) => tongue === 'ru' && relation ? g.russian.relations[relation][1] : 'nominative';
const sayGround = (g, ground, tongue) => tongue === 'ru' ? g.russian.grounds[ground] : g.grounds[ground];
const sayAnd = tongue => tongue === 'ru' ? 'и' : 'and';

function sayStory(g, {things: [first, second], motions, relation, count, ground}, tongue = pageTongue) {
  const thing = (one, form) => sayThing(g, one, tongue, form), does = sayMotion(g, motions[0] ?? g.motions[0], tongue, count > 1);
  const parts = relation ? [thing(first), sayRelation(g, relation, tongue), thing(second, formAfter(g, relation, tongue))]
    : count > 1 ? [thing(first, g.numbers[count - 2]), does]
    : second ? [thing(first), does, sayAnd(tongue), thing(second), sayMotion(g, motions[1], tongue)] : [thing(first), does];
  return [...parts, ground && sayGround(g, ground, tongue)].filter(Boolean).join(' ');
}

// --- Reading: the grammar as states, each with all that may follow it: [words, what they add, the state after them]

const grounds = (g, tongue) => Object.keys(g.grounds).map(ground => [sayGround(g, ground, tongue), {ground}, 'end']);
const moving = (g, tongue, many, before, after) =>
  g.motions.map(motion => [sayMotion(g, motion, tongue, many), {motions: [...before, motion]}, after]);
const others = (g, tongue, {things: [first], relation}, after) => thingsOf(g).filter(thing => thing !== first)
  .map(thing => [sayThing(g, thing, tongue, formAfter(g, relation, tongue)), {things: [first, thing]}, after]);
const STATES = {
  first: (g, tongue) => thingsOf(g).flatMap(thing => [[sayThing(g, thing, tongue), {things: [thing]}, 'does'],
    ...g.numbers.map((number, k) => [sayThing(g, thing, tongue, number), {things: [thing], count: k + 2}, 'counted'])]),
  does: (g, tongue) => [...moving(g, tongue, false, [], 'joined'),
    ...g.relations.map(relation => [sayRelation(g, relation, tongue), {relation}, 'other'])],
  counted: (g, tongue) => moving(g, tongue, true, [], 'ground'),
  joined: (g, tongue) => [[sayAnd(tongue), {}, 'second'], ...grounds(g, tongue)],
  second: (g, tongue, story) => others(g, tongue, story, 'moves'),
  moves: (g, tongue, {motions}) => moving(g, tongue, false, motions, 'ground'),
  other: (g, tongue, story) => others(g, tongue, story, 'ground'),
  ground: grounds,
  end: () => [],
};
const WHOLE = new Set(['joined', 'ground', 'end']), THING_STATES = new Set(['first', 'second', 'other']);

// Calls `whole` with every story that `words` are, and `next` as `walk` of grammar.js does.
function walkStory(g, words, tongue, unfinished, {whole = () => {}, next = () => {}}) {
  const step = (state, at, story) => {
    if (at === words.length && WHOLE.has(state)) whole(story);
    if (THING_STATES.has(state) && ARTICLES.has(words[at])) at++;
    for (const [phrase, more, after] of STATES[state](g, tongue, story)) {
      const spoken = phrase.split(' ');
      let same = 0;
      while (same < spoken.length && at + same < words.length && plain(spoken[same]) === words[at + same]) same++;
      if (same === spoken.length) step(after, at + same, {...story, ...more});
      else if (at + same === words.length && !unfinished) next(spoken[same]);
      else if (at + same === words.length - 1 && unfinished && plain(spoken[same]).startsWith(words.at(-1))) next(spoken[same]);
    }
  };
  step('first', 0, {things: [], motions: [], relation: '', count: 1, ground: ''});
}

const wordsOfStory = text => wordsOf(text.replace(/\.\s*$/, ''));

// The story that a prompt in its normal form tells, or null.
function readStory(g, text, tongue = tongueOf(text)) {
  let story = null;
  walkStory(g, wordsOfStory(text), tongue, false, {whole: one => { story ??= one; }});
  return story;
}

// What may come next, also after a prompt that is whole already: another thing, or a ground.
function nextStoryWords(g, text, tongue = tongueOf(text)) {
  const words = wordsOfStory(text), unfinished = words.length > 0 && !/\s$/.test(text), next = new Set();
  walkStory(g, words, tongue, unfinished, {next: word => next.add(word)});
  for (const word of next) if (unfinished && plain(word) === words.at(-1)) next.delete(word);
  if (unfinished && (!next.size || readStory(g, text))) walkStory(g, words, tongue, false, {next: word => next.add(word)});
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
  const first = any(thingsOf(g)), second = any(thingsOf(g).filter(thing => nounOf(thing) !== nounOf(first)));
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
    const [colour, noun] = this.at(part).querySelectorAll('select');
    if (changed === noun && !this.g.coloured.includes(noun.value)) return noun.value;
    return [colour.value, noun.value].filter(Boolean).join(' ');
  }

  fill(g) {
    if (JSON.stringify(this.g) === JSON.stringify(g)) return;
    this.g = g;
    const options = (words, label = word => word) => words.map(word => make('option', {value: word, textContent: label(word)}));
    const russian = pageTongue === 'ru' ? g.russian : null;
    const motions = options(g.motions, motion => sayMotion(g, motion, pageTongue));
    const none = textContent => make('option', {value: '', textContent});
    const radios = (part, values, label = value => value) => {
      for (const old of this.at(part).querySelectorAll('label')) old.remove();
      for (const value of values)
        this.at(part).append(make('label', {}, make('input', {type: 'radio', name: `story-${part}`, value}),
          make('span', {textContent: value ? label(value) : t('any')})));
    };
    radios('count', [1, ...g.numbers.map((_number, k) => k + 2)]);
    radios('ground', ['', ...Object.keys(g.grounds)], ground => russian?.grounds[ground] ?? ground);
    for (const part of ['first', 'second']) {
      const [colour, noun] = this.at(part).querySelectorAll('select');
      colour.replaceChildren(none(t('any colour')), ...options(g.colours, colour => russian?.colours[colour] ?? colour));
      noun.replaceChildren(...(part === 'second' ? [none(t('none'))] : []),
        ...options(Object.keys(g.things), noun => sayThing(g, noun, pageTongue)));
    }
    this.at('does').replaceChildren(make('optgroup', {label: t('by itself')}, ...motions),
      make('optgroup', {label: t('with the second')}, ...options(g.relations, relation => sayRelation(g, relation, pageTongue))));
    this.at('moves').replaceChildren(...motions.map(option => option.cloneNode(true)));
    this.at('example').replaceChildren(make('option', {value: '', hidden: true, textContent: t('Examples')}),
      ...options(g.examples, example => inPageTongue(g, example)));
    this.show(this.story ?? readStory(g, g.examples[0]));
  }

  show(story) {
    this.story = story;
    for (const part of ['count', 'ground'])
      for (const radio of this.at(part).querySelectorAll('input')) radio.checked = radio.value === String(story[part]);
    for (const [part, thing] of [['first', story.things[0]], ['second', story.things[1] ?? '']]) {
      const [colour, noun] = this.at(part).querySelectorAll('select');
      noun.value = nounOf(thing);
      colour.hidden = !this.g.coloured.includes(noun.value);
      colour.value = thing.includes(' ') ? thing.split(' ')[0] : '';
    }
    this.at('does').value = story.relation || story.motions[0];
    this.at('moves').value = story.motions[1] ?? '';
    this.at('moves').parentElement.hidden = story.motions.length < 2;
    this.root.querySelector('[data-do=swap]').hidden = story.things.length < 2;
    this.at('example').value = '';
  }
}
