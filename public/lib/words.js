/* Numbers, sizes and times as people say them. */

const number = new Intl.NumberFormat('en-US');
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat('en-US', { numeric: 'auto', style: 'short' });
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @param {number} value */
export const count = (value) => number.format(value);

/**
 * "1 file", "2 files".
 * @param {number} value
 * @param {string} one
 * @param {string} [more]
 */
export const many = (value, one, more = `${one}s`) => `${count(value)} ${value === 1 ? one : more}`;

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return many(bytes, 'byte');
  const [unit, value] =
    bytes < 999_500 ? ['KB', bytes / 1e3] : bytes < 999_500_000 ? ['MB', bytes / 1e6] : ['GB', bytes / 1e9];
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/**
 * How long ago a moment was, given in ISO 8601; the day when it was more than a week.
 * @param {string} iso
 */
export function ago(iso) {
  const passed = Date.now() - Date.parse(iso);
  if (passed < MINUTE) return 'just now';
  if (passed < HOUR) return relative.format(-Math.floor(passed / MINUTE), 'minute');
  if (passed < DAY) return relative.format(-Math.floor(passed / HOUR), 'hour');
  return passed < 7 * DAY ? relative.format(-Math.floor(passed / DAY), 'day') : day.format(new Date(iso));
}

/** @param {string} iso */
export const exactly = (iso) => moment.format(new Date(iso));

/**
 * How long something still takes.
 * @param {number} seconds
 */
export function left(seconds) {
  if (seconds < 8) return 'a few seconds left';
  if (seconds < 55) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 3570) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${(seconds / 3600).toFixed(1)} h left`;
}
