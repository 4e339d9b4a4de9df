/* global ENGAGE_VERSION */

/** Version of the release, put in by the build; `0` from source. */
export function sdkVersion() {
  // @ts-ignore: defined by the build
  return typeof ENGAGE_VERSION === 'string' ? ENGAGE_VERSION : '0';
}
