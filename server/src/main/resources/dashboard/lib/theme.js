/** Light, dark, or what the system says; remembered by the browser, applied before the first paint by `theme.js`. */

/** The theme in force: `light` or `dark`. */
export const theme = () =>
  document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');

/** @param {string} name `auto`, `light`, or `dark` */
export function chooseTheme(name) {
  if (name === 'light' || name === 'dark') {
    localStorage.setItem('vedette-theme', name);
    document.documentElement.dataset.theme = name;
  } else {
    localStorage.removeItem('vedette-theme');
    delete document.documentElement.dataset.theme;
  }
  document.dispatchEvent(new CustomEvent('vedette-theme'));
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => document.dispatchEvent(new CustomEvent('vedette-theme')));
