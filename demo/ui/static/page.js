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
    const name = await openTab(), url = new URL(location);
    if (name === names[0]) url.searchParams.delete('tab');
    else url.searchParams.set('tab', name);
    if (name !== 'learn') url.searchParams.delete('chapter');
    if (url.href !== location.href) history.replaceState(history.state, '', url);
  }

  function rememberedTab() {
    const query = new URL(location).searchParams;
    return query.has('chapter') ? 'learn' : names.includes(query.get('tab')) ? query.get('tab') : names[0];
  }

  return {openTab, rememberTab, rememberedTab};
})();
