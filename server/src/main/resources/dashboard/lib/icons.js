/** Line icons, 16 by 16, drawn for this project. They are decoration: the words stand beside them. */
import { html, svg } from 'lit';

const PATHS = {
  overview: svg`<path d="M2 13.5h12M4 11V7.5M8 11V3M12 11V5.5"/>`,
  alerts: svg`<path d="M8 2.2 14.3 13H1.7ZM8 6.3v3.2M8 11.3v.2"/>`,
  events: svg`<path d="M2.5 4h11M2.5 8h11M2.5 12h7"/>`,
  rules: svg`<path d="M3.5 2.5h6.5l2.5 2.5v8.5h-9ZM6 7.5h4M6 10h4"/>`,
  sources: svg`<path d="M8 10.5V2.5M5 7.5l3 3 3-3M2.5 10.5v3h11v-3"/>`,
  search: svg`<circle cx="7" cy="7" r="4.2"/><path d="m10.2 10.2 3.3 3.3"/>`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8"/>`,
  sun: svg`<circle cx="8" cy="8" r="2.8"/><path d="M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M12.6 3.4l-1.1 1.1M4.5 11.5l-1.1 1.1"/>`,
  moon: svg`<path d="M13 9.6A5.6 5.6 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6Z"/>`,
  auto: svg`<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5v11A5.5 5.5 0 0 0 8 2.5Z" fill="currentColor"/>`,
  rail: svg`<path d="M2.5 3h11v10h-11ZM6.5 3v10"/>`,
  plus: svg`<path d="M8 4v8M4 8h8"/>`,
  minus: svg`<path d="M4 8h8"/>`,
  check: svg`<path d="m3.5 8.5 3 3 6-7"/>`,
  copy: svg`<path d="M5.5 5.5h7v8h-7ZM3.5 10.5v-8h7"/>`,
  link: svg`<path d="M6.7 9.3 9.3 6.7M7.3 4.6l1.5-1.5a2.9 2.9 0 0 1 4.1 4.1l-1.5 1.5M8.7 11.4l-1.5 1.5a2.9 2.9 0 0 1-4.1-4.1l1.5-1.5"/>`,
  down: svg`<path d="m4 6 4 4 4-4"/>`,
  columns: svg`<path d="M2.5 3h11v10h-11ZM6.2 3v10M9.8 3v10"/>`,
  download: svg`<path d="M8 2.5v7M5 7l3 3 3-3M3 13h10"/>`,
  user: svg`<circle cx="8" cy="5.4" r="2.6"/><path d="M3 13.5c.6-2.7 2.5-4 5-4s4.400 1.300 5 4"/>`,
  clock: svg`<circle cx="8" cy="8" r="5.5"/><path d="M8 4.800V8l2.200 1.400"/>`,
  help: svg`<circle cx="8" cy="8" r="5.800"/><path d="M6.300 6.400a1.750 1.750 0 1 1 2.500 1.600c-.6.3-.8.6-.8 1.200M8 11v.2"/>`,
};

/** @param {keyof typeof PATHS} name */
export const icon = (name) => html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${PATHS[name]}</svg>`;
