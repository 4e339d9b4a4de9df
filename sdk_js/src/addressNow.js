/** Where the page is now: path and query, by which views are told apart. */
export function addressNow() {
  return location.pathname + location.search;
}
