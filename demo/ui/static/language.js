// The language that was chosen on the page. Before all else: Gradio goes by the browser's, and looks once.
(() => {
  const chosen = document.cookie.match(/(?:^|; )t2v_language=(en|ru)/)?.[1];
  if (!chosen) return;
  Object.defineProperty(navigator, 'language', {get: () => chosen});
  Object.defineProperty(navigator, 'languages', {get: () => [chosen]});
})();
