// Present mode: a chapter as slides, led by the keyboard. The first slide has the chapter's words, as large as they fit;
// the next ones its figure, piece by piece, as large as the screen allows. A narrow screen scrolls instead.
(() => {
  const WIDE_PX = 900, LETTERS_PX = 20, WORDS_PX = 32;
  const ENLARGED = 1.3, MOST_ENLARGED = 2.6, LEAST = 0.5;  // zoom of a figure: what is aimed at, and the limits
  const BELOW_PX = 64;  // the buttons
  if (window.lessonKeys) return;
  window.lessonKeys = true;
  const body = document.body, press = id => document.querySelector(id)?.click();
  const presenting = () => body.classList.contains('presenting');
  const shownPage = () => [...document.querySelectorAll('#learn .lesson-page')].find(e => e.checkVisibility());
  const put = (e, name, value) => { if (e.style.getPropertyValue(name) != value) e.style.setProperty(name, value); };
  let slide = 0, slides = 1, page;

  // What may stand on a slide of its own, with the words that belong to it: [[element, ...], ...]. A row of pictures,
  // which are there to be compared, is taken apart only where it does not fit.
  function pieces(holder) {
    const groups = [], parts = [...holder.querySelectorAll(':scope > :not(.unpresented)')].flatMap(e => e.matches('.row.apart') ? [...e.children] : [e]);
    let before = [];
    for (const e of parts) {
      if (/^H\d$/.test(e.tagName) || (e.matches('p') && !groups.length)) before.push(e);  // said of what comes
      else if (e.matches('p') && !before.length) groups.at(-1).push(e);  // said of what was
      else { groups.push([...before, e]); before = []; }
    }
    return before.length ? [...groups, before] : groups;
  }

  function only(holder, shown) {
    const now = new Set(shown.flat());
    for (const e of pieces(holder).flat()) e.classList.toggle('off-slide', !now.has(e));
    for (const row of holder.querySelectorAll(':scope > .row.apart')) {
      row.classList.toggle('off-slide', ![...row.children].some(e => now.has(e)));
    }
    for (const e of holder.querySelectorAll(':scope > .row:not(.apart) > .off-slide')) e.classList.remove('off-slide');
  }

  function fits(holder, zoom) {
    put(holder, '--zoom', String(zoom));
    const page = holder.closest('.lesson-page'), below = page.querySelector('.lesson-reactions')?.offsetHeight ?? 0;
    const box = holder.getBoundingClientRect();
    const right = Math.max(0, ...[...holder.querySelectorAll('*')].map(e => e.getBoundingClientRect().right));
    return box.bottom + scrollY + below <= innerHeight - BELOW_PX && right <= innerWidth - 16;
  }

  // Which pieces stand together on each slide, at the zoom that is aimed at.
  function packed(holder) {
    const sheets = [], rows = holder.querySelectorAll(':scope > .row');
    for (const row of rows) row.classList.remove('apart');
    const all = pieces(holder);
    only(holder, all);
    if (fits(holder, 1)) return [all];
    for (const row of rows) {
      only(holder, [[row]]);
      row.classList.toggle('apart', !fits(holder, ENLARGED));
    }
    for (const piece of pieces(holder)) {
      const together = [...(sheets.at(-1) ?? []), piece];
      only(holder, together);
      if (sheets.length && fits(holder, ENLARGED)) sheets[sheets.length - 1] = together;
      else sheets.push([piece]);
    }
    return sheets;
  }

  function fitFigure(figure) {
    const holder = figure.querySelector('.prose') ?? figure, sheets = packed(holder);
    slides = 1 + sheets.length;
    slide = Math.min(slide, slides - 1);
    only(holder, sheets[slide - 1] ?? []);
    for (let zoom = MOST_ENLARGED; zoom >= LEAST && !fits(holder, zoom); zoom -= 0.05);
  }

  function fitWords() {
    for (let size = WORDS_PX; size >= LETTERS_PX; size--) {
      put(page, '--words', size + 'px');
      const words = [...page.children].filter(e => e.checkVisibility());
      if (Math.max(0, ...words.map(e => e.getBoundingClientRect().bottom + scrollY)) <= innerHeight - BELOW_PX) return;
    }
  }

  function show() {
    const wide = presenting() && innerWidth >= WIDE_PX, before = page;
    page = shownPage();
    const figure = page?.querySelector('[id^=figure-]');
    if (page != before) slide = 0;
    body.classList.toggle('slides', wide);
    if (!wide || !figure) {
      body.classList.remove('on-figure');
      for (const e of document.querySelectorAll('.off-slide')) e.classList.remove('off-slide');
      return;
    }
    body.classList.add('on-figure');
    fitFigure(figure);
    body.classList.toggle('on-figure', slide > 0);
    if (!slide) fitWords();
    body.dataset.slide = `${slide + 1} / ${slides}`;
  }

  function leaf(by) {  // returns whether the chapter has such a slide
    if (!body.classList.contains('slides') || slide + by < 0 || slide + by >= slides) return false;
    slide += by;
    show();
    return true;
  }

  let asked = false;
  const showSoon = () => {  // before the next painting, so that nothing flickers
    if (!asked) requestAnimationFrame(() => { asked = false; show(); });
    asked = true;
  };
  new MutationObserver(showSoon).observe(body, {childList: true, subtree: true});
  new MutationObserver(showSoon).observe(body, {attributeFilter: ['class']});
  document.addEventListener('load', showSoon, true);
  document.addEventListener('click', () => presenting() && showSoon());  // an answer may have unfolded
  addEventListener('resize', showSoon);
  document.addEventListener('click', event => {
    const by = event.target.closest('#learn-next') ? 1 : event.target.closest('#learn-back') ? -1 : 0;
    if (by && leaf(by)) event.stopImmediatePropagation();
  }, true);
  document.addEventListener('keydown', event => {
    if (event.key == 'Escape') body.classList.remove('presenting');
    if (!presenting() || event.target.closest('input, textarea, select, [role=listbox]')) return;
    if (['ArrowRight', 'PageDown'].includes(event.key)) press('#learn-next');
    if (['ArrowLeft', 'PageUp'].includes(event.key)) press('#learn-back');
  });
})();
