export const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** From Monday, which is day 1 (ISO 8601). */
export const dayNames = [
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
  "Sunday",
] as const;

const dayMs = 86_400_000;

/** The part of a date, in UTC, that a letter of a picture stands for: a number, or a text of `P`, `C` and `E`. */
export function dateField(date: Date, component: string): number | string {
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  switch (component) {
    case "Y":
      return year;
    case "M":
      return month + 1;
    case "D":
      return date.getUTCDate();
    case "d":
      return (startOfDay(date) - Date.UTC(year, 0)) / dayMs + 1;
    case "F":
      return date.getUTCDay() || 7;
    case "W":
      return weekIn(date, 52, (count) => Date.UTC(year + count, 0));
    case "w":
      return weekIn(date, 4, (count) => Date.UTC(year, month + count));
    case "X":
      return year + periodShift(date, (count) => Date.UTC(year + count, 0));
    case "x": {
      const shift = periodShift(date, (count) => Date.UTC(year, month + count));
      return ((month + shift + 12) % 12) + 1;
    }
    case "H":
      return date.getUTCHours();
    case "h":
      return date.getUTCHours() % 12 || 12;
    case "P":
      return date.getUTCHours() >= 12 ? "pm" : "am";
    case "m":
      return date.getUTCMinutes();
    case "s":
      return date.getUTCSeconds();
    case "f":
      return date.getUTCMilliseconds();
    default:
      return "ISO";
  }
}

function startOfDay(date: Date): number {
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
}

/** The Monday of the first week of a year or month: the week that has its first Thursday. */
function firstWeek(start: number): number {
  const day = new Date(start).getUTCDay() || 7;
  return start + (day > 4 ? 8 - day : 1 - day) * dayMs;
}

/** The number of the week in a year or month, which has at least `usual` of them. `start`: of this period, the next or the previous one. */
function weekIn(
  date: Date,
  usual: number,
  start: (count: number) => number,
): number {
  const today = startOfDay(date);
  const weekFrom = (first: number): number =>
    Math.floor((today - first) / (7 * dayMs) + 1);
  const week = weekFrom(firstWeek(start(0)));
  if (week < 1) return weekFrom(firstWeek(start(-1)));
  return week > usual && today >= firstWeek(start(1)) ? 1 : week;
}

/** Whether the week of a date belongs to the period before (-1), to this one (0) or to the next one (1). */
function periodShift(date: Date, start: (count: number) => number): number {
  if (date.getTime() < firstWeek(start(0))) return -1;
  return date.getTime() >= firstWeek(start(1)) ? 1 : 0;
}
