// Before the first paint: the theme that this browser chose; the system's where it chose none.
(() => {
  const chosen = localStorage.getItem('vedette-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();
