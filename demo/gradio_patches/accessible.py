"""Galleries and code that a keyboard and a screen reader can use.

Upstream: Gradio (6.31) names the pictures of a gallery by their numbers, whatever is written under them, and makes
    buttons of them where a click only draws a frame (`allow_preview=False`); an empty gallery has a name and no role;
    places for files and layers have another name than the words on them; code that is only shown scrolls by mouse
    alone; no issue.
Test: `test_axe_finds_nothing_serious`, `test_pictures_bear_their_captions`.
It can go when these galleries are lists of pictures with captions, and the scrolled part of code takes the focus.
"""

ACCESSIBLE = """<script>
new MutationObserver(() => {
  for (const e of document.querySelectorAll('.clips .thumbnail-item')) {
    const caption = e.querySelector('.caption-label')?.textContent.trim();
    if (!caption || e.ariaLabel === caption) continue;
    Object.assign(e, {role: 'img', ariaLabel: caption, tabIndex: -1});
  }
  for (const e of document.querySelectorAll(':is(.clips .empty, .upload-container, .layer-title-button)[aria-label]'))
    if (e.matches('.empty') || e.textContent.trim()) e.removeAttribute('aria-label');
  for (const e of document.querySelectorAll('.cm-scroller[tabindex="-1"]')) e.tabIndex = 0;
}).observe(document.documentElement, {childList: true, subtree: true, attributeFilter: ['aria-label']});
addEventListener('click', event => {
  if (event.target.closest?.('.clips .thumbnail-item')) event.stopPropagation();
}, true);
</script>"""
