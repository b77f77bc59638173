"""Present mode: a chapter as slides for a projector, led by the keyboard.

The first slide has the chapter's words, as large as they fit; the next ones its figure, as many blocks of it as fit in
letters of 20 px, with what it listens to. Prompt, seed and checkpoint stand in one line above. A narrow screen scrolls.
"""

WIDE_PX = 900
LEAST_LETTERS_PX = 20
# Gradio moves rules for some widths only (@media) below its own container, so the class `slides` stands for these.
KEYS = (
    (
        """() => {
  if (window.lessonKeys) return;
  window.lessonKeys = true;
  const body = document.body, press = id => document.querySelector(id)?.click();
  const presenting = () => body.classList.contains('presenting');
  const shownPage = () => [...document.querySelectorAll('#learn .lesson-page')].find(e => e.checkVisibility());
  const put = (e, name, value) => { if (e.style.getPropertyValue(name) != value) e.style.setProperty(name, value); };
  let slide = 0, slides = 1, page;

  const blocksOf = figure => {  // the figure's own pieces
    let e = figure;
    while (e.children.length == 1 && !e.matches('.row, figure, .film, .wide')) e = e.firstElementChild;
    return [...e.children];
  };
  const room = e => innerHeight - 64 - (e.getBoundingClientRect().top + scrollY);  // above the buttons

  const fitWords = () => {
    for (let size = 32; size >= LEAST; size--) {
      put(page, '--words', size + 'px');
      const words = [...page.children].filter(e => e.checkVisibility());
      if (Math.max(0, ...words.map(e => e.getBoundingClientRect().bottom + scrollY)) <= innerHeight - 60) return;
    }
  };
  const fitFigure = figure => {
    const blocks = blocksOf(figure), groups = [], sheets = [[]];
    for (const e of blocks) {
      e.classList.remove('off-slide');
      put(e, 'zoom', '1');
      if (e.matches('p') && groups.length && !groups.at(-1).at(-1).matches('p')) groups.at(-1).push(e);  // its caption
      else groups.push([e]);
    }
    const most = room(figure) - (page.querySelector('.lesson-reactions')?.offsetHeight ?? 0);
    let used = 0;
    for (const group of groups) {
      const high = group.reduce((sum, e) => sum + e.offsetHeight + 8, 0);
      if (used && used + high > most) { sheets.push([]); used = 0; }
      if (high > most) {  // the figure shrinks, the letters of its caption do not
        const own = group[0].offsetHeight + 8;
        put(group[0], 'zoom', String(Math.max(0.4, (most - (high - own)) / own)));
      }
      sheets.at(-1).push(...group);
      used += Math.min(high, most);
    }
    slides = 1 + sheets.length;
    slide = Math.min(slide, slides - 1);
    const now = new Set(sheets[slide - 1]);
    for (const e of blocks) e.classList.toggle('off-slide', !now.has(e));
  };
  const show = () => {
    const wide = presenting() && innerWidth >= WIDE_PX, before = page;
    page = shownPage();
    const figure = page?.querySelector('[id^=figure-]');
    if (page != before) slide = 0;
    body.classList.toggle('slides', wide);
    if (!wide || !figure) {
      body.classList.remove('on-figure');
      document.querySelectorAll('.off-slide').forEach(e => e.classList.remove('off-slide'));
      if (figure) for (const e of blocksOf(figure)) put(e, 'zoom', '');
      return;
    }
    body.classList.add('on-figure');
    fitFigure(figure);
    body.classList.toggle('on-figure', slide > 0);
    if (!slide) fitWords();
    body.dataset.slide = `${slide + 1} / ${slides}`;
  };
  const leaf = by => {  // returns whether the chapter has such a slide
    if (!body.classList.contains('slides') || slide + by < 0 || slide + by >= slides) return false;
    slide += by;
    show();
    return true;
  };
  let soon;
  const showSoon = () => { clearTimeout(soon); soon = setTimeout(show, 40); };
  const watched = new MutationObserver(showSoon);
  watched.observe(body, {childList: true, subtree: true});
  new MutationObserver(showSoon).observe(body, {attributeFilter: ['class']});
  document.addEventListener('load', showSoon, true);
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
}"""
    )
    .replace("WIDE_PX", str(WIDE_PX))
    .replace("LEAST", str(LEAST_LETTERS_PX))
)
PRESENT = "() => { document.body.classList.toggle('presenting'); document.activeElement?.blur(); scrollTo(0, 0); }"
CSS = """
.presenting .headline, .presenting footer, .presenting .tab-wrapper, .presenting .tab-container, .presenting #limits,
.presenting #learn .shelf, .presenting #learn-link, .presenting #learn-handout { display: none !important; }
.presenting .gradio-container { max-width: none !important; padding: 8px 2vw !important; }
.presenting #learn .lesson { max-width: none; }
.presenting #learn .prose { font-size: var(--words, 20px); max-width: none; line-height: 1.35; }
.presenting #learn .prose code { font-size: 1em; }
.presenting #learn .prose h2 { font-size: 1.4em; margin: 0; }
.presenting #learn .lesson .prose, .presenting #learn .lesson { font-size: 20px; }
.presenting #learn .lesson figcaption, .presenting #learn .lesson code { font-size: 1em; }
.slides #learn :is(.block, .form, button) { border: 0 !important; box-shadow: none !important; }
.slides #learn-settings { flex-wrap: nowrap !important; }
.slides #learn-settings .form { display: flex; flex-wrap: nowrap; flex: 1; background: none; }
.slides #learn-settings .block { padding: 0 12px 0 0 !important; display: flex; align-items: baseline; }
.slides #learn-settings label, .slides #learn-settings .container { display: flex; align-items: baseline; width: 100%; }
.slides #learn :is(label, span, input, textarea, button, select) { font-size: 20px !important; }
.slides #learn :is(input[type=number], input[type=text], textarea, .secondary-wrap, .wrap-inner) {
  padding: 2px 6px !important; border: 0 !important; box-shadow: none !important; background: none; }
.slides #learn .lesson-page, .slides #learn { gap: 6px !important; }
.slides.on-figure #learn .lesson-words { display: none !important; }
.slides:not(.on-figure) #learn :is([id^=figure-], .lesson-controls, .lesson-reactions) { display: none !important; }
.slides #learn .off-slide { display: none !important; }
.slides #learn .lesson :is(img, .film .screen) { zoom: 1.4; }
.slides #learn .lesson svg { zoom: 1.25; }
.slides #learn .lesson :not(.wide) > svg text { font-size: 16px; }
.slides #learn .lesson .wide > svg { min-width: 0; zoom: 1.8; }
.slides #learn .ask .form { display: none; }
.slides #learn .ask { position: fixed; right: 2vw; bottom: 6px; width: 260px; z-index: 9; justify-content: flex-end; }
.slides #learn-present { position: fixed; left: 2vw; bottom: 8px; width: auto; z-index: 9; }
.slides::after { content: attr(data-slide); position: fixed; bottom: 14px; left: 50%; font-size: 20px;
  color: var(--body-text-color-subdued); }
"""
