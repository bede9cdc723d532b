/**
 * Parses and formats HTTP-date (RFC 9110, section 5.6.7). `Date.parse` is not
 * used: engines differ in what they accept.
 *
 * @module
 */

const MONTHS = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
];

/** IMF-fixdate, which everybody sends: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const IMF_FIXDATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/;

/** The obsolete form of RFC 850: `Sunday, 06-Nov-94 08:49:37 GMT`. */
const RFC_850 =
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/;

/** The obsolete form of C's asctime(): `Sun Nov  6 08:49:37 1994`. */
const ASCTIME =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>[A-Z][a-z]{2}) (?<day>\d\d| \d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/;

/** Milliseconds since 1970, or `undefined` if the text is not an HTTP-date. */
export function parseHttpDate(text: string): number | undefined {
  for (const form of [IMF_FIXDATE, RFC_850, ASCTIME]) {
    const groups = form.exec(text)?.groups;
    if (groups === undefined) continue;
    const { day = "", month = "", year = "", time = "" } = groups;
    const fullYear = form === RFC_850 ? centuryOf(Number(year)) : Number(year);
    return makeTime(fullYear, MONTHS.indexOf(month), Number(day), time);
  }
  return undefined;
}

/** Formats as IMF-fixdate, which is also ECMAScript's own format. */
export function formatHttpDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}

/** The year with these last two digits that is at most 50 years ahead. */
function centuryOf(year: number): number {
  const now = new Date().getUTCFullYear();
  const candidate = now - now % 100 + year;
  return candidate > now + 50 ? candidate - 100 : candidate;
}

function makeTime(
  year: number,
  month: number,
  day: number,
  time: string,
): number | undefined {
  const [hour = 0, minute = 0, second = 0] = time.split(":").map(Number);
  // 60 is a leap second, which a Date counts as the next second.
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined;
  // Unlike Date.UTC, this does not take the year 94 for 1994.
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (date.getUTCDate() !== day) return undefined;
  return date.setUTCHours(hour, minute, second);
}
