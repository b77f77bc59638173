"""Present mode: large type and one chapter a screen, led by the keyboard.

On a wide screen the words stand to the left and the figure to the right, each as large as it may be without scrolling.
"""

WIDE_PX = 900
# Gradio moves rules for some widths only (@media) below its own container, so the class `wide` stands for these.
KEYS = """() => {
  if (window.lessonKeys) return;
  window.lessonKeys = true;
  const body = document.body, press = id => document.querySelector(id)?.click();
  const shrink = (page, name, sizes, room) => {
    for (const size of sizes) {
      page.style.setProperty(name, size);
      if (room() >= 0) return;
    }
  };
  const fit = () => {
    const page = [...document.querySelectorAll('#learn .lesson-page')].find(e => e.checkVisibility());
    const figure = page?.querySelector('[id^=figure-]');
    const wide = body.classList.contains('presenting') && innerWidth >= WIDE_PX;
    body.classList.toggle('wide', wide);
    if (!figure || !wide) return;
    const words = [...page.children].filter(e => e != figure && getComputedStyle(e).position != 'absolute');
    const bottom = innerHeight + scrollY - 48;  // above the buttons
    const under = e => e.getBoundingClientRect().bottom + scrollY;
    shrink(page, '--figure', [2.4, 2.2, 2, 1.8, 1.6, 1.5, 1.4, 1.3, 1.2, 1.1, 1, 0.9, 0.8, 0.7, 0.6, 0.5],
           () => bottom - under(figure));
    shrink(page, '--words', ['1.9rem', '1.7rem', '1.5rem', '1.4rem', '1.3rem', '1.2rem', '1.1rem', '1rem', '0.9rem'],
           () => bottom - Math.max(...words.map(under)));
  };
  let soon;
  const fitSoon = () => { clearTimeout(soon); soon = setTimeout(fit, 60); };
  new MutationObserver(fitSoon).observe(body, {childList: true, subtree: true});
  new MutationObserver(fitSoon).observe(body, {attributeFilter: ['class']});
  document.addEventListener('load', fitSoon, true);
  addEventListener('resize', fitSoon);
  document.addEventListener('keydown', event => {
    if (event.key == 'Escape') body.classList.remove('presenting');
    if (!body.classList.contains('presenting')) return;
    if (event.target.closest('input, textarea, select, [role=listbox]')) return;
    if (['ArrowRight', 'PageDown'].includes(event.key)) press('#learn-next');
    if (['ArrowLeft', 'PageUp'].includes(event.key)) press('#learn-back');
  });
}""".replace("WIDE_PX", str(WIDE_PX))
PRESENT = "() => { document.body.classList.toggle('presenting'); document.activeElement?.blur(); scrollTo(0, 0); }"
CSS = """
.presenting .headline, .presenting footer, .presenting .tab-wrapper, .presenting .tab-container,
.presenting #learn-settings, .presenting #learn .shelf, .presenting #learn-link,
.presenting #learn-handout { display: none !important; }
.presenting .gradio-container { max-width: none !important; padding: 8px 2vw !important; }
.presenting #learn .lesson { max-width: none; }
.presenting #learn .prose { font-size: var(--words, 1.4rem); max-width: none; line-height: 1.35; }
.presenting #learn .prose h2 { font-size: 1.4em; margin: 0; }
.presenting:not(.wide) #learn .lesson { font-size: 1.3rem; }
.presenting.wide #learn .lesson-page { position: relative; padding-right: 60%; }
.presenting.wide #learn [id^=figure-] { position: absolute !important; top: 0; right: 0; width: 58.5%; }
.presenting.wide #learn [id^=figure-] .html-container { zoom: var(--figure, 1); }
.presenting.wide #learn [id^=figure-] .prose { font-size: 1rem; }
.presenting.wide #learn .ask .form { display: none; }
.presenting.wide #learn .ask { position: fixed; right: 2vw; bottom: 6px; width: 200px; z-index: 9; }
.presenting.wide #learn-present { position: fixed; left: 2vw; bottom: 10px; z-index: 9; }
.presenting.wide #learn .wide > svg { min-width: 0; }
.presenting.wide #learn .lesson-page * { transition: none !important; }
"""
