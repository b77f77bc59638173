// What belongs to the page as a whole: which tab is open, in the address and over a reload.
window.studioPage = (() => {
  const names = ['generate', 'dataset', 'train', 'evaluate', 'learn'];
  const isOpen = name => Boolean(document.getElementById(`tab-${name}`)?.checkVisibility());
  const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));

  // Select events come late and in any order, so the answer is what is open now, not what the event was about.
  async function openTab() {
    await painted();
    return names.find(isOpen) ?? names[0];
  }

  async function rememberTab() {
    writeTab(await openTab());
  }

  function writeTab(name) {
    const url = new URL(location);
    if (name === names[0]) url.searchParams.delete('tab');
    else url.searchParams.set('tab', name);
    if (name !== 'learn') url.searchParams.delete('chapter');
    if (url.href !== location.href) history.replaceState(history.state, '', url);
  }

  function rememberedTab() {
    const query = new URL(location).searchParams;
    return query.has('chapter') ? 'learn' : names.includes(query.get('tab')) ? query.get('tab') : names[0];
  }

  document.addEventListener('click', event => {  // at once: who reloads before the select event comes means it as well
    const name = names.find(name => event.target.closest?.('[role=tab]')?.id === `tab-${name}-button`);
    if (name) writeTab(name);
  });

  return {openTab, rememberTab, rememberedTab};
})();

(() => {
  const now = navigator.language.toLowerCase().startsWith('ru') ? 'ru' : 'en';
  document.documentElement.lang = now;
  document.addEventListener('click', event => {
    const language = event.target.closest?.('[data-language]')?.dataset.language;
    if (!language || language === now) return;
    document.cookie = `t2v_language=${language}; path=/; max-age=31536000; samesite=lax`;
    location.reload();
  });
  new MutationObserver((_, observer) => {
    const buttons = document.querySelectorAll('[data-language]');
    for (const button of buttons) button.setAttribute('aria-pressed', button.dataset.language === now);
    if (buttons.length) observer.disconnect();
  }).observe(document.documentElement, {childList: true, subtree: true});

  // A file that is dropped anywhere on the page is handed to the button that opens clips.
  document.addEventListener('dragover', event => event.preventDefault());
  document.addEventListener('drop', event => {
    const input = document.querySelector('#opened')?.previousElementSibling;
    if (event.defaultPrevented || !event.dataTransfer.files.length || !input) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', {bubbles: true}));
  });
})();
