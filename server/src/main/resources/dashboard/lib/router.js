/**
 * The address bar is the state: page, filters, time range, selection, and open panel live in the
 * fragment (`#/alerts?status=new&open=a-17`), so that every view can be linked, reloaded, and
 * walked back from. The fragment is used because the paths belong to the API.
 */

/**
 * @typedef {object} Route
 * @property {string} page first path segment; `overview` for none
 * @property {URLSearchParams} params
 */

/** @param {string} hash @returns {Route} */
export function parse(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  return { page: path.split('/')[0] || 'overview', params: new URLSearchParams(query) };
}

/** What every page keeps when another is opened: the time range and its zone. */
const SHARED = ['t', 'from', 'to', 'tz'];

/**
 * The link to a page with parameters; `null`, `undefined`, and `''` leave a parameter out.
 * @param {string} page
 * @param {Record<string, string | number | null | undefined>} [values]
 * @param {URLSearchParams} [keep] the current parameters, of which the shared ones are kept
 */
export function href(page, values = {}, keep = parse(location.hash).params) {
  const params = new URLSearchParams();
  for (const name of SHARED) {
    const value = keep.get(name);
    if (value) params.set(name, value);
  }
  return build(page, params, values);
}

/**
 * The link to the current page with some parameters changed.
 * @param {Record<string, string | number | null | undefined>} values
 */
export function hrefWith(values) {
  const { page, params } = parse(location.hash);
  return build(page, params, values);
}

/** @param {string} page @param {URLSearchParams} params @param {Record<string, string | number | null | undefined>} values */
function build(page, params, values) {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === '') params.delete(name);
    else params.set(name, String(value));
  }
  const query = params.toString();
  return `#/${page === 'overview' ? '' : page}${query ? `?${query}` : ''}`;
}

/** Opens a link made by `href`. @param {string} link @param {{replace?: boolean}} [options] */
export function go(link, { replace = false } = {}) {
  if (link === location.hash || (link === '#/' && location.hash === '')) return;
  if (replace) {
    history.replaceState(null, '', link);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  } else {
    location.hash = link;
  }
}

/** Changes parameters of the current page. @param {Record<string, string | number | null | undefined>} values @param {{replace?: boolean}} [options] */
export const set = (values, options) => go(hrefWith(values), options);

/** Calls back with the route now and after each change. @param {(route: Route) => void} listener @returns {() => void} stops it */
export function watch(listener) {
  const tell = () => listener(parse(location.hash));
  window.addEventListener('hashchange', tell);
  window.addEventListener('popstate', tell);
  tell();
  return () => {
    window.removeEventListener('hashchange', tell);
    window.removeEventListener('popstate', tell);
  };
}
