/**
 * The dashboard's entry: plain ES modules, no build step. `components/app.js` is the frame (rail,
 * top bar, panel) and shows one of `views/`; `lib/` talks to the server, the address bar, and the
 * keyboard. Styles: `style.css` holds tokens and the base, each view brings its own.
 */
import './components/app.js';
